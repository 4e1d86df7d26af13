#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <pstar/scaling/curve/bootstrap.hpp>
#include <pstar/scaling/curve/monotone_curve.hpp>
#include <pstar/scaling/detail/residual_process.hpp>

/// Curves that no family describes.
namespace pstar {

/// What the numbers of a curve miss on average, and by how much that scatters; each on the scale of its quantity.
struct InterpolationErrors {
    detail::Coordinates mean{}, stddev{};
};

/// A smooth falling curve through measured means: the best curve of the families, plus a Gaussian process for what it
/// misses (`detail::ResidualProcess`), made falling (`make_falling`). A family is right about most of a knee, and what
/// it misses is far smoother than the knee itself; where no family comes near, the process takes over.
///
/// Its numbers: `upper` and `lower` are the heights at the first and the last strength, unless they are known; p_star
/// is at half of the drop between them; slope is the steepest one, at `steepest`; width is that of a logistic curve
/// with this drop and slope.
///
/// Source: Lin & Dunson, "Bayesian monotone regression using Gaussian process projection", Biometrika 101 (2014) 303.
template <class Curve>
class MonotoneRefits {
public:
    /// `data`: means and errors, at least three strengths; `refits` those of the families.
    MonotoneRefits(const CurveData& data, CurveRefits<Curve> refits, const KnownLevels& levels,
                   std::optional<double> level)
        : x_(data.x), refits_(std::move(refits)), levels_{levels.lower, levels.upper}, level_(level) {
        const auto n = static_cast<std::size_t>(x_.size());
        const auto pieces = std::clamp<std::size_t>(160 / (n - 1), 2, 16);
        for (std::size_t i = 0; i < n; ++i) {
            at_.push_back(grid_.size());
            const double here = data.x[static_cast<Eigen::Index>(i)];
            grid_.push_back(here);
            for (std::size_t k = 1; i + 1 < n && k < pieces; ++k)
                grid_.push_back(here + (data.x[static_cast<Eigen::Index>(i) + 1] - here) * static_cast<double>(k) /
                                           static_cast<double>(pieces));
        }
        family_ = family_of(data.y);
        residuals_ = residuals(data.y, family_);
        process_.emplace(grid_, at_, std::vector<double>(data.e.begin(), data.e.end()), residuals_);
        curve_ = shaped(heights(data.y, family_));
    }

    /// The curve through the measured points.
    const MonotoneCurve& curve() const { return curve_; }
    /// What is known beforehand.
    const KnownLevels& levels() const { return levels_; }
    /// The numbers of that curve, each on the scale of its quantity.
    detail::Coordinates values() const {
        return numbers(curve_).value_or(filled(std::numeric_limits<double>::quiet_NaN()));
    }
    /// The heights of that curve at the strengths measured.
    Vector<double> means() const {
        Vector<double> result(x_.size());
        for (std::size_t i = 0; i < at_.size(); ++i) result[static_cast<Eigen::Index>(i)] = curve_.accuracy[at_[i]];
        return result;
    }
    /// Those of the best curve of the families: the process has none in closed form.
    Eigen::MatrixXd responses() const { return refits_.responses(); }

    /// The numbers of other means, families fitted again; nothing where no curve falls.
    std::optional<detail::Coordinates> operator()(const Vector<double>& y) {
        return numbers(shaped(heights(y, family_of(y))));
    }

