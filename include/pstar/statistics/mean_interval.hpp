#pragma once

#include <limits>
#include <span>

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
    const double half = student_t_quantile(confidence, static_cast<double>(found.n - 1)) * found.sem;
    return {found.mean, found.mean - half, found.mean + half};
}

}  // namespace pstar
