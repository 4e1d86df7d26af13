#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// sums[v] and squares[v], v < 256: the sums of g_i and g_i^2 over the pixels x_i = v.
template <class Scalar>
void sum_by_value(const Scalar* g, const std::uint8_t* x, std::size_t size, double* sums, double* squares) {
    // Neighbouring pixels are often equal (black): several sums of each value, or every addition waits for the last.
    constexpr std::size_t lanes = 4;
    struct Sums {
        double first, square;
    };
    Sums partial[256 * lanes] = {};
    for (std::size_t i = 0; i < size; ++i) {
        const auto value = static_cast<double>(g[i]);
        Sums& own = partial[lanes * x[i] + i % lanes];
        own.first += value;
        own.square += value * value;
    }
    for (std::size_t v = 0; v < 256; ++v) {
        Sums total = {};
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            total.first += partial[lanes * v + lane].first;
            total.square += partial[lanes * v + lane].square;
        }
        sums[v] = total.first;
        squares[v] = total.square;
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_MARGIN_DETAIL_VALUE_KERNELS_HPP)
#define PSTAR_MARGIN_DETAIL_VALUE_KERNELS_HPP

#include <cstddef>
#include <cstdint>

#define PSTAR_KERNELS <pstar/margin/detail/value_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
