#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <sstream>

#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

/// Labelled images. They stay bytes in memory: whoever reads a batch scales it (x / 255) and corrupts it in one pass.
struct Dataset {
    Tensor<std::uint8_t, 4> images = no_images();                               ///< (N, C, H, W), 0..255
    Tensor<std::uint8_t, 1> labels = Tensor<std::uint8_t, 1>::from_shape({0});  ///< (N), each in 0..classes-1
    std::size_t classes = 10;

    std::size_t size() const { return images.shape()[0]; }                  ///< N
    std::size_t channels() const { return images.shape()[1]; }              ///< C
    std::size_t height() const { return images.shape()[2]; }                ///< H
    std::size_t width() const { return images.shape()[3]; }                 ///< W
    std::size_t pixels() const { return channels() * height() * width(); }  ///< C H W, the length of one image

    /// The pixels of image `i`, row by row, channel after channel; `i < size()` is not checked.
    std::span<const std::uint8_t> image(std::size_t i) const { return {images.data() + i * pixels(), pixels()}; }
    std::span<std::uint8_t> image(std::size_t i) { return {images.data() + i * pixels(), pixels()}; }
    std::uint8_t label(std::size_t i) const { return labels.data()[i]; }
    std::span<const std::uint8_t> all_labels() const { return {labels.data(), size()}; }

    /// Throws `DataError` unless there is one label per image, each in 0..classes-1, and images are not without pixels.
    void validate() const;

private:
    static Tensor<std::uint8_t, 4> no_images() { return Tensor<std::uint8_t, 4>::from_shape({0, 1, 0, 0}); }
};

/// What a network learns from and what it is measured on.
struct TrainTest {
    Dataset train, test;
};

inline void Dataset::validate() const {
    std::ostringstream text;
    if (classes < 1 || classes > 256) {
        text << "Dataset: classes (= " << classes << ") must lie in 1..256: labels are bytes";
        throw DataError(text.str());
    }
    if (labels.size() != size()) {
        text << "Dataset: " << size() << " images but " << labels.size()
             << " labels; there must be one label per image";
        throw DataError(text.str());
    }
    if (size() > 0 && pixels() == 0) {
        text << "Dataset: images of shape (" << channels() << ", " << height() << ", " << width() << ") have no pixels";
        throw DataError(text.str());
    }
    for (std::size_t i = 0; i < size(); ++i)
        if (label(i) >= classes) {
            text << "Dataset: label " << i << " (= " << int{label(i)} << ") must lie in 0.." << classes - 1;
            throw DataError(text.str());
        }
}

}  // namespace pstar
