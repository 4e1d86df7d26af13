#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <pstar/core/random.hpp>
#include <pstar/scaling/collapse/noise.hpp>
#include <pstar/scaling/collapse/quality.hpp>
#include <pstar/scaling/collapse/search.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/quantile.hpp>

/// What chance does to a collapse: the search, repeated on curves redrawn around the master curve.
namespace pstar {

/// The optimum and the quality in each redraw of an experiment in which the sizes do collapse.
struct CollapseRedraws {
    std::vector<CollapsePlace> place;
    std::vector<double> s;                 ///< of the smooth master curve; infinite where nothing overlapped
    std::vector<double> line_s;            ///< after Houdayer and Hartmann
    std::vector<std::vector<bool>> edges;  ///< as `CollapseOptimum::edges`
};

/// Redraws all sizes around the smooth curve through all of them at `truth`, each with the noise of its own points, and
/// climbs from the optimum again with the smoothness chosen again. The weights of the points are held.
inline CollapseRedraws redraw_collapse(const CollapseFrame& measured, std::span<const CurveNoise> noise,
                                       const KnownExponents& known, const CollapseOptimum& optimum,
                                       const CollapsePlace& truth, std::size_t redraws, Seed seed) {
    auto frame = measured;
    const detail::CollapseBox box(frame, known);
    const auto smoothness_of = [](std::span<const ScaledCurve> scaled, double length) {
        auto smoothness = detail::range_of(scaled);
        smoothness.length = length;
        return smoothness;
    };
    const auto scaled = frame.at(truth);
    const MasterCurve master(scaled, smoothness_of(scaled, optimum.length));
    std::vector<std::vector<double>> mean(frame.curves());
    for (std::size_t i = 0; i < mean.size(); ++i)
        for (const auto& value : master.at(scaled[i].x))
            mean[i].push_back(value.mean * std::exp(frame.log_height(truth, i)));
    CollapseRedraws result;
    RandomSequence random({seed, Stream::collapse_redraws});
    for (std::size_t draw = 0; draw < redraws; ++draw) {
        for (std::size_t i = 0; i < mean.size(); ++i) noise[i].redraw(mean[i], random, frame.accuracy(i));
        auto start = optimum;
        start.length = frame.choose_length(start.place);
        const auto again = detail::climb(frame, box, detail::final_score(known), start, 0.005, {1e-4, 400});
        result.place.push_back(again.place);
        result.edges.push_back(detail::edges_near(again.place, box));
        const auto curves = frame.at(again.place);
        const auto or_infinity = [](double s) { return std::isnan(s) ? std::numeric_limits<double>::infinity() : s; };
        result.s.push_back(or_infinity(smooth_quality(curves, smoothness_of(curves, again.length)).s));
        result.line_s.push_back(or_infinity(line_quality(curves).s));
    }
    return result;
}

/// The exponents around which redraws have the optimum for their median: the optimum less its bias. Two passes of 60
/// redraws each, with the same noise.
/// Source: indirect inference, Gourieroux, Monfort & Renault, J. Appl. Econometrics 8, S85 (1993).
inline CollapsePlace unbiased_place(CollapseFrame& frame, std::span<const CurveNoise> noise,
                                    const KnownExponents& known, const CollapseOptimum& optimum, Seed seed) {
    const detail::CollapseBox box(frame, known);
    const auto& exponents = box.exponents;
    const auto centre = exponents.coordinates(optimum.place);
    auto truth = centre;
    for (int pass = 0; pass < 2; ++pass) {
        const auto redraws = redraw_collapse(frame, noise, known, optimum, exponents.place(truth), 60, derive(seed, 1));
        std::vector<std::vector<double>> draws(truth.size());
        for (const auto& place : redraws.place) {
            const auto x = exponents.coordinates(place);
            for (std::size_t k = 0; k < x.size(); ++k) draws[k].push_back(x[k]);
        }
        auto moved = truth;
        for (std::size_t k = 0; k < truth.size(); ++k) {
            std::sort(draws[k].begin(), draws[k].end());
            moved[k] += centre[k] - quantile(draws[k], 0.5);
        }
        if (!box.contains(moved) || !frame.has_correction(exponents.place(moved))) break;
        truth = moved;
    }
    return exponents.place(truth);
}

namespace detail {

/// nu = 1 / stretch. Where the interval of the stretch reaches 0, nu has no upper end.
inline Estimate inverse(const Estimate& stretch) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (stretch.low > 0 || stretch.high < 0) return {1 / stretch.value, 1 / stretch.high, 1 / stretch.low};
    return {stretch.value > 0 ? 1 / stretch.value : infinity, stretch.high > 0 ? 1 / stretch.high : infinity, infinity};
}

}  // namespace detail

}  // namespace pstar
