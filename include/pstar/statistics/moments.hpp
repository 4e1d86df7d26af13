#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>

namespace pstar {

/// (x_1 + ... + x_n) / n, in this order; NaN for no values.
inline double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// sum (x - mean)^2 / (n - 1), the sample variance; NaN for fewer than two values.
inline double variance_about(std::span<const double> values, double mean) {
    if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return squares / static_cast<double>(values.size() - 1);
}

/// Mean and standard deviation of n values. `stddev` is the sample standard deviation (divided by n - 1), `sem` the
/// standard error of the mean, stddev / sqrt(n). Undefined is NaN: the mean of no values, the standard deviation of
/// one.
struct Moments {
    std::size_t n = 0;                                       ///< number of values
    double mean = std::numeric_limits<double>::quiet_NaN();  ///< sum x/n; NaN of none
    /// Standard deviation with n - 1; NaN below two values.
    double stddev = std::numeric_limits<double>::quiet_NaN();
    double sem = std::numeric_limits<double>::quiet_NaN();  ///< standard error of the mean, stddev/sqrt(n)
};

/// The mean is x_1 + mean (x - x_1): equal values have exactly their own mean and standard deviation 0.
inline Moments moments(std::span<const double> values) {
    Moments result{.n = values.size()};
    if (values.empty()) return result;
    const auto n = static_cast<double>(values.size());
    double excess = 0;  // over the first value
    for (const double value : values) excess += value - values[0];
    result.mean = values[0] + excess / n;
    if (values.size() < 2) return result;
    result.stddev = std::sqrt(variance_about(values, result.mean));
    result.sem = result.stddev / std::sqrt(n);
    return result;
}

}  // namespace pstar
