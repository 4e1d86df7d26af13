#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// u[16 places, `step` apart] = G g G^T for a kernel g (3, 3).
template <class Scalar>
void winograd_kernel(const Scalar* g, Scalar* u, std::size_t step) {
    const auto expand = [](Scalar a, Scalar b, Scalar c, Scalar* out, std::size_t apart) {
        out[0] = a;
        out[apart] = (a + b + c) / 2;
        out[2 * apart] = (a - b + c) / 2;
        out[3 * apart] = c;
    };
    Scalar columns[4][3];
    for (std::size_t x = 0; x < 3; ++x) expand(g[x], g[3 + x], g[6 + x], &columns[0][x], 3);
    for (std::size_t y = 0; y < 4; ++y) expand(columns[y][0], columns[y][1], columns[y][2], u + 4 * y * step, step);
}

/// v[16 places, `step` apart] = B^T d B for as many neighbouring d as L has lanes.
template <class L>
void winograd_input(SplitRows<typename L::Element> d, typename L::Element* v, std::size_t step) {
    typename L::Vector across[4][4];
#pragma GCC unroll 4
    for (std::size_t y = 0; y < 4; ++y) {
        const auto* const even = d.data + y * d.row;
        const auto* const odd = even + d.odd;
        const auto first = L::load(even), second = L::load(odd), third = L::load(even + 1), fourth = L::load(odd + 1);
        across[y][0] = first - third;
        across[y][1] = second + third;
        across[y][2] = third - second;
        across[y][3] = second - fourth;
    }
#pragma GCC unroll 4
    for (std::size_t x = 0; x < 4; ++x) {
        L::store(v + x * step, across[0][x] - across[2][x]);
        L::store(v + (4 + x) * step, across[1][x] + across[2][x]);
        L::store(v + (8 + x) * step, across[2][x] - across[1][x]);
        L::store(v + (12 + x) * step, across[1][x] - across[3][x]);
    }
}

/// m[t] = sum_c u[c] v[c, t] for Windows numbers t, vectors over output channels; u (channels, L::count), v's rows
/// `v_row` apart.
template <class L, std::size_t Windows>
void winograd_product(std::size_t channels, const typename L::Element* u, const typename L::Element* v,
                      std::size_t v_row, typename L::Element* m) {
    typename L::Vector sum[Windows];
#pragma GCC unroll 28
    for (std::size_t t = 0; t < Windows; ++t) sum[t] = typename L::Vector{};
    for (std::size_t c = 0; c < channels; ++c, u += L::count, v += v_row) {
        const auto weight = L::load(u);
#pragma GCC unroll 28
        for (std::size_t t = 0; t < Windows; ++t) sum[t] = L::multiply_add(weight, L::all(v[t]), sum[t]);
    }
#pragma GCC unroll 28
    for (std::size_t t = 0; t < Windows; ++t) L::store(m + t * L::count, sum[t]);
}

/// A^T m A + bias for one window: m's 16 vectors are `m_step` apart, the outputs 2 y + x `y_step`.
template <class L>
void winograd_output(const typename L::Element* m, std::size_t m_step, const typename L::Element* bias,
                     typename L::Element* y, std::size_t y_step) {
    typename L::Vector down[2][4];
#pragma GCC unroll 4
    for (std::size_t x = 0; x < 4; ++x) {
        const auto first = L::load(m + x * m_step), second = L::load(m + (4 + x) * m_step),
                   third = L::load(m + (8 + x) * m_step), fourth = L::load(m + (12 + x) * m_step);
        down[0][x] = first + second + third;
        down[1][x] = second - third - fourth;
    }
    const auto shift = L::load(bias);
#pragma GCC unroll 2
    for (std::size_t r = 0; r < 2; ++r) {
        L::store(y + 2 * r * y_step, down[r][0] + down[r][1] + down[r][2] + shift);
        L::store(y + (2 * r + 1) * y_step, down[r][1] - down[r][2] - down[r][3] + shift);
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_WINOGRAD_HPP)
#define PSTAR_AUTODIFF_DETAIL_WINOGRAD_HPP

#include <cstddef>

#include <pstar/core/detail/kernels/lanes.hpp>

/// Convolution with kernels of 3 x 3 by Winograd's minimal filtering F(2 x 2, 3 x 3): 2 x 2 outputs from 4 x 4 inputs d
/// and the kernel g with 16 multiplications in place of 36,
///     Y = A^T [(G g G^T) o (B^T d B)] A,   o elementwise, summed over the input channels before A,
///     B^T = (1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1),   A^T = (1 1 1 0; 0 1 -1 -1),
///     G = (1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1).
/// Source: Lavin & Gray, arXiv:1509.09308, equation (8) and section 4.1.

namespace pstar::detail {

/// Four rows of an image, their even columns and, `odd` further on, their odd ones.
template <class Scalar>
struct SplitRows {
    const Scalar* data;
    std::size_t row, odd;
};

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/autodiff/detail/winograd.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
