#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>

namespace pstar {

/// A corruption channel: a random map of each pixel of an image, independent between pixels and images.
///
/// `channel(x, word)` is the corrupted pixel x' of x in [0, 1], a pure function of x and one uniform 32-bit word (float
/// and double). `mean(x)` = E[x' | x] and `variance(x)` = Var[x' | x] are exact. `strength()` is the parameter a sweep
/// varies; `validate()` throws std::invalid_argument. A type of your own that offers these is a channel everywhere.
/// Optional: `kernel()`, the same function of (x, word) with its constants worked out, for speed.
template <class C>
concept Channel = std::copyable<C> && requires(const C& channel, std::uint32_t word) {
    { channel(0.5F, word) } -> std::convertible_to<float>;
    { channel(0.5, word) } -> std::convertible_to<double>;
    { channel.mean(0.5) } -> std::convertible_to<double>;
    { channel.variance(0.5) } -> std::convertible_to<double>;
    { channel.strength() } -> std::convertible_to<double>;
    channel.validate();
};

/// A channel that also names its signal-to-noise proxy, e.g. (1 - p)/sqrt(p).
template <class C>
concept HasSnrProxy = Channel<C> && requires(const C& channel) {
    { channel.snr_proxy() } -> std::convertible_to<double>;
};

/// The event u < p for the uniform u = word / 2^32, with p rounded to a multiple of 2^-32. The events are nested: what
/// happens at p happens at every larger p.
class Chance {
public:
    explicit Chance(double p) : Chance(static_cast<std::uint64_t>(p * 0x1p32 + 0.5)) {}
    /// All ones where the event happens, else zero: what a branch-free select wants.
    std::uint32_t mask(std::uint32_t word) const {
        return (0U - static_cast<std::uint32_t>(word <= last_)) & possible_;
    }

private:
    explicit Chance(std::uint64_t favourable)
        : last_(favourable == 0 ? 0U : static_cast<std::uint32_t>(favourable - 1)),
          possible_(favourable == 0 ? 0U : ~0U) {}
    std::uint32_t last_, possible_;
};

/// The bits of `yes` where the mask is all ones, of `no` where it is zero. Bitwise, since compilers that honour
/// floating-point traps refuse to vectorise the conditional expression.
inline float select(std::uint32_t mask, float yes, float no) {
    return std::bit_cast<float>((std::bit_cast<std::uint32_t>(yes) & mask) |
                                (std::bit_cast<std::uint32_t>(no) & ~mask));
}
inline double select(std::uint32_t mask, double yes, double no) {
    return mask ? yes : no;
}

namespace detail {

/// One pass over an image: words for a block of pixels from all vector lanes, then the channel while they are in cache.
/// `load(i)` is the clean pixel i in [0, 1].
template <Channel C, class Scalar, class Load>
void corrupt_pixels(const C& channel, std::size_t count, const Load& load, Scalar* __restrict out,
                    const RandomStream& noise) {
    constexpr std::size_t block = 1024;  // 4 KiB of words
    alignas(64) std::array<std::uint32_t, block> words;
    const auto kernel = [&channel] {  // by value: no store through `out` can alias it
        if constexpr (requires { channel.kernel(); })
            return channel.kernel();
        else
            return channel;
    }();
    for (std::size_t first = 0; first < count; first += block) {
        const auto size = std::min(block, count - first);
        noise.fill({words.data(), size}, first);
        for (std::size_t i = 0; i < size; ++i) out[first + i] = kernel(load(first + i), words[i]);
    }
}

}  // namespace detail

/// Scales an image's uint8 pixels to [0, 1] (divides by 255) and corrupts them, in one pass:
///     out[i] = channel(pixels[i] / 255, word i of `noise`).
/// `out` has as many elements as `pixels`. The result depends on nothing but the arguments: not on the batch the image
/// is in, not on threads. Channels with an `apply` of their own (composition) are asked for it.
template <Channel C, class Scalar>
void corrupt(const C& channel, std::span<const std::uint8_t> pixels, std::span<Scalar> out, const RandomStream& noise) {
    require(out.size() == pixels.size(), "corrupt", "out.size()", out.size(), "equal the number of pixels");
    if constexpr (requires { channel.apply(pixels, out, noise); }) {
        channel.apply(pixels, out, noise);
    } else {
        const std::uint8_t* __restrict in = pixels.data();
        constexpr Scalar scale = Scalar{1} / Scalar{255};
        detail::corrupt_pixels(
            channel, pixels.size(), [in](std::size_t i) { return static_cast<Scalar>(in[i]) * scale; }, out.data(),
            noise);
    }
}

/// The same for pixels already in [0, 1]; `out` may be `pixels` itself, but must not overlap it otherwise.
template <Channel C, class Scalar>
requires std::floating_point<Scalar>
void corrupt(const C& channel, std::span<const Scalar> pixels, std::span<Scalar> out, const RandomStream& noise) {
    require(out.size() == pixels.size(), "corrupt", "out.size()", out.size(), "equal the number of pixels");
    if constexpr (requires { channel.apply(pixels, out, noise); }) {
        channel.apply(pixels, out, noise);
    } else {
        if (pixels.data() != out.data()) std::copy(pixels.begin(), pixels.end(), out.begin());
        Scalar* in = out.data();
        detail::corrupt_pixels(
            channel, pixels.size(), [in](std::size_t i) { return in[i]; }, out.data(), noise);
    }
}

/// Whether runs at different strengths share their uniforms (nested masks, the smoother difference between strengths)
/// or draw afresh at each strength (independent errors along a curve).
enum class Noise { common, independent };

/// The seed under which a channel's noise is drawn: the experiment's own, or one derived from it and the strength.
template <Channel C>
Seed noise_seed(Seed seed, const C& channel, Noise noise) {
    if (noise == Noise::common) return seed;
    return derive(seed, std::bit_cast<std::uint64_t>(static_cast<double>(channel.strength())));
}

}  // namespace pstar
