#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// The convolution of one image at a time for `ConvPoolForward`, by Winograd's filtering: its 2 x 2 outputs are just a
/// window of the pooling. Better than sums of products from some sixteen input channels on, where the transformations
/// are shared by enough products.
template <class L>
class WinogradTiles {
public:
    using Scalar = typename L::Element;

    static bool suits(const ConvPoolSizes& s) { return s.kernel_h == 3 && s.kernel_w == 3 && s.channels >= 16; }

    WinogradTiles(const ConvPoolSizes& sizes, Pieces<Scalar>& scratch)
        : s_(sizes),
          row_(round_up(s_.windows, tile_windows) + Half::count),
          half_(round_up(s_.padded_w, 2) / 2),
          weights_(scratch.take(s_.padded_out<Scalar>() * s_.channels * places)),
          image_(scratch.take(image_size())),
          inputs_(scratch.take(places * s_.channels * row_)),
          products_(scratch.take(places * group * L::count)),
          sums_(scratch.take(4 * group * L::count)) {}

    /// As (O / count, 16, I, count), transformed.
    void load_weights(const Scalar* w) {
        std::fill_n(weights_, s_.padded_out<Scalar>() * s_.channels * places, Scalar{0});
        std::fill_n(image_, image_size(), Scalar{0});
        std::fill_n(inputs_, places * s_.channels * row_, Scalar{0});
        for (std::size_t o = 0; o < s_.out; ++o)
            for (std::size_t c = 0; c < s_.channels; ++c, w += 9)
                winograd_kernel(w, weights_ + (o / L::count * places * s_.channels + c) * L::count + o % L::count,
                                s_.channels * L::count);
    }
    void load_image(const Scalar* x) {
        split(x);
        for (std::size_t c = 0; c < s_.channels; ++c)
            for (std::size_t y = 0; y < s_.pooled_h; ++y)
                for (std::size_t first = 0; first < s_.pooled_w; first += Half::count)
                    winograd_input<Half>({image_ + 2 * (c * s_.padded_h + 2 * y) * half_ + first, 2 * half_, half_},
                                         inputs_ + c * row_ + y * s_.pooled_w + first, s_.channels * row_);
    }
    /// body(first window, windows, sums (2 dy + dx, window, count)) for the channels o .. o + count - 1.
    template <class Body>
    void for_each(std::size_t o, const Scalar* bias, const Body& body) {
        for (std::size_t first = 0; first < s_.windows; first += group) {
            const auto windows = std::min(group, s_.windows - first);
            for (std::size_t place = 0; place < places; ++place)
                product((windows + tile_windows - 1) / tile_windows,
                        weights_ + (o * places + place * L::count) * s_.channels,
                        inputs_ + place * s_.channels * row_ + first, products_ + place * group * L::count);
            for (std::size_t t = 0; t < windows; ++t)
                winograd_output<L>(products_ + t * L::count, group * L::count, bias + o, sums_ + t * L::count,
                                   windows * L::count);
            body(first, windows, sums_);
        }
    }

private:
    using Half = HalfLanes<Scalar>;
    static constexpr std::size_t places = 16, group = 4 * tile_windows;

    /// `winograd_product` for a number of quarters of a group.
    template <std::size_t Quarters = 4>
    void product(std::size_t quarters, const Scalar* u, const Scalar* v, Scalar* m) const {
        if (quarters == Quarters) return winograd_product<L, Quarters * tile_windows>(s_.channels, u, v, row_, m);
        if constexpr (Quarters > 1) product<Quarters - 1>(quarters, u, v, m);
    }
    std::size_t image_size() const { return 2 * s_.channels * s_.padded_h * half_ + Half::count + 1; }
    /// As (I, H, even columns then odd ones), inside the border of zeros.
    void split(const Scalar* x) {
        for (std::size_t c = 0; c < s_.channels; ++c)
            for (std::size_t y = 0; y < s_.height; ++y, x += s_.width) {
                Scalar* const to = image_ + 2 * (c * s_.padded_h + y + s_.padding) * half_;
                for (std::size_t parity = 0; parity < 2; ++parity) {
                    const auto first = (parity + s_.padding) % 2;  // the image's first column that goes there
                    Scalar* out = to + parity * half_ + (first + s_.padding) / 2;
                    for (std::size_t j = first; j < s_.width; j += 2) *out++ = x[j];
                }
            }
    }

    const ConvPoolSizes& s_;
    std::size_t row_, half_;
    Scalar *weights_, *image_, *inputs_, *products_, *sums_;
};

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_WINOGRAD_TILES_HPP)
#define PSTAR_AUTODIFF_DETAIL_WINOGRAD_TILES_HPP

#include <algorithm>
#include <cstddef>

#include <pstar/autodiff/detail/conv_pool_sizes.hpp>
#include <pstar/autodiff/detail/conv_tile.hpp>
#include <pstar/autodiff/detail/winograd.hpp>

#define PSTAR_KERNELS <pstar/autodiff/detail/winograd_tiles.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