    /// What the numbers miss because the curve between the strengths is not known: of `draws` curves that the process
    /// thinks as likely, the mean of each number less its value, and its standard deviation. A smooth curve is less
    /// steep than those that it stands for.
    InterpolationErrors interpolation_errors(std::size_t draws, Seed seed) const {
        RandomSequence random({seed, Stream::interpolation});
        const auto start = heights_of(family_, residuals_);
        std::array<std::vector<double>, detail::quantities> found;
        for (const auto& missed : process_->missed(draws, residuals_, random)) {
            auto heights = start;
            for (std::size_t g = 0; g < heights.size(); ++g) heights[g] += missed[g];
            const auto numbers_of_draw = numbers(shaped(std::move(heights)));
            for (std::size_t k = 0; numbers_of_draw && k < detail::quantities; ++k)
                if (std::isfinite((*numbers_of_draw)[k])) found[k].push_back((*numbers_of_draw)[k]);
        }
        InterpolationErrors errors{{}, filled(std::numeric_limits<double>::infinity())};
        const auto own = values();
        for (std::size_t k = 0; k < detail::quantities; ++k) {
            if (found[k].size() < 2 || !std::isfinite(own[k])) continue;
            const double mean = mean_of(found[k]);
            errors.mean[k] = mean - own[k];
            errors.stddev[k] = std::sqrt(variance_about(found[k], mean));
        }
        return errors;
    }

private:
    static detail::Coordinates filled(double value) {
        detail::Coordinates result;
        result.fill(value);
        return result;
    }
    /// The best curve of the families; where their refits do not fall, that of the fit.
    Curve family_of(const Vector<double>& y) {
        const auto refit = refits_.curve(y);
        return falls(refit) ? refit : refits_.fitted();
    }
    std::vector<double> residuals(const Vector<double>& y, const Curve& family) const {
        std::vector<double> result;
        for (Eigen::Index i = 0; i < y.size(); ++i) result.push_back(y[i] - family(x_[i]));
        return result;
    }
    std::vector<double> heights(const Vector<double>& y, const Curve& family) const {
        return heights_of(family, residuals(y, family));
    }
    std::vector<double> heights_of(const Curve& family, const std::vector<double>& residuals) const {
        auto result = process_->mean(residuals);
        for (std::size_t g = 0; g < grid_.size(); ++g) result[g] += family(grid_[g]);
        return result;
    }
    MonotoneCurve shaped(std::vector<double> heights) const {
        make_falling(heights);
        return {grid_, std::move(heights)};
    }
    std::optional<detail::Coordinates> numbers(const MonotoneCurve& curve) const {
        const double upper = levels_.upper.value_or(curve.accuracy.front());
        const double lower = levels_.lower.value_or(curve.accuracy.back());
        const auto peak = curve.steepest();
        if (!(upper > lower) || !(peak.height > 0)) return std::nullopt;
        const double middle = curve.crossing((upper + lower) / 2);
        if (std::isnan(middle)) return std::nullopt;
        detail::Coordinates result{};
        for (std::size_t k = 0; k < detail::quantities; ++k) switch (curve_quantities[k]) {
                case CurveQuantity::p_star:
                    result[k] = middle;
                    break;
                case CurveQuantity::width:
                    result[k] = std::log((upper - lower) / (4 * peak.height));
                    break;
                case CurveQuantity::slope:
                    result[k] = std::log(peak.height);
                    break;
                case CurveQuantity::lower:
                    result[k] = lower;
                    break;
                case CurveQuantity::upper:
                    result[k] = upper;
                    break;
                case CurveQuantity::steepest:
                    result[k] = peak.place;
                    break;
                case CurveQuantity::crossing:
                    result[k] = level_ ? curve.crossing(*level_) : middle;
                    if (std::isnan(result[k]))
                        result[k] =
                            std::copysign(std::numeric_limits<double>::infinity(), curve.accuracy.back() - *level_);
            }
        return result;
    }

    Vector<double> x_;
    CurveRefits<Curve> refits_;
    KnownLevels levels_;
    std::optional<double> level_;
    std::vector<double> grid_;
    std::vector<std::size_t> at_;  ///< where the strengths stand in the grid
    Curve family_{};
    std::vector<double> residuals_;
    std::optional<detail::ResidualProcess> process_;
    MonotoneCurve curve_;
};

/// Estimates that these errors are no part of yet, moved by their means and widened by their scatter: with value + mean
/// for the value, an end goes from value -+ h to value + mean -+ sqrt(h^2 + z^2 stddev^2). Known levels stay exact.
inline void take_in(CurveIntervals& intervals, const InterpolationErrors& errors, const KnownLevels& levels,
                    double confidence) {
    const double z = student_t_quantile(confidence, std::numeric_limits<double>::infinity());
    for (std::size_t k = 0; k < detail::quantities; ++k) {
        const auto quantity = curve_quantities[k];
        if (quantity == CurveQuantity::lower && levels.lower) continue;
        if (quantity == CurveQuantity::upper && levels.upper) continue;
        auto& estimate = intervals[quantity];
        if (std::isnan(estimate.value)) continue;  // open already
        const bool is_log = is_logarithmic(quantity);
        const auto scaled = is_log ? transformed(estimate, [](double x) { return std::log(x); }) : estimate;
        const double more = z * errors.stddev[k], value = scaled.value + errors.mean[k];
        estimate = on_own_scale(quantity, {value, value - std::hypot(scaled.value - scaled.low, more),
                                           value + std::hypot(scaled.high - scaled.value, more)});
    }
}

}  // namespace pstar
