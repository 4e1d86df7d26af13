#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <pstar/data/dataset.hpp>
#include <pstar/data/training_source.hpp>

/// Changes of the pixels' values, the same for every pixel. They take the dataset by value: move one in to change it in
/// place.
namespace pstar {

/// Black and white at 1/2: a pixel x > 1/2 (a byte of 128 or more) becomes 1 (255), any other 0.
inline Dataset binarise(Dataset data) {
    for (auto& pixel : elements(data.images)) pixel = pixel >= 128 ? 255 : 0;
    if (data.has_floats())
        for (auto& pixel : elements(*data.float_images)) pixel = pixel > 0.5F ? 1 : 0;
    return data;
}

/// Another source's images in black and white, as `binarise` makes them: bytes of 128 or more become 255, others 0.
template <TrainingSource S>
struct Binarised {
    S source;
    std::size_t classes = source.classes;

    std::size_t size() const { return source.size(); }
    std::size_t channels() const { return source.channels(); }
    std::size_t height() const { return source.height(); }
    std::size_t width() const { return source.width(); }
    /// Writes the bytes of image i, 0 or 255, and returns its label.
    Label draw(std::size_t i, std::span<std::uint8_t> pixels) const {
        const auto label = source.draw(i, pixels);
        for (auto& pixel : pixels) pixel = pixel >= 128 ? 255 : 0;
        return label;
    }
    /// The other source in words.
    std::string describe() const requires requires { source.describe(); }
    { return source.describe(); }
};

/// Brightness times `factor`, clipped at 1; bytes are rounded to the nearest one (halves up) and clipped at 255.
/// Throws `std::invalid_argument` unless `factor` is finite and not negative.
inline Dataset scale_brightness(Dataset data, double factor) {
    require(std::isfinite(factor) && factor >= 0, "scale_brightness", "factor", factor, "be finite and not negative");
    std::array<std::uint8_t, 256> scaled{};
    for (std::size_t v = 0; v < scaled.size(); ++v)
        scaled[v] = static_cast<std::uint8_t>(std::min(std::floor(factor * static_cast<double>(v) + 0.5), 255.0));
    for (auto& pixel : elements(data.images)) pixel = scaled[pixel];
    if (data.has_floats())
        for (auto& pixel : elements(*data.float_images))
            pixel = static_cast<float>(std::min(factor * static_cast<double>(pixel), 1.0));
    return data;
}

}  // namespace pstar
