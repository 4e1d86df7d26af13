#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/sliding.hpp>
#include <pstar/core/arena.hpp>
#include <pstar/core/detail/kernels/lanes.hpp>
#include <pstar/core/view.hpp>

namespace pstar::detail {

/// The extents of a `conv_pool`.
struct ConvPoolSizes {
    std::size_t images, channels, height, width;   // of the input (N, I, H, W)
    std::size_t out, kernel_h, kernel_w, padding;  // of the weight (O, I, KH, KW)
    std::size_t padded_h, padded_w;                // the input with its border of zeros
    std::size_t pooled_h, pooled_w, windows;       // of the output (N, O, PH, PW), PH PW

    ConvPoolSizes(const Shape& x, const Shape& w, std::size_t border)
        : images(x[0]),
          channels(x[1]),
          height(x[2]),
          width(x[3]),
          out(w[0]),
          kernel_h(w[2]),
          kernel_w(w[3]),
          padding(border),
          padded_h(height + 2 * border),
          padded_w(width + 2 * border),
          pooled_h((padded_h + 1 - kernel_h) / 2),
          pooled_w((padded_w + 1 - kernel_w) / 2),
          windows(pooled_h * pooled_w) {}

    std::size_t taps() const { return channels * kernel_h * kernel_w; }
    std::size_t input_size() const { return channels * height * width; }
    std::size_t output_size() const { return out * windows; }
    /// Multiply-adds of one image, at least 1.
    std::size_t work() const { return std::max<std::size_t>(1, 4 * windows * out * taps()); }
    /// Output channels, filled up to whole vectors: half ones of the widest set.
    template <class Scalar>
    std::size_t padded_out() const {
        return round_up(out, 32 / sizeof(Scalar));
    }
};

/// Pooling may come before the activation: the winner is the same wherever the derivative is not zero, ties included.
inline bool pools_first(Activation phi) {
    return phi == Activation::relu || phi == Activation::linear;
}
/// The derivative needs the argument; for the others the value is enough.
inline bool needs_argument(Activation phi) {
    return phi == Activation::gelu || phi == Activation::square;
}

/// One block of memory in pieces, each beginning on a boundary of 64 bytes. Without memory it only counts.
template <class Scalar>
class Pieces {
public:
    explicit Pieces(Scalar* memory) : memory_(memory) {}
    template <class T = Scalar>
    T* take(std::size_t count) {
        const auto at = taken_;
        taken_ += round_up(count * sizeof(T), 64) / sizeof(Scalar);
        return memory_ ? reinterpret_cast<T*>(memory_ + at) : nullptr;
    }
    std::size_t taken() const { return taken_; }

private:
    Scalar* memory_;
    std::size_t taken_ = 0;
};

/// `body(pieces)` with memory of the calling thread for what `count(pieces)` takes; it is kept for the next time.
template <class Scalar, class Count, class Body>
void in_own_memory(const Count& count, const Body& body) {
    Pieces<Scalar> counted(nullptr);
    count(counted);
    thread_local Arena memory;
    memory.clear();
    Pieces<Scalar> pieces(memory.allocate<Scalar>(counted.taken()));
    body(pieces);
}

/// What a `conv_pool` remembers: which element of each 2 x 2 won, 2 dy + dx, as (N, windows, padded out); and, for
/// activations whose derivative needs it, the activation's argument there, (N, O, windows).
template <class Scalar>
struct ConvPoolMemory {
    std::uint8_t* winner;
    Scalar* argument;

    ConvPoolMemory(Pieces<Scalar>& pieces, const ConvPoolSizes& s, bool keeps_argument)
        : winner(pieces.template take<std::uint8_t>(s.images * s.windows * s.padded_out<Scalar>())),
          argument(keeps_argument ? pieces.take(s.images * s.output_size()) : nullptr) {}
};

}  // namespace pstar::detail
