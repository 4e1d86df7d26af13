#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// The convolution of one image at a time for `ConvPoolForward`, as it is defined: sums of products, for any kernel.
template <class L>
class DirectTiles {
public:
    using Scalar = typename L::Element;

    DirectTiles(const ConvPoolSizes& sizes, Pieces<Scalar>& scratch)
        : s_(sizes),
          weights_(scratch.take(s_.padded_out<Scalar>() * s_.taps())),
          image_(scratch.take(image_size())),
          sums_(scratch.take(4 * tile_windows * L::count)) {}

    /// As (O / count, KH, KW, I, count).
    void load_weights(const Scalar* w) {
        std::fill_n(weights_, s_.padded_out<Scalar>() * s_.taps(), Scalar{0});
        std::fill_n(image_, image_size(), Scalar{0});
        for (std::size_t o = 0; o < s_.out; ++o)
            for (std::size_t c = 0; c < s_.channels; ++c)
                for (std::size_t ky = 0; ky < s_.kernel_h; ++ky)
                    for (std::size_t kx = 0; kx < s_.kernel_w; ++kx) {
                        const auto tap = (ky * s_.kernel_w + kx) * s_.channels + c;
                        weights_[(o / L::count * s_.taps() + tap) * L::count + o % L::count] = *w++;
                    }
    }
    /// As (H, I, W), inside the border of zeros.
    void load_image(const Scalar* x) {
        for (std::size_t c = 0; c < s_.channels; ++c)
            for (std::size_t y = 0; y < s_.height; ++y, x += s_.width)
                std::copy_n(x, s_.width, image_ + ((y + s_.padding) * s_.channels + c) * s_.padded_w + s_.padding);
    }
    /// body(first window, windows, sums (2 dy + dx, window, count)) for the channels o .. o + count - 1.
    template <class Body>
    void for_each(std::size_t o, const Scalar* bias, const Body& body) {
        const auto tiles = (s_.pooled_w + tile_windows - 1) / tile_windows;
        for (std::size_t y = 0; y < s_.pooled_h; ++y)
            for (std::size_t tile = 0, x = 0; tile < tiles; ++tile) {
                const auto windows = (s_.pooled_w - x) / (tiles - tile);
                const Scalar* const corner = image_ + 2 * y * s_.channels * s_.padded_w + 2 * x;
                conv_tile_of<L>(windows, PaddedRows<Scalar>{corner, s_.channels, s_.padded_w}, s_.kernel_h, s_.kernel_w,
                                weights_ + o * s_.taps(), bias + o, sums_);
                body(y * s_.pooled_w + x, windows, sums_);
                x += windows;
            }
    }

private:
    std::size_t image_size() const { return s_.padded_h * s_.channels * s_.padded_w; }

    const ConvPoolSizes& s_;
    Scalar *weights_, *image_, *sums_;
};

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_DIRECT_TILES_HPP)
#define PSTAR_AUTODIFF_DETAIL_DIRECT_TILES_HPP

#include <algorithm>
#include <cstddef>

#include <pstar/autodiff/detail/conv_pool_sizes.hpp>
#include <pstar/autodiff/detail/conv_tile.hpp>

#define PSTAR_KERNELS <pstar/autodiff/detail/direct_tiles.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
