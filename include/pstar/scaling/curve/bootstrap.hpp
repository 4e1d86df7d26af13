#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Cholesky>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/quantile.hpp>

/// Intervals of a fitted curve from refits of data redrawn around it, or resampled from what was measured. Refits are
/// least squares with the weights of the fit, also where the fit itself maximised a likelihood: near its maximum the
/// two agree, and only the scatter of the estimates is asked for.
namespace pstar {

/// The errors of the points behind a fit: own_i with dof_i degrees of freedom (infinite: known), as in `CurveErrors`.
struct NoiseLevel {
    Vector<double> own, dof;
    double most_dof = std::numeric_limits<double>::infinity();  ///< no parameter is known with more degrees of freedom
};

struct BootstrapOptions {
    double confidence = 0.95;   ///< of the intervals, in (0, 1)
    std::size_t refits = 1000;  ///< at least 100
    double level = 0.5;         ///< that `CurveIntervals::crossing` asks for
    Seed seed{};
};

namespace detail {

inline constexpr std::size_t quantities = curve_quantities.size();

/// Gradients of all quantities by theta, a row each.
template <class Curve>
Eigen::MatrixXd quantity_gradients(const KnownLevels& levels, const Curve& curve, double level) {
    Eigen::MatrixXd change(static_cast<Eigen::Index>(quantities), 2 + levels.free());
    for (std::size_t k = 0; k < quantities; ++k) {
        const auto g = coordinate_gradient(curve, curve_quantities[k], level);
        const auto row = static_cast<Eigen::Index>(k);
        Eigen::Index next = 2;
        change(row, 0) = g.p_star;
        change(row, 1) = -g.width * curve.width * curve.width;
        if (!levels.lower) change(row, next++) = g.lower;
        if (!levels.upper) change(row, next) = g.upper;
    }
    return change;
}

/// How every quantity answers to a change of each residual, to first order: gradients times (J'J)^-1 J', J the Jacobian
/// of the residuals. A row a quantity, a column a point; NaN where the points leave a parameter undetermined.
template <class Curve>
Eigen::MatrixXd responses(const CurveData& data, const KnownLevels& levels, const Curve& curve, double level) {
    const CurveResiduals<Curve> residuals(data, levels, curve);
    const auto theta = residuals.theta(curve);
    Eigen::MatrixXd jacobian(data.x.size(), theta.size());
    residuals.df(theta, jacobian);
    // columns of one length first: their units differ by orders of magnitude
    const Eigen::VectorXd length = jacobian.colwise().norm().cwiseInverse();
    const Eigen::MatrixXd unit = jacobian * length.asDiagonal();
    const Eigen::MatrixXd response = Eigen::MatrixXd(unit.transpose() * unit).ldlt().solve(unit.transpose());
    return quantity_gradients(levels, curve, level) * length.asDiagonal() * response;
}

/// Welch and Satterthwaite's degrees of freedom of each quantity. Its variance sum_i c_ki^2 own_i^2 is an estimate with
///     dof_k = (sum_i c_ki^2 own_i^2)^2 / sum_i (c_ki^2 own_i^2)^2 / dof_i.
template <class Curve>
std::array<double, quantities> effective_dof(const CurveData& data, const KnownLevels& levels, const Curve& curve,
                                             const NoiseLevel& noise, double level) {
    const auto response = responses(data, levels, curve, level);
    std::array<double, quantities> result{};
    for (std::size_t k = 0; k < quantities; ++k) {
        const Eigen::ArrayXd share =
            (response.row(static_cast<Eigen::Index>(k)).transpose().array() * noise.own.array() / data.e.array())
                .square();
        const double spread = (share.square() / noise.dof.array()).sum();
        const double dof = spread > 0 ? share.sum() * share.sum() / spread : noise.most_dof;
        result[k] = std::min(dof, noise.most_dof);
    }
    return result;
}

/// A transition this much narrower than the gap around it touches no point: as steep as you like.
template <class Curve>
bool is_step(const CurveData& data, const Curve& curve) {
    constexpr double negligible = 16;  // both neighbours off their level by less than exp(-16) = 1e-7 of the drop
    const auto right = std::lower_bound(data.x.begin(), data.x.end(), curve.p_star);
    if (right == data.x.begin() || right == data.x.end()) return false;
    return std::min(curve.p_star - *(right - 1), *right - curve.p_star) > negligible * curve.width;
}

/// [value - stretch (value - low quantile), value + stretch (high quantile - value)].
inline Estimate stretched(double value, std::vector<double>& draws, double confidence, double stretch) {
    std::sort(draws.begin(), draws.end());
    const double low = quantile(draws, (1 - confidence) / 2), high = quantile(draws, (1 + confidence) / 2);
    return {value, std::min(value, value - stretch * (value - low)), std::max(value, value + stretch * (high - value))};
}

/// value -+ quantile times the standard deviation of the finite draws; open where more than (1 - confidence) / 2 of the
/// draws are infinite.
inline Estimate from_deviation(double value, std::span<const double> draws, double confidence, double factor) {
    double n = 0, sum = 0, squares = 0, below = 0, above = 0;
    for (const double draw : draws) {
        if (std::isfinite(draw))
            n += 1, sum += draw - value, squares += (draw - value) * (draw - value);
        else
            (draw < 0 ? below : above) += 1;
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double open = (1 - confidence) / 2 * static_cast<double>(draws.size());
    const double half = n > 1 ? factor * std::sqrt(std::max(0.0, squares - sum * sum / n) / (n - 1)) : infinity;
    return {value, below > open ? -infinity : value - half, above > open ? infinity : value + half};
}

/// The quantities of refitted curves, draw by draw.
class CurveDraws {
public:
    CurveDraws(const CurveData& data, double level) : data_(data), level_(level) {}

    /// Takes note of a refit: a step has infinite slope and no width; a curve that never passes the level, infinitely
    /// far before or after all strengths; one that does not fall is lost.
    template <class Curve>
    void add(const Curve& curve) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        if (!falls(curve)) {
            ++lost_;
            return;
        }
        for (std::size_t k = 0; k < quantities; ++k) {
            const auto quantity = curve_quantities[k];
            double place = coordinate(curve, quantity, level_);
            if (quantity == CurveQuantity::crossing && std::isnan(place))
                place = level_ <= curve.lower ? infinity : -infinity;
            if (is_logarithmic(quantity) && is_step(data_, curve))
                place = quantity == CurveQuantity::width ? -infinity : infinity;
            draws_[k].push_back(place);
        }
    }
    /// More than (1 - confidence) of the refits have lost the drop altogether.
    bool too_many_lost(const BootstrapOptions& options) const {
        return static_cast<double>(lost_) > (1 - options.confidence) * static_cast<double>(options.refits);
    }
    std::vector<double>& operator[](std::size_t k) { return draws_[k]; }

private:
    const CurveData& data_;
    double level_;
    std::array<std::vector<double>, quantities> draws_;
    std::size_t lost_ = 0;
};

/// Intervals from `interval(k, value on the quantity's scale)`; known levels stay known, and what the curve itself does
/// not have (a level it never passes) is open.
template <class Curve, class Interval>
CurveIntervals intervals_of(const KnownLevels& levels, const Curve& curve, double level, IntervalSource source,
                            const Interval& interval) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CurveIntervals result;
    result.source = source;
    for (std::size_t k = 0; k < quantities; ++k) {
        const auto quantity = curve_quantities[k];
        const double value = coordinate(curve, quantity, level);
        result[quantity] =
            on_own_scale(quantity, std::isfinite(value) ? interval(k, value) : Estimate{value, -infinity, infinity});
    }
    if (levels.lower) result.lower = {curve.lower, curve.lower, curve.lower};
    if (levels.upper) result.upper = {curve.upper, curve.upper, curve.upper};
    return result;
}

}  // namespace detail

