#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include <pstar/core/error.hpp>

namespace pstar {

/// The q-quantile of `sorted`, q in [0, 1], linear between order statistics: with place = q (n - 1) = i + share,
///     x_i + share (x_(i+1) - x_i).
/// Infinite where a value that counts is infinite; between -infinity and infinity, the nearer one. Throws
/// std::invalid_argument for no values and for q outside [0, 1].
/// Source: Hyndman & Fan, The American Statistician 50 (1996) 361, definition 7.
inline double quantile(std::span<const double> sorted, double q) {
    require(!sorted.empty(), "quantile", "number of values", sorted.size(), "be at least 1");
    require(q >= 0 && q <= 1, "quantile", "q", q, "lie in [0, 1]");
    const double place = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(below);
    if (share == 0 || sorted[below] == sorted[below + 1]) return sorted[below];
    const double low = sorted[below], high = sorted[below + 1];
    if (std::isinf(low)) return std::isinf(high) && share >= 0.5 ? high : low;
    return low + share * (high - low);
}

}  // namespace pstar
