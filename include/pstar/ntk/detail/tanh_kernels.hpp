#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// Of polynomials p_j(x) = sum_k b_k y_kj x^k, eight at a time, j = 0 .. 7: at x_j the values and derivatives, by
/// Horner's rule. b_k is b[8 k], y_kj is y[8 k + j].
inline void polynomials(std::size_t terms, const double* b, const double* y, const double* x, double* value,
                        double* derivative) {
    using L = FullLanes<double>;
    constexpr std::size_t parts = 8 / L::count;
    typename L::Vector at[parts], p[parts] = {}, slope[parts] = {};
    for (std::size_t i = 0; i < parts; ++i) at[i] = L::load(x + i * L::count);
    for (std::size_t k = terms; k-- > 0;)
#pragma GCC unroll 4
        for (std::size_t i = 0; i < parts; ++i) {
            slope[i] = slope[i] * at[i] + p[i];
            p[i] = p[i] * at[i] + b[8 * k] * L::load(y + 8 * k + i * L::count);
        }
    for (std::size_t i = 0; i < parts; ++i) {
        L::store(value + i * L::count, p[i]);
        L::store(derivative + i * L::count, slope[i]);
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_NTK_DETAIL_TANH_KERNELS_HPP)
#define PSTAR_NTK_DETAIL_TANH_KERNELS_HPP

#include <cstddef>

#include <pstar/core/detail/kernels/lanes.hpp>

#define PSTAR_KERNELS <pstar/ntk/detail/tanh_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