/// Redraws every point from Normal(A(x_i), own_i^2) around the fitted curve, refits, and takes the percentiles of the
/// quantities on their scales, their distances from the fit stretched by t(confidence, dof_k) / z(confidence) with
/// dof_k after Welch and Satterthwaite. When more than (1 - confidence) of the refits lose the drop, the intervals are
/// open.
template <class Curve>
CurveIntervals bootstrap_runs(const CurveData& data, const KnownLevels& levels, const Curve& curve,
                              const NoiseLevel& noise, const BootstrapOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    RandomSequence random({options.seed, Stream::bootstrap});
    CurveData redrawn{data.x, data.y, data.e};
    detail::CurveDraws draws(data, options.level);
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        for (Eigen::Index i = 0; i < data.x.size(); ++i)
            redrawn.y[i] = curve(data.x[i]) + noise.own[i] * random.normal();
        draws.add(descend(redrawn, levels, curve, 1e-7, 60).curve);
    }
    const bool open = draws.too_many_lost(options);
    const auto dof = detail::effective_dof(data, levels, curve, noise, options.level);
    const double normal = student_t_quantile(options.confidence, infinity);
    auto result =
        detail::intervals_of(levels, curve, options.level, IntervalSource::runs, [&](std::size_t k, double value) {
            if (open || !(dof[k] > 0)) return Estimate{value, -infinity, infinity};
            return detail::stretched(value, draws[k], options.confidence,
                                     student_t_quantile(options.confidence, dof[k]) / normal);
        });
    result.interval_dof = dof[0];
    return result;
}

