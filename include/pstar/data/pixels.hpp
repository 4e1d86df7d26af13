#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <pstar/data/dataset.hpp>

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
