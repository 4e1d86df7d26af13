#pragma once

#include <algorithm>
#include <limits>

namespace pstar {

/// A number with its confidence interval [low, high]; what computes it says at which confidence. An end that the data
/// leave open is infinite. Undefined is NaN (say, the midpoint of a curve that never falls), and the status beside it
/// says why.
struct Estimate {
    double value = std::numeric_limits<double>::quiet_NaN();  ///< the estimate
    double low = std::numeric_limits<double>::quiet_NaN();    ///< lower end of its interval
    double high = std::numeric_limits<double>::quiet_NaN();   ///< upper end of its interval
};

/// A number that is known exactly: [value, value].
constexpr Estimate exactly(double value) {
    return {value, value, value};
}

/// A number without an interval, its value known or NaN: open at both ends. `low` and `high` are the ends of
/// what it can be at all.
constexpr Estimate open_interval(double value = std::numeric_limits<double>::quiet_NaN(),
                                 double low = -std::numeric_limits<double>::infinity(),
                                 double high = std::numeric_limits<double>::infinity()) {
    return {value, low, high};
}

/// value -+ half.
constexpr Estimate plus_minus(double value, double half) {
    return {value, value - half, value + half};
}

/// x + `by`.
constexpr Estimate shifted(const Estimate& x, double by) {
    return {x.value + by, x.low + by, x.high + by};
}

/// -x, from -high to -low.
constexpr Estimate negated(const Estimate& x) {
    return {-x.value, -x.high, -x.low};
}

/// f(x) for an increasing function f, an exponential say.
template <class Function>
constexpr Estimate transformed(const Estimate& x, const Function& increasing) {
    return {increasing(x.value), increasing(x.low), increasing(x.high)};
}

/// The same value, its interval cut to [lowest, highest]; an end never moves past the value.
constexpr Estimate clamped(const Estimate& x, double lowest, double highest) {
    return {x.value, std::clamp(x.low, std::min(lowest, x.value), x.value),
            std::clamp(x.high, x.value, std::max(highest, x.value))};
}

/// Whether `value` lies in the interval; false where an end is NaN.
constexpr bool contains(const Estimate& x, double value) {
    return x.low <= value && value <= x.high;
}

}  // namespace pstar
