#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/quantile.hpp>

/// Confidence intervals from bootstrap replicates of an estimate. `confidence` in (0, 1); q_p is the p-quantile of the
/// replicates, low = q_(1 - confidence)/2 and high = q_(1 + confidence)/2. Replicates may be infinite. Names as in
/// Davison & Hinkley, "Bootstrap Methods and their Application" (1997), chapter 5.
namespace pstar {

/// [low, high]. Replicates that are NaN are left out; both ends are NaN where none is left.
inline Estimate percentile_interval(double value, std::vector<double> replicates, double confidence) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    std::erase_if(replicates, [](double x) { return std::isnan(x); });
    if (replicates.empty()) return {value, nan, nan};
    std::sort(replicates.begin(), replicates.end());
    return {value, quantile(replicates, (1 - confidence) / 2), quantile(replicates, (1 + confidence) / 2)};
}

/// [value - stretch (value - low), value + stretch (high - value)], and at least [value, value]: the percentile
/// interval stretched about the value, by t / z where the noise behind the replicates is itself an estimate. At least
/// one replicate; none may be NaN.
inline Estimate stretched_interval(double value, std::vector<double> replicates, double confidence, double stretch) {
    std::sort(replicates.begin(), replicates.end());
    const double low = quantile(replicates, (1 - confidence) / 2), high = quantile(replicates, (1 + confidence) / 2);
    return {value, std::min(value, value - stretch * (value - low)), std::max(value, value + stretch * (high - value))};
}

/// value -+ factor s, with s the standard deviation (n - 1) of the finite replicates. An end is open where more than
/// (1 - confidence) / 2 of all replicates are infinite on its side, and both where fewer than two are finite.
inline Estimate standard_interval(double value, std::span<const double> replicates, double confidence, double factor) {
    double n = 0, sum = 0, squares = 0, below = 0, above = 0;
    for (const double x : replicates) {
        if (std::isfinite(x))
            n += 1, sum += x - value, squares += (x - value) * (x - value);
        else
            (x < 0 ? below : above) += 1;
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double open = (1 - confidence) / 2 * static_cast<double>(replicates.size());
    const double half = n > 1 ? factor * std::sqrt(std::max(0.0, squares - sum * sum / n) / (n - 1)) : infinity;
    return {value, below > open ? -infinity : value - half, above > open ? infinity : value + half};
}

/// [value + low - median, value + high - median]: the scatter of the replicates about their own median, laid about the
/// value. At least one replicate; none may be NaN.
inline Estimate centred_interval(double value, std::vector<double> replicates, double confidence) {
    std::sort(replicates.begin(), replicates.end());
    const double median = quantile(replicates, 0.5);
    return {value, value + quantile(replicates, (1 - confidence) / 2) - median,
            value + quantile(replicates, (1 + confidence) / 2) - median};
}

/// The basic bootstrap interval with its bias taken out, of a number that is estimated as `value` and that replicates
/// of an experiment in which it is `truth` estimate as `replicates`:
///     corrected = value + truth - median,   [corrected - stretch (high - median), corrected + stretch (median - low)].
/// Here q_p is at place p (n + 1) of 1 ... n: a further replicate falls below it with probability p. Davison & Hinkley,
/// equation (2.10), is the case stretch = 1. At least two replicates; none may be NaN.
inline Estimate basic_interval(double value, double truth, std::vector<double> replicates, double confidence,
                               double stretch) {
    std::sort(replicates.begin(), replicates.end());
    const auto at = [&](double p) {
        const auto n = static_cast<double>(replicates.size());
        return quantile(replicates, std::clamp((p * (n + 1) - 1) / (n - 1), 0.0, 1.0));
    };
    const double low = at((1 - confidence) / 2), high = at((1 + confidence) / 2);
    const double median = quantile(replicates, 0.5), corrected = value + truth - median;
    return {corrected, corrected - stretch * (high - median), corrected + stretch * (median - low)};
}

}  // namespace pstar
