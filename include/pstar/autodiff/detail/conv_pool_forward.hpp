#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// The forward pass of a `conv_pool`, image by image and a few windows at a time, so that a convolution's outputs are
/// pooled while they are in the first-level cache and never go further. `Tiles` convolves: see `DirectTiles`.
template <class L, class Tiles>
class ConvPoolForward {
public:
    using Scalar = typename L::Element;

    ConvPoolForward(const ConvPoolSizes& sizes, Activation phi, Pieces<Scalar>& scratch)
        : s_(sizes),
          phi_(phi),
          row_(s_.padded_out<Scalar>()),
          tiles_(sizes, scratch),
          bias_(scratch.take(row_)),
          activated_(scratch.take(4 * 4 * tile_windows * L::count)),
          largest_(scratch.take(s_.windows * row_)),
          argument_(scratch.take(s_.windows * row_)) {}

    /// x (N, I, H, W), w (O, I, KH, KW), b (O), y (N, O, PH, PW); images first, ..., last - 1 of them.
    void run(const Scalar* x, const Scalar* w, const Scalar* b, Scalar* y, const ConvPoolMemory<Scalar>& memory,
             std::size_t first_image, std::size_t last_image) {
        tiles_.load_weights(w);
        std::fill(std::copy_n(b, s_.out, bias_), bias_ + row_, Scalar{0});
        for (std::size_t n = first_image; n < last_image; ++n) {
            tiles_.load_image(x + n * s_.input_size());
            std::uint8_t* const winner = memory.winner + n * s_.windows * row_;
            for (std::size_t o = 0; o < row_; o += L::count)
                tiles_.for_each(o, bias_, [&](std::size_t first, std::size_t windows, const Scalar* sums) {
                    const auto at = first * row_ + o;
                    pool(windows, sums, {largest_ + at, memory.argument ? argument_ + at : nullptr, winner + at, row_});
                });
            Scalar* const out = y + n * s_.output_size();
            transpose(largest_, row_, s_.windows, s_.out, out, s_.windows);
            if (pools_first(phi_)) activate(phi_.kind(), leak(), out, out, s_.output_size());
            if (memory.argument)
                transpose(argument_, row_, s_.windows, s_.out, memory.argument + n * s_.output_size(), s_.windows);
        }
    }

private:
    Scalar leak() const { return static_cast<Scalar>(phi_.leak()); }
    void pool(std::size_t windows, const Scalar* sums, const PooledRows<Scalar>& to) {
        if (pools_first(phi_)) return pool_tile<L>(windows, sums, sums, to);
        activate(phi_.kind(), leak(), sums, activated_, 4 * windows * L::count);
        pool_tile<L>(windows, activated_, sums, to);
    }

    const ConvPoolSizes& s_;
    Activation phi_;
    std::size_t row_;
    Tiles tiles_;
    Scalar *bias_, *activated_, *largest_, *argument_;
};

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_CONV_POOL_FORWARD_HPP)
#define PSTAR_AUTODIFF_DETAIL_CONV_POOL_FORWARD_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/detail/conv_pool_sizes.hpp>
#include <pstar/autodiff/detail/conv_tile.hpp>
#include <pstar/core/detail/kernels/transpose_kernel.hpp>

#define PSTAR_KERNELS <pstar/autodiff/detail/conv_pool_forward.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
