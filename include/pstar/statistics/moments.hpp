#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace pstar {

/// Mean and scatter of repeats. `stddev` is the sample standard deviation (divided by n - 1), `sem` the standard
/// error of the mean, stddev / sqrt(n). What cannot be told is NaN: the mean of nothing, the scatter of one.
struct Moments {
    std::size_t n = 0;
    double mean = std::numeric_limits<double>::quiet_NaN();
    double stddev = std::numeric_limits<double>::quiet_NaN();
    double sem = std::numeric_limits<double>::quiet_NaN();
};

/// Equal values have exactly their own mean and stddev 0.
inline Moments moments(std::span<const double> values) {
    Moments result{.n = values.size()};
    if (values.empty()) return result;
    const auto n = static_cast<double>(values.size());
    double excess = 0;  // over the first, so that equal values leave no rounding error
    for (const double value : values) excess += value - values[0];
    result.mean = values[0] + excess / n;
    if (values.size() < 2) return result;
    double squares = 0;
    for (const double value : values) squares += (value - result.mean) * (value - result.mean);
    result.stddev = std::sqrt(squares / (n - 1));
    result.sem = result.stddev / std::sqrt(n);
    return result;
}

}  // namespace pstar