/// Resamples the seeds, each with its accuracies at all strengths, refits, and takes
///     value -+ t(confidence, n - 1) sqrt(n / (n - 1)) s,
/// with s the standard deviation over resamples and n the number of seeds: what a seed does to its whole curve is in
/// the interval, and few seeds make it wide instead of wrong. `curves.strength` as in `data`; at least two seeds.
template <class Curve>
CurveIntervals bootstrap_seeds(const CurveData& data, const KnownLevels& levels, const Curve& curve,
                               const SeedCurves& curves, const BootstrapOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto seeds = curves.accuracy.size();
    require(seeds >= 2, "bootstrap_seeds", "number of seeds", seeds, "be at least 2");
    const auto n = static_cast<double>(seeds);
    RandomSequence random({options.seed, Stream::bootstrap});
    CurveData resampled{data.x, data.y, data.e};
    detail::CurveDraws draws(data, options.level);
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        resampled.y.setZero();
        for (std::size_t r = 0; r < seeds; ++r) {
            const auto& seed = curves.accuracy[random.below(static_cast<std::uint32_t>(seeds))];
            resampled.y += Eigen::Map<const Vector<double>>(seed.data(), data.x.size()) / n;
        }
        draws.add(descend(resampled, levels, curve, 1e-7, 60).curve);
    }
    const bool open = draws.too_many_lost(options);
    const double factor = student_t_quantile(options.confidence, n - 1) * std::sqrt(n / (n - 1));
    auto result =
        detail::intervals_of(levels, curve, options.level, IntervalSource::seeds, [&](std::size_t k, double value) {
            if (open) return Estimate{value, -infinity, infinity};
            return detail::from_deviation(value, draws[k], options.confidence, factor);
        });
    result.interval_dof = n - 1;
    return result;
}

/// Resamples the test images, the same ones at all strengths, refits, and takes percentiles. `outcomes.strength` as in
/// `data`; at least two images.
template <class Curve>
CurveIntervals bootstrap_images(const CurveData& data, const KnownLevels& levels, const Curve& curve,
                                const ImageOutcomes& outcomes, const BootstrapOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto images = outcomes.correct.empty() ? 0 : outcomes.correct[0].size();
    require(images >= 2, "bootstrap_images", "number of images", images, "be at least 2");
    RandomSequence random({options.seed, Stream::bootstrap});
    CurveData resampled{data.x, data.y, data.e};
    detail::CurveDraws draws(data, options.level);
    std::vector<double> weight(images);
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        weight.assign(images, 0);
        for (std::size_t m = 0; m < images; ++m) weight[random.below(static_cast<std::uint32_t>(images))] += 1;
        const Eigen::Map<const Vector<double>> w(weight.data(), static_cast<Eigen::Index>(images));
        for (Eigen::Index i = 0; i < data.x.size(); ++i) {
            const auto& correct = outcomes.correct[static_cast<std::size_t>(i)];
            resampled.y[i] = w.dot(Eigen::Map<const Vector<double>>(correct.data(), w.size())) / w.sum();
        }
        draws.add(descend(resampled, levels, curve, 1e-7, 60).curve);
    }
    const bool open = draws.too_many_lost(options);
    auto result =
        detail::intervals_of(levels, curve, options.level, IntervalSource::images, [&](std::size_t k, double value) {
            if (open) return Estimate{value, -infinity, infinity};
            return detail::stretched(value, draws[k], options.confidence, 1);
        });
    result.interval_dof = infinity;
    return result;
}

}  // namespace pstar
