#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/scaling/detail/curve_checks.hpp>
#include <pstar/scaling/detail/curve_draws.hpp>
#include <pstar/scaling/detail/quantity_response.hpp>
#include <pstar/statistics/bootstrap.hpp>
#include <pstar/statistics/bootstrap_interval.hpp>
#include <pstar/statistics/distributions.hpp>

/// Intervals of a fitted curve from refits: of data redrawn around it, or of a resample of what was measured. Refits
/// are least squares with the weights of the fit, also where the fit itself maximised a likelihood: near the maximum
/// the two agree, and only the scatter of the estimates counts here.
namespace pstar {

/// The errors of the points behind a fit: own_i with dof_i degrees of freedom (infinite: known), as in `CurveErrors`.
struct NoiseLevel {
    Vector<double> own, dof;
    double most_dof = std::numeric_limits<double>::infinity();  ///< upper bound for every quantity
};

/// How intervals are drawn.
struct BootstrapOptions {
    double confidence = 0.95;   ///< of the intervals, in (0, 1)
    std::size_t refits = 1000;  ///< at least 100
    double level = 0.5;         ///< of `CurveIntervals::crossing`
    Seed seed{};                ///< of the resamples
};

/// A curve that refits start from, and what of it is fitted.
template <class Curve>
struct RefitStart {
    KnownLevels levels;
    Curve curve;
};

/// Refits of data redrawn. Of several starts (other families, other plateaus) the refit of least chi^2 + 2 (parameters)
/// counts, as in the fit itself, so that the choice between them is part of the scatter. The first start is the fit.
template <class Curve>
class CurveRefits {
public:
    /// `level` is that of `CurveQuantity::crossing`. At least one start.
    CurveRefits(const CurveData& data, std::vector<RefitStart<Curve>> starts, double level)
        : data_{data.x, data.y, data.e}, starts_(std::move(starts)), level_(level) {
        require(!starts_.empty(), "CurveRefits", "number of starts", starts_.size(), "be at least 1");
    }

    /// What is known beforehand.
    const KnownLevels& levels() const { return starts_[0].levels; }
    /// The curve fitted to the measured points.
    const Curve& fitted() const { return starts_[0].curve; }
    /// The quantities of the fit itself.
    detail::Coordinates values() const { return detail::coordinates_of(starts_[0].curve, level_); }
    /// The fitted curve at every strength.
    Vector<double> means() const { return data_.x.unaryExpr(starts_[0].curve); }
    /// d(quantity) / d(residual), see `detail::responses`.
    Eigen::MatrixXd responses() const { return detail::responses(data_, levels(), starts_[0].curve, level_); }

    /// The curve of accuracies `y`: of those that keep a plateau and a knee, else of those that fall at all; one that
    /// does not fall where no start leads to one that does.
    Curve curve(const Vector<double>& y) {
        data_.y = y;
        if (starts_.size() == 1) return descend(data_, levels(), fitted(), 1e-7, 60).curve;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        Curve best{}, best_falling{};
        double least = infinity, least_falling = infinity;
        for (const auto& start : starts_) {
            const auto fit = descend(data_, start.levels, start.curve, 1e-7, 60);
            const double score = fit.deviance + 2 * static_cast<double>(start.levels.free());
            if (!falls(fit.curve)) continue;
            if (score < least_falling) least_falling = score, best_falling = fit.curve;
            if (score < least && detail::has_knee(data_, fit.curve)) least = score, best = fit.curve;
        }
        if (least < infinity) return best;
        if (least_falling == infinity) best_falling.width = -1;
        return best_falling;
    }
    /// Its quantities; nothing for a curve that does not fall.
    std::optional<detail::Coordinates> operator()(const Vector<double>& y) {
        return detail::coordinates_of_refit(data_, curve(y), starts_[0].curve, level_);
    }

private:
    CurveData data_;
    std::vector<RefitStart<Curve>> starts_;
    double level_;
};

namespace detail {

/// Welch and Satterthwaite's degrees of freedom of each quantity. Its variance sum_i c_ki^2 own_i^2 is an estimate with
///     dof_k = (sum_i c_ki^2 own_i^2)^2 / sum_i (c_ki^2 own_i^2)^2 / dof_i.
inline std::array<double, quantities> effective_dof(const CurveData& data, const Eigen::MatrixXd& response,
                                                    const NoiseLevel& noise) {
    std::array<double, quantities> result{};
    for (std::size_t k = 0; k < quantities; ++k) {
        double sum = 0, spread = 0;
        for (Eigen::Index i = 0; i < data.x.size(); ++i) {
            const double share = std::pow(response(static_cast<Eigen::Index>(k), i) * noise.own[i] / data.e[i], 2);
            sum += share, spread += share * share / noise.dof[i];
        }
        result[k] = std::min(spread > 0 ? sum * sum / spread : noise.most_dof, noise.most_dof);
    }
    return result;
}

}  // namespace detail

/// Redraws every point from Normal(A(x_i), own_i^2) around the fitted curve, refits, and takes the percentiles of the
/// quantities on their scales, stretched about the fit by t(confidence, dof_k) / z(confidence) with the dof_k of Welch
/// and Satterthwaite (`stretched_interval`). When more than a share 1 - confidence of the refits does not fall, the
/// intervals are open. `refits` is a `CurveRefits` or a `MonotoneRefits`.
template <class Refits>
CurveIntervals bootstrap_runs(const CurveData& data, Refits& refits, const NoiseLevel& noise,
                              const BootstrapOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    RandomSequence random({options.seed, Stream::bootstrap});
    const Vector<double> means = refits.means();
    Vector<double> redrawn = means;
    detail::CurveDraws draws;
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        for (Eigen::Index i = 0; i < means.size(); ++i) redrawn[i] = means[i] + noise.own[i] * random.normal();
        draws.add(refits(redrawn));
    }
    const bool open = draws.too_many_lost(options.confidence);
    const auto dof = detail::effective_dof(data, refits.responses(), noise);
    const double normal = student_t_quantile(options.confidence, infinity);
    auto result =
        detail::intervals_of(refits.levels(), refits.values(), IntervalSource::runs, [&](std::size_t k, double value) {
            if (open || !(dof[k] > 0)) return open_interval(value);
            return stretched_interval(value, draws[k], options.confidence,
                                      student_t_quantile(options.confidence, dof[k]) / normal);
        });
    result.interval_dof = dof[0];
    return result;
}

