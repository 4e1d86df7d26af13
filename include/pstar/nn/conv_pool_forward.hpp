#pragma once

#include <algorithm>
#include <cstddef>

#include <pstar/autodiff/conv_tile.hpp>
#include <pstar/core/transpose.hpp>
#include <pstar/nn/activation.hpp>
#include <pstar/nn/conv_pool_sizes.hpp>

namespace pstar::detail {

/// Pooling may come before the activation: the winner is the same wherever the derivative is not zero, ties included.
inline bool pools_first(Activation phi) {
    return phi == Activation::relu || phi == Activation::linear;
}
/// The derivative needs the argument; for the others the value is enough.
inline bool needs_argument(Activation phi) {
    return phi == Activation::gelu || phi == Activation::square;
}

/// y <- phi(x), n numbers; y may be x.
template <class Scalar>
void apply(Activation phi, const Scalar* x, Scalar* y, std::size_t n) {
    primitive::Activate<Scalar>{phi}.forward({{View<const Scalar>{x, {n}}}, {y, {n}}, nullptr});
}

/// The forward pass of a `conv_pool`, image by image and row of windows by row of windows, so that a convolution's
/// outputs are pooled while they are in the first-level cache and never go further.
template <class L>
class ConvPoolForward {
public:
    using Scalar = typename L::Element;

    ConvPoolForward(const ConvPoolSizes& sizes, Activation phi, Pieces<Scalar>& scratch)
        : s_(sizes),
          phi_(phi),
          row_(s_.padded_out<Scalar>()),
          weights_(scratch.take(row_ * s_.taps())),
          bias_(scratch.take(row_)),
          image_(scratch.take(s_.padded_h * s_.channels * s_.padded_w)),
          tile_(scratch.take(4 * tile_windows * L::count)),
          activated_(scratch.take(4 * tile_windows * L::count)),
          largest_(scratch.take(s_.windows * row_)),
          argument_(scratch.take(s_.windows * row_)) {}

    /// x (N, I, H, W), w (O, I, KH, KW), b (O), y (N, O, PH, PW)
    void run(const Scalar* x, const Scalar* w, const Scalar* b, Scalar* y, const ConvPoolMemory<Scalar>& memory) {
        load_weights(w, b);
        std::fill_n(image_, s_.padded_h * s_.channels * s_.padded_w, Scalar{0});
        for (std::size_t n = 0; n < s_.images; ++n) {
            load_image(x + n * s_.input_size());
            for (std::size_t o = 0; o < row_; o += L::count)
                convolve(o, memory.winner + n * s_.windows * row_ + o, memory.argument != nullptr);
            Scalar* const out = y + n * s_.output_size();
            transpose(largest_, row_, s_.windows, s_.out, out, s_.windows);
            if (pools_first(phi_)) apply(phi_, out, out, s_.output_size());
            if (memory.argument)
                transpose(argument_, row_, s_.windows, s_.out, memory.argument + n * s_.output_size(), s_.windows);
        }
    }

private:
    /// As (O / count, KH, KW, I, count).
    void load_weights(const Scalar* w, const Scalar* b) {
        std::fill_n(weights_, row_ * s_.taps(), Scalar{0});
        std::fill_n(bias_, row_, Scalar{0});
        std::copy_n(b, s_.out, bias_);
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
    /// All windows of the channels o .. o + count - 1.
    void convolve(std::size_t o, std::uint8_t* winner, bool keeps_argument) {
        const auto tiles = (s_.pooled_w + tile_windows - 1) / tile_windows;
        const Scalar* const weights = weights_ + o * s_.taps();
        for (std::size_t y = 0; y < s_.pooled_h; ++y)
            for (std::size_t tile = 0, x = 0; tile < tiles; ++tile) {
                const auto windows = (s_.pooled_w - x) / (tiles - tile);
                const Scalar* const corner = image_ + 2 * y * s_.channels * s_.padded_w + 2 * x;
                conv_tile_of<L>(windows, PaddedRows<Scalar>{corner, s_.channels, s_.padded_w}, s_.kernel_h, s_.kernel_w,
                                weights, bias_ + o, tile_);
                const Scalar* pooled = tile_;
                if (!pools_first(phi_)) {
                    apply(phi_, tile_, activated_, 4 * windows * L::count);
                    pooled = activated_;
                }
                const auto at = (y * s_.pooled_w + x) * row_;
                pool_tile<L>(windows, pooled, tile_,
                             {largest_ + at + o, keeps_argument ? argument_ + at + o : nullptr, winner + at, row_});
                x += windows;
            }
    }

    const ConvPoolSizes& s_;
    Activation phi_;
    std::size_t row_;
    Scalar *weights_, *bias_, *image_, *tile_, *activated_, *largest_, *argument_;
};

}  // namespace pstar::detail
