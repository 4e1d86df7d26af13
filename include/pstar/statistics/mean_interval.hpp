#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/statistics/distributions.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/moments.hpp>

namespace pstar {

/// The mean with its interval, mean +- t(confidence, n - 1) s / sqrt(n), Student's t with the sample standard deviation
/// s: for independent values, near normal. Open from fewer than two values; NaN from none, and where a value is NaN.
/// Throws std::invalid_argument for a confidence outside (0, 1).
inline Estimate mean_interval(std::span<const double> values, double confidence = 0.95) {
    require(confidence > 0 && confidence < 1, "mean_interval", "confidence", confidence, "lie in (0, 1)");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto found = moments(values);
    if (found.n < 2) return {found.mean, -infinity, infinity};
    return plus_minus(found.mean, student_t_quantile(confidence, static_cast<double>(found.n - 1)) * found.sem);
}

/// The mean of what n seeds measured on one common sample (the same test images), each with an interval for other
/// samples. The interval is for other samples and other seeds:
///     below = hypot(mean of (value - low), t s / sqrt(n)),   above likewise,
/// where t s / sqrt(n) is that of `mean_interval`. The seeds' own half widths are averaged and not divided by sqrt(n):
/// the sample is common to all seeds, so that their mean varies with it as much as each of them does. With one seed,
/// the interval is its own. Throws std::invalid_argument for no seeds, and as `mean_interval`.
inline Estimate mean_over_seeds(std::span<const Estimate> seeds, double confidence = 0.95) {
    require(!seeds.empty(), "mean_over_seeds", "number of seeds", seeds.size(), "be at least 1");
    require(confidence > 0 && confidence < 1, "mean_over_seeds", "confidence", confidence, "lie in (0, 1)");
    std::vector<double> values;
    double below = 0, above = 0;
    const auto n = static_cast<double>(seeds.size());
    for (const auto& seed : seeds) {
        values.push_back(seed.value);
        below += (seed.value - seed.low) / n;
        above += (seed.high - seed.value) / n;
    }
    const auto mean = moments(values);
    const double scatter = seeds.size() < 2 ? 0 : student_t_quantile(confidence, n - 1) * mean.sem;
    return {mean.mean, mean.mean - std::hypot(below, scatter), mean.mean + std::hypot(above, scatter)};
}

}  // namespace pstar
