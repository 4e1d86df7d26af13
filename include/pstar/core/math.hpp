#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

/// Functions that stay finite where the textbook formula overflows or cancels.
namespace pstar {

/// log sum_i exp(x_i), shifted by the maximum; -infinity for an empty span or all x_i = -infinity; NaN where one is.
template <class Scalar>
Scalar log_sum_exp(std::span<const Scalar> x) {
    Scalar top = -std::numeric_limits<Scalar>::infinity();
    for (const Scalar value : x) {
        if (std::isnan(value)) return value;
        top = std::max(top, value);
    }
    if (!std::isfinite(top)) return top;
    Scalar sum = 0;
    for (const Scalar value : x) sum += std::exp(value - top);
    return top + std::log(sum);
}

/// log(1 + exp(x)) for any x.
template <class Scalar>
Scalar softplus(Scalar x) {
    return std::max(x, Scalar{0}) + std::log1p(std::exp(-std::abs(x)));
}

/// 1 / (1 + exp(-x)) for any x, with full relative accuracy in both tails.
template <class Scalar>
Scalar logistic(Scalar x) {
    const Scalar e = std::exp(-std::abs(x));
    return (x >= 0 ? Scalar{1} : e) / (1 + e);
}

/// -sum_i w_i log w_i in nats, with 0 log 0 = 0; the w_i are taken as they are (normalise first). NaN where one is
/// negative, infinite or NaN.
inline double entropy(std::span<const double> w) {
    double sum = 0;
    for (const double value : w) {
        if (!(value >= 0) || std::isinf(value)) return std::numeric_limits<double>::quiet_NaN();
        if (value > 0) sum -= value * std::log(value);
    }
    return sum;
}

/// The standard normal distribution function, accurate in the lower tail.
inline double normal_cdf(double x) {
    return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

}  // namespace pstar
