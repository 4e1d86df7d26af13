#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/detail/pixel_kernels.hpp>

namespace pstar {

namespace detail {

/// One pass over an image: words for a block of pixels from all vector lanes, then the channel while they are in cache.
/// `pixels` are bytes or numbers in [0, 1]; `out` may be the same numbers.
template <Channel C, class Pixel, class Scalar>
void corrupt_pixels(const C& channel, std::span<const Pixel> pixels, Scalar* out, const RandomStream& noise) {
    constexpr std::size_t block = 1024;  // 4 KiB of words
    alignas(64) std::array<std::uint32_t, block> words;
    const auto kernel = [&channel] {  // by value: no store through `out` can alias it
        if constexpr (requires { channel.kernel(); })
            return channel.kernel();
        else
            return channel;
    }();
    for (std::size_t first = 0; first < pixels.size(); first += block) {
        const auto size = std::min(block, pixels.size() - first);
        noise.fill({words.data(), size}, first);
        PSTAR_KERNEL(corrupt_pixels(kernel, pixels.data() + first, words.data(), size, out + first));
    }
}

/// Pixels as numbers in [0, 1]: bytes divided by 255, float or double as they are. `out` may be `pixels`.
template <class Scalar>
void scale_pixels(std::span<const std::uint8_t> pixels, std::span<Scalar> out) {
    PSTAR_KERNEL(scale_pixels(pixels.data(), pixels.size(), out.data()));
}
template <std::floating_point Pixel, class Scalar>
void scale_pixels(std::span<const Pixel> pixels, std::span<Scalar> out) {
    if constexpr (std::is_same_v<Pixel, Scalar>)
        if (pixels.data() == out.data()) return;
    std::transform(pixels.begin(), pixels.end(), out.begin(), [](Pixel x) { return static_cast<Scalar>(x); });
}

/// How one image passes through a corruption of type C. `pixels` are bytes or numbers in [0, 1]; `clean` is memory for
/// an image of numbers, where one is needed. Types that know a faster way specialise this.
template <class C>
struct ImagePass;

template <Channel C>
struct ImagePass<C> {
    template <class Pixel, class Scalar>
    static void run(const C& channel, std::span<const Pixel> pixels, const Shape&, std::span<Scalar> out,
                    const RandomStream& noise, std::vector<Scalar>&) {
        corrupt_pixels(channel, pixels, out.data(), noise);
    }
};

template <SpatialCorruption C>
struct ImagePass<C> {
    template <class Pixel, class Scalar>
    static void run(const C& corruption, std::span<const Pixel> pixels, const Shape& shape, std::span<Scalar> out,
                    const RandomStream& noise, std::vector<Scalar>& clean) {
        clean.resize(pixels.size());
        scale_pixels(pixels, std::span<Scalar>(clean));
        corruption.apply(View<const Scalar>{clean.data(), shape}, View<Scalar>{out.data(), shape}, noise);
    }
};

template <class C, class Pixel, class Scalar>
void corrupt_one(const C& corruption, std::span<const Pixel> pixels, const Shape& shape, std::span<Scalar> out,
                 const RandomStream& noise) {
    require(out.size() == pixels.size(), "corrupt", "out.size()", out.size(), "equal the number of pixels");
    std::vector<Scalar> clean;
    ImagePass<C>::run(corruption, pixels, shape, out, noise, clean);
}

inline void check_image_shape(const Shape& shape, std::size_t pixels) {
    require(shape.rank() == 3 && shape.size() == pixels, "corrupt", "shape", shape,
            "be (C, H, W) with as many elements as there are pixels");
}

}  // namespace detail

/// Scales an image's uint8 pixels to [0, 1] (divides by 255) and corrupts them, in one pass; for a channel
///     out[i] = channel(pixels[i] / 255, word i of `noise`).
/// The image has the shape (C, H, W), row by row, channel after channel; `out` has as many elements. The result depends
/// on nothing but the arguments: not on the batch the image is in, not on threads.
/// Throws std::invalid_argument where the sizes do not fit.
template <Corruption C, class Scalar>
void corrupt(const C& corruption, std::span<const std::uint8_t> pixels, const Shape& shape, std::span<Scalar> out,
             const RandomStream& noise) {
    detail::check_image_shape(shape, pixels.size());
    detail::corrupt_one(corruption, pixels, shape, out, noise);
}
/// The same for pixels already in [0, 1]; `out` may be `pixels` itself, but must not overlap it otherwise.
template <Corruption C, class Scalar>
requires std::floating_point<Scalar>
void corrupt(const C& corruption, std::span<const Scalar> pixels, const Shape& shape, std::span<Scalar> out,
             const RandomStream& noise) {
    detail::check_image_shape(shape, pixels.size());
    detail::corrupt_one(corruption, pixels, shape, out, noise);
}

/// The same for channels, which accept images of any shape.
template <Channel C, class Scalar>
void corrupt(const C& channel, std::span<const std::uint8_t> pixels, std::span<Scalar> out, const RandomStream& noise) {
    detail::corrupt_one(channel, pixels, {pixels.size()}, out, noise);
}
/// The same for pixels in [0, 1].
template <Channel C, class Scalar>
requires std::floating_point<Scalar>
void corrupt(const C& channel, std::span<const Scalar> pixels, std::span<Scalar> out, const RandomStream& noise) {
    detail::corrupt_one(channel, pixels, {pixels.size()}, out, noise);
}

}  // namespace pstar
