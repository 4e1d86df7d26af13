#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// Windows of 2 x 2 in a tile at most: 4 sums each, and registers left for what they are made of.
inline constexpr std::size_t tile_windows = vector_registers == 32 ? 7 : 3;

/// out[(2 dy + dx) * Windows + w] = bias + sum_{ky, kx, c} weights[ky, kx, c] in[y + dy + ky, c, x + 2 w + dx + kx],
/// all of them vectors over output channels; `in` points at (y, 0, x), weights are (KH, KW, channels, L::count).
template <class L, std::size_t Windows>
void conv_tile(PaddedRows<typename L::Element> in, std::size_t kernel_h, std::size_t kernel_w,
               const typename L::Element* weights, const typename L::Element* bias, typename L::Element* out) {
    using Scalar = typename L::Element;
    typename L::Vector sum[2][2 * Windows];
#pragma GCC unroll 16
    for (std::size_t x = 0; x < 2 * Windows; ++x) sum[0][x] = sum[1][x] = L::load(bias);
    for (std::size_t ky = 0; ky < kernel_h; ++ky)
        for (std::size_t kx = 0; kx < kernel_w; ++kx) {
            const Scalar* upper = in.data + ky * in.row() + kx;
            for (std::size_t c = 0; c < in.channels; ++c, upper += in.width, weights += L::count) {
                const auto weight = L::load(weights);
                const Scalar* const lower = upper + in.row();
#pragma GCC unroll 16
                for (std::size_t x = 0; x < 2 * Windows; ++x)
                    sum[0][x] = L::multiply_add(weight, L::all(upper[x]), sum[0][x]);
#pragma GCC unroll 16
                for (std::size_t x = 0; x < 2 * Windows; ++x)
                    sum[1][x] = L::multiply_add(weight, L::all(lower[x]), sum[1][x]);
            }
        }
#pragma GCC unroll 16
    for (std::size_t x = 0; x < 2 * Windows; ++x) {
        L::store(out + (x % 2 * Windows + x / 2) * L::count, sum[0][x]);
        L::store(out + ((2 + x % 2) * Windows + x / 2) * L::count, sum[1][x]);
    }
}

/// `conv_tile` for a number of windows known when running.
template <class L, std::size_t Windows = tile_windows, class... Arguments>
void conv_tile_of(std::size_t windows, const Arguments&... arguments) {
    if (windows == Windows) return conv_tile<L, Windows>(arguments...);
    if constexpr (Windows > 1) conv_tile_of<L, Windows - 1>(windows, arguments...);
}

/// The largest of values[0 .. 3][w], the first of equal ones, a NaN if there is one; and of `companions` the one that
/// lies where the largest does.
template <class L>
void pool_tile(std::size_t windows, const typename L::Element* values, const typename L::Element* companions,
               const PooledRows<typename L::Element>& to) {
    using Vector = typename L::Vector;
    using Places = decltype(Vector{} < Vector{});
    for (std::size_t w = 0; w < windows; ++w) {
        auto best = L::load(values + w * L::count), companion = L::load(companions + w * L::count);
        Places place{};
        for (std::size_t k = 1; k < 4; ++k) {
            const auto at = (k * windows + w) * L::count;
            const auto value = L::load(values + at);
            const Places better = ~(value <= best) & (best == best);
            best = better ? value : best;
            companion = better ? L::load(companions + at) : companion;
            place = better ? Places{} + static_cast<int>(k) : place;
        }
        L::store(to.largest + w * to.row, best);
        if (to.companion) L::store(to.companion + w * to.row, companion);
        const typename L::Bytes bytes = __builtin_convertvector(place, typename L::Bytes);
        std::memcpy(to.winner + w * to.row, &bytes, sizeof bytes);
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_CONV_TILE_HPP)
#define PSTAR_AUTODIFF_DETAIL_CONV_TILE_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pstar/core/detail/kernels/lanes.hpp>

/// The forward kernels of a convolution that is pooled at once: a tile of 2 rows of the convolution and as many columns
/// as fill the registers, for a vector of output channels; then the largest of every 2 x 2.

namespace pstar::detail {

/// A padded image, its rows in order, each as (channels, width): what a tile reads lies close together.
template <class Scalar>
struct PaddedRows {
    const Scalar* data;
    std::size_t channels, width;
    std::size_t row() const { return channels * width; }
};

/// Where the pooled numbers of a tile go: window w of channel o at [w * row + o].
template <class Scalar>
struct PooledRows {
    Scalar *largest, *companion;  // companion: null if not wanted
    std::uint8_t* winner;         // 2 dy + dx
    std::size_t row;
};

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/autodiff/detail/conv_tile.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
