#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>

#include <pstar/core/math.hpp>

namespace pstar {

/// What a visible unit can be. Given the hidden units it has an input a = b_i + W_i.h and a density proportional to
/// exp(a v).
enum class VisibleUnits {
    binary,                ///< v in {0, 1}
    truncated_exponential  ///< v in [0, 1]: a grey pixel has a density, and likelihoods are in nats per row of
                           ///< densities
};

namespace detail {

/// log of the normaliser of exp(a v): binary log(1 + e^a); truncated exponential log((e^a - 1)/a).
inline double log_normaliser(VisibleUnits units, double a) {
    if (units == VisibleUnits::binary) return softplus(a);
    const double size = std::abs(a);  // (e^a - 1)/a = e^a (1 - e^-a)/a
    if (size < 1e-4) return a / 2 + a * a / 24;
    return std::max(a, 0.0) + std::log(-std::expm1(-size) / size);
}

/// E[v] of the density a e^{a v}/(e^a - 1) on [0, 1]: 1/(1 - e^-a) - 1/a, for small a by its series.
template <class Scalar>
Scalar truncated_exponential_mean(Scalar a) {
    constexpr Scalar small = std::is_same_v<Scalar, float> ? Scalar(0.5) : Scalar(0.03);
    if (std::abs(a) < small) {
        const Scalar square = a * a;
        return Scalar(0.5) + a * (Scalar(1) / 12 - square * (Scalar(1) / 720 - square / 30240));
    }
    const Scalar size = std::abs(a), of_negative = 1 / size - 1 / std::expm1(size);
    return a > 0 ? 1 - of_negative : of_negative;
}

/// The value v at which the distribution function of that density is u in [0, 1): log(1 + u (e^a - 1))/a.
template <class Scalar>
Scalar truncated_exponential_quantile(Scalar a, Scalar u) {
    constexpr Scalar small = Scalar(1e-3);
    if (std::abs(a) < small) return u + a * u * (1 - u) / 2;
    const Scalar size = std::abs(a), share = a > 0 ? 1 - u : u;
    const Scalar v = -std::log1p(share * std::expm1(-size)) / size;  // of -|a|, where values crowd at 0
    return std::clamp(a > 0 ? 1 - v : v, Scalar(0), Scalar(1));
}

/// The input a at which a unit's mean is `mean` in (0, 1): log-odds, or the root of `truncated_exponential_mean` by
/// bisection.
inline double input_of_mean(VisibleUnits units, double mean) {
    if (units == VisibleUnits::binary) return std::log(mean / (1 - mean));
    double low = -1 / mean - 2, high = 1 / (1 - mean) + 2;  // |a| <= 1/min(mean, 1 - mean) beyond |a| = 2
    for (int i = 0; i < 200 && low < high; ++i) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        (truncated_exponential_mean(middle) < mean ? low : high) = middle;
    }
    return low + (high - low) / 2;
}

}  // namespace detail

}  // namespace pstar
