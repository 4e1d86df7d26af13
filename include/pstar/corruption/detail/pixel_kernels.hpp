#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

template <class Pixel, class Scalar>
Scalar pixel_value(Pixel pixel) {
    if constexpr (std::is_integral_v<Pixel>)
        return static_cast<Scalar>(pixel) * (Scalar{1} / Scalar{255});
    else
        return static_cast<Scalar>(pixel);
}

/// out[i] = pixels[i] / 255
template <class Scalar>
void scale_pixels(const std::uint8_t* pixels, std::size_t size, Scalar* out) {
    for (std::size_t i = 0; i < size; ++i) out[i] = pixel_value<std::uint8_t, Scalar>(pixels[i]);
}

/// out[i] = kernel(pixels[i], words[i]), bytes divided by 255. What the kernel does is inlined here, whoever wrote it.
template <class Kernel, class Pixel, class Scalar>
void corrupt_pixels(const Kernel& kernel, const Pixel* pixels, const std::uint32_t* words, std::size_t size,
                    Scalar* out) {
    constexpr std::size_t step = 64;  // a number known beforehand, and memory that nothing else is in
    std::size_t i = 0;
    for (; i + step <= size; i += step) {
        alignas(64) Scalar noisy[step];
        for (std::size_t k = 0; k < step; ++k)
            noisy[k] = kernel(pixel_value<Pixel, Scalar>(pixels[i + k]), words[i + k]);
        std::memcpy(out + i, noisy, sizeof noisy);
    }
    for (; i < size; ++i) out[i] = kernel(pixel_value<Pixel, Scalar>(pixels[i]), words[i]);
}

/// What the channel says of x = v/255 for v < 256.
template <class C>
void moments_by_value(const C& channel, double* mean, double* variance) {
    for (std::size_t v = 0; v < 256; ++v) {
        mean[v] = channel.mean(static_cast<double>(v) / 255);
        variance[v] = channel.variance(static_cast<double>(v) / 255);
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_CORRUPTION_DETAIL_PIXEL_KERNELS_HPP)
#define PSTAR_CORRUPTION_DETAIL_PIXEL_KERNELS_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#define PSTAR_KERNELS <pstar/corruption/detail/pixel_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
