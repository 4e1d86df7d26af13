#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/curve/runs.hpp>
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

struct BootstrapOptions {
    double confidence = 0.95;   ///< of the intervals, in (0, 1)
    std::size_t refits = 1000;  ///< at least 100
    double level = 0.5;         ///< of `CurveIntervals::crossing`
    Seed seed{};
};

namespace detail {

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
        const double dof = spread > 0 ? sum_of(share) * sum_of(share) / spread : noise.most_dof;
        result[k] = std::min(dof, noise.most_dof);
    }
    return result;
}

}  // namespace detail

/// Redraws every point from Normal(A(x_i), own_i^2) around the fitted curve, refits, and takes the percentiles of the
/// quantities on their scales, stretched about the fit by t(confidence, dof_k) / z(confidence) with the dof_k of Welch
/// and Satterthwaite (`stretched_interval`). When more than a share 1 - confidence of the refits does not fall, the
/// intervals are open.
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
    const bool open = draws.too_many_lost(options.confidence, options.refits);
    const auto dof = detail::effective_dof(data, levels, curve, noise, options.level);
    const double normal = student_t_quantile(options.confidence, infinity);
    auto result =
        detail::intervals_of(levels, curve, options.level, IntervalSource::runs, [&](std::size_t k, double value) {
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
/// its whole curve; with few seeds it is wide. `curves.strength` as in `data`; at least two seeds.
template <class Curve>
CurveIntervals bootstrap_seeds(const CurveData& data, const KnownLevels& levels, const Curve& curve,
                               const SeedCurves& curves, const BootstrapOptions& options) {
    const auto seeds = curves.accuracy.size();
    require(seeds >= 2, "bootstrap_seeds", "number of seeds", seeds, "be at least 2");
    const auto n = static_cast<double>(seeds);
    Resampler resampler(seeds, {options.seed, Stream::bootstrap});
    CurveData resampled{data.x, data.y, data.e};
    detail::CurveDraws draws(data, options.level);
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        resampled.y.setZero();
        for (const auto seed : resampler.draw())
            resampled.y += Eigen::Map<const Vector<double>>(curves.accuracy[seed].data(), data.x.size()) / n;
        draws.add(descend(resampled, levels, curve, 1e-7, 60).curve);
    }
    const bool open = draws.too_many_lost(options.confidence, options.refits);
    const double factor = student_t_quantile(options.confidence, n - 1) * std::sqrt(n / (n - 1));
    auto result =
        detail::intervals_of(levels, curve, options.level, IntervalSource::seeds, [&](std::size_t k, double value) {
            if (open) return open_interval(value);
            return standard_interval(value, draws[k], options.confidence, factor);
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
    Resampler resampler(images, {options.seed, Stream::bootstrap});
    CurveData resampled{data.x, data.y, data.e};
    detail::CurveDraws draws(data, options.level);
    for (std::size_t refit = 0; refit < options.refits; ++refit) {
        resampler.draw();
        const std::vector<double> weight(resampler.counts().begin(), resampler.counts().end());
        const Eigen::Map<const Vector<double>> w(weight.data(), static_cast<Eigen::Index>(images));
        for (Eigen::Index i = 0; i < data.x.size(); ++i) {
            const auto& correct = outcomes.correct[static_cast<std::size_t>(i)];
            resampled.y[i] = w.dot(Eigen::Map<const Vector<double>>(correct.data(), w.size())) / sum_of(w);
        }
        draws.add(descend(resampled, levels, curve, 1e-7, 60).curve);
    }
    const bool open = draws.too_many_lost(options.confidence, options.refits);
    auto result =
        detail::intervals_of(levels, curve, options.level, IntervalSource::images, [&](std::size_t k, double value) {
            if (open) return open_interval(value);
            return stretched_interval(value, draws[k], options.confidence, 1);
        });
    result.interval_dof = infinity;
    return result;
}

}  // namespace pstar
