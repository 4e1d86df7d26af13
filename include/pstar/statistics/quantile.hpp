#pragma once

#include <cstddef>
#include <span>

#include <pstar/core/error.hpp>

namespace pstar {

/// The q-quantile of `sorted` (linear between order statistics); infinite elements are allowed.
inline double quantile(std::span<const double> sorted, double q) {
    require(!sorted.empty(), "quantile", "number of values", sorted.size(), "be at least 1");
    const double place = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(below);
    if (share == 0 || sorted[below] == sorted[below + 1]) return sorted[below];
    return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

}  // namespace pstar