/// Resamples the seeds, each with its accuracies at all strengths, refits, and takes
///     value -+ t(confidence, n - 1) sqrt(n / (n - 1)) s,
/// with s the standard deviation over resamples and n the number of seeds. The interval contains what a seed does to
/// its whole curve; with few seeds it is wide. Strengths as in the data of `refits`; at least two seeds.
template <class Refits>
CurveIntervals bootstrap_seeds(Refits& refits, const SeedCurves& curves, const BootstrapOptions& options) {
    const auto seeds = curves.accuracy.size();
    require(seeds >= 2, "bootstrap_seeds", "number of seeds", seeds, "be at least 2");
    const auto n = static_cast<double>(seeds);
    Resampler resampler(seeds, {options.seed, Stream::bootstrap});
    Vector<double> resampled(static_cast<Eigen::Index>(curves.strength.size()));
    detail::CurveDraws draws;
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        resampled.setZero();
        for (const auto seed : resampler.draw())
            resampled += Eigen::Map<const Vector<double>>(curves.accuracy[seed].data(), resampled.size()) / n;
        draws.add(refits(resampled));
    }
    const bool open = draws.too_many_lost(options.confidence);
    const double factor = student_t_quantile(options.confidence, n - 1) * std::sqrt(n / (n - 1));
    auto result =
        detail::intervals_of(refits.levels(), refits.values(), IntervalSource::seeds, [&](std::size_t k, double value) {
            if (open) return open_interval(value);
            return standard_interval(value, draws[k], options.confidence, factor);
        });
    result.interval_dof = n - 1;
    return result;
}

/// Resamples the test images, the same ones at all strengths, refits, and takes percentiles. Strengths as in the data
/// of `refits`; at least two images.
template <class Refits>
CurveIntervals bootstrap_images(Refits& refits, const ImageOutcomes& outcomes, const BootstrapOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto images = outcomes.correct.empty() ? 0 : outcomes.correct[0].size();
    require(images >= 2, "bootstrap_images", "number of images", images, "be at least 2");
    Resampler resampler(images, {options.seed, Stream::bootstrap});
    Vector<double> resampled(static_cast<Eigen::Index>(outcomes.correct.size()));
    detail::CurveDraws draws;
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        resampler.draw();
        const std::vector<double> weight(resampler.counts().begin(), resampler.counts().end());
        const Eigen::Map<const Vector<double>> w(weight.data(), static_cast<Eigen::Index>(images));
        for (Eigen::Index i = 0; i < resampled.size(); ++i) {
            const auto& correct = outcomes.correct[static_cast<std::size_t>(i)];
            resampled[i] = w.dot(Eigen::Map<const Vector<double>>(correct.data(), w.size())) / sum_of(w);
        }
        draws.add(refits(resampled));
    }
    const bool open = draws.too_many_lost(options.confidence);
    auto result = detail::intervals_of(refits.levels(), refits.values(), IntervalSource::images,
                                       [&](std::size_t k, double value) {
                                           if (open) return open_interval(value);
                                           return stretched_interval(value, draws[k], options.confidence, 1);
                                       });
    result.interval_dof = infinity;
    return result;
}

}  // namespace pstar
