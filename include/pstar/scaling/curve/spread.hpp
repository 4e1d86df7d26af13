#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/quantile.hpp>

/// The spread across seeds against strength, and where it peaks: near a transition, runs disagree most.
namespace pstar {

/// How `spread_across_runs` finds its intervals.
struct SpreadOptions {
    double confidence = 0.95;      ///< of the intervals, in (0, 1)
    std::size_t bootstrap = 1000;  ///< redraws behind the peak's interval, at least 100
    std::uint64_t seed = 0;
};

/// What became of the peak.
enum class SpreadStatus {
    ok,
    flat,          ///< Bartlett's test (5%) finds no difference between the spreads: a peak would be noise
    at_edge,       ///< largest at the first or last strength: the peak may lie beyond
    too_few_runs,  ///< fewer than three strengths with at least two runs each
};

inline std::string to_string(SpreadStatus status) {
    switch (status) {
        case SpreadStatus::ok:
            return "ok";
        case SpreadStatus::flat:
            return "flat";
        case SpreadStatus::at_edge:
            return "at_edge";
        case SpreadStatus::too_few_runs:
            return "too_few_runs";
    }
    return "unknown";
}

/// The scatter between runs at one strength.
struct SpreadPoint {
    double strength;
    std::size_t runs;
    Estimate stddev;  ///< sample standard deviation (n - 1) of the runs, with its chi-squared interval
};

/// The scatter between runs along a curve, and its peak.
struct Spread {
    SpreadStatus status = SpreadStatus::too_few_runs;
    std::vector<SpreadPoint> points;  ///< strengths with at least two runs, in increasing order
    Estimate peak = open_interval();  ///< strength at which the spread is largest: a second estimate of the knee
    Estimate height =
        open_interval(std::numeric_limits<double>::quiet_NaN(), 0);  ///< standard deviation there, from the parabola
    double bartlett_p_value = 1;                                     ///< of equal spread at all strengths
};

namespace detail {

/// s with sigma^2 in [(n - 1) s^2 / chi2_high, (n - 1) s^2 / chi2_low]: exact for normal runs.
inline Estimate stddev_interval(double s, double dof, double confidence) {
    return {s, s * std::sqrt(dof / chi_squared_quantile((1 + confidence) / 2, dof)),
            s * std::sqrt(dof / chi_squared_quantile((1 - confidence) / 2, dof))};
}

/// Bartlett's test of equal variances. A spread of exactly 0 beside others that are not makes them different.
/// Source: Snedecor & Cochran, "Statistical Methods", 8th ed., section 13.10.
inline double bartlett_p_value(std::span<const SpreadPoint> points) {
    double dof = 0, pooled = 0, logs = 0, inverse = 0;
    for (const auto& point : points) {
        const auto d = static_cast<double>(point.runs - 1);
        const double variance = point.stddev.value * point.stddev.value;
        dof += d;
        pooled += d * variance;
        logs += d * std::log(variance);
        inverse += 1 / d;
    }
    if (pooled == 0) return 1;
    const auto others = static_cast<double>(points.size() - 1);
    const double correction = 1 + (inverse - 1 / dof) / (3 * others);
    return chi_squared_tail((dof * std::log(pooled / dof) - logs) / correction, others);
}

struct Peak {
    double place, height;
    bool inside;  ///< neither the first nor the last point
};

/// The vertex of the parabola through the highest point and its two neighbours (strengths need not be equidistant).
inline Peak parabola_peak(std::span<const double> x, std::span<const double> y) {
    const auto top = static_cast<std::size_t>(std::max_element(y.begin(), y.end()) - y.begin());
    if (top == 0 || top + 1 == y.size()) return {x[top], y[top], false};
    // strengths may have any unit: x = x[top] + unit u, the unit a power of 2, which rounds nothing
    const int unit = std::ilogb(x[top + 1] - x[top - 1]);
    const double before = std::scalbn(x[top - 1] - x[top], -unit), after = std::scalbn(x[top + 1] - x[top], -unit);
    const double left = (y[top] - y[top - 1]) / -before, right = (y[top + 1] - y[top]) / after;
    const double curvature = (right - left) / (after - before);
    if (curvature == 0) return {x[top], y[top], true};
    // y' = left at the middle of the left interval and changes by 2 curvature per unit of u
    const double u = before / 2 - left / (2 * curvature);
    return {x[top] + std::scalbn(u, unit), y[top] - curvature * u * u, true};
}

struct RedrawnPeaks {
    std::vector<double> places, heights;  ///< sorted
};

/// Peaks of spreads redrawn as s_i sqrt(chi2_{n-1} / (n - 1)).
inline RedrawnPeaks redrawn_peaks(std::span<const SpreadPoint> points, const SpreadOptions& options) {
    RandomSequence random({Seed{options.seed}, Stream::spread});
    std::vector<double> x, redrawn(points.size());
    RedrawnPeaks peaks;
    for (const auto& point : points) x.push_back(point.strength);
    for (std::size_t draw = 0; draw < options.bootstrap; ++draw) {
        for (std::size_t i = 0; i < points.size(); ++i) {
            const auto dof = points[i].runs - 1;
            double chi_squared = 0;
            for (std::size_t d = 0; d < dof; ++d) chi_squared += std::pow(random.normal(), 2);
            redrawn[i] = points[i].stddev.value * std::sqrt(chi_squared / static_cast<double>(dof));
        }
        const auto peak = parabola_peak(x, redrawn);
        peaks.places.push_back(peak.place);
        peaks.heights.push_back(peak.height);
    }
    std::sort(peaks.places.begin(), peaks.places.end());
    std::sort(peaks.heights.begin(), peaks.heights.end());
    return peaks;
}

}  // namespace detail

/// The standard deviation of the runs at each strength, and its peak. The peak's interval holds the percentiles of
/// peaks found in redrawn spreads s_i sqrt(chi2_{n-1} / (n - 1)), the law of s_i for normal runs, widened to the
/// neighbours of the highest point: the grid has no points between them. The largest of several noisy spreads is too
/// large, and the largest of redrawn ones larger again by about as much: the interval of the height mirrors their
/// percentiles on a logarithmic scale, [h^2 / q_high, h^2 / q_low], which takes that out. Intervals for normal runs;
/// heavy tails make them too narrow. Throws as `summarise`, and for options out of range.
inline Spread spread_across_runs(const CurveRuns& runs, const SpreadOptions& options = {}) {
    require(options.confidence > 0 && options.confidence < 1, "spread_across_runs", "confidence", options.confidence,
            "lie in (0, 1)");
    require(options.bootstrap >= 100, "spread_across_runs", "bootstrap", options.bootstrap, "be at least 100");
    Spread spread;
    for (const auto& point : summarise(runs))
        if (point.repeats >= 2) {
            const auto n = static_cast<double>(point.repeats);
            spread.points.push_back(
                {point.strength, point.repeats,
                 detail::stddev_interval(point.stderr_accuracy * std::sqrt(n), n - 1, options.confidence)});
        }
    std::sort(spread.points.begin(), spread.points.end(),
              [](const auto& a, const auto& b) { return a.strength < b.strength; });
    if (spread.points.size() < 3) return spread;

    std::vector<double> x, s;
    for (const auto& point : spread.points) x.push_back(point.strength), s.push_back(point.stddev.value);
    const auto top = static_cast<std::size_t>(std::max_element(s.begin(), s.end()) - s.begin());
    const auto peak = detail::parabola_peak(x, s);
    const auto redrawn = detail::redrawn_peaks(spread.points, options);
    const double least = (1 - options.confidence) / 2, most = (1 + options.confidence) / 2;
    const double square = peak.height * peak.height;
    if (peak.height > 0)
        spread.height = {peak.height, square / quantile(redrawn.heights, most),
                         square / quantile(redrawn.heights, least)};
    spread.peak = {peak.place, std::min(quantile(redrawn.places, least), x[top == 0 ? 0 : top - 1]),
                   std::max(quantile(redrawn.places, most), x[std::min(top + 1, x.size() - 1)])};
    spread.bartlett_p_value = detail::bartlett_p_value(spread.points);
    spread.status = spread.bartlett_p_value > 0.05 ? SpreadStatus::flat
                    : peak.inside                  ? SpreadStatus::ok
                                                   : SpreadStatus::at_edge;
    return spread;
}

}  // namespace pstar
