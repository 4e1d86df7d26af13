#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

/// Labelled images, either bytes (the usual case: a quarter of the memory) or floats. Whoever reads a batch scales
/// bytes to [0, 1] (x / 255) and corrupts the images in one pass.
struct Dataset {
    Tensor<std::uint8_t, 4> images = Tensor<std::uint8_t, 4>::from_shape({0, 1, 0, 0});  ///< (N, C, H, W), 0..255
    Tensor<Label, 1> labels = Tensor<Label, 1>::from_shape({0});                         ///< (N), each in 0..classes-1
    std::size_t classes = 10;                                                            ///< K: labels are 0..K-1
    std::optional<Tensor<float, 4>> float_images = {};  ///< (N, C, H, W) in [0, 1]: if set, in place of `images`

    /// Whether the images are floats.
    bool has_floats() const { return float_images.has_value(); }
    std::size_t size() const { return shape()[0]; }                         ///< N
    std::size_t channels() const { return shape()[1]; }                     ///< C
    std::size_t height() const { return shape()[2]; }                       ///< H
    std::size_t width() const { return shape()[3]; }                        ///< W
    std::size_t pixels() const { return channels() * height() * width(); }  ///< C H W, the length of one image

    /// The pixels of image `i`, row by row, channel after channel; `i < size()` is not checked. `image` needs bytes and
    /// `float_image` floats: the other kind throws `std::invalid_argument`.
    std::span<const std::uint8_t> image(std::size_t i) const {
        check_kind(false);
        return {images.data() + i * pixels(), pixels()};
    }
    /// The bytes of image i, to write.
    std::span<std::uint8_t> image(std::size_t i) {
        check_kind(false);
        return {images.data() + i * pixels(), pixels()};
    }
    /// The numbers of image i, where images are floats.
    std::span<const float> float_image(std::size_t i) const {
        check_kind(true);
        return {float_images->data() + i * pixels(), pixels()};
    }
    /// The same, to write.
    std::span<float> float_image(std::size_t i) {
        check_kind(true);
        return {float_images->data() + i * pixels(), pixels()};
    }
    /// The label of image i, 0..classes-1.
    Label label(std::size_t i) const { return labels.data()[i]; }
    /// Copies the bytes of image `i` and returns its label: a data set is an `TrainingSource`.
    Label draw(std::size_t i, std::span<std::uint8_t> pixels) const {
        std::ranges::copy(image(i), pixels.begin());
        return label(i);
    }
    /// All labels (N).
    std::span<const Label> all_labels() const { return {labels.data(), size()}; }

    /// Throws `DataError` unless there is one label per image, each in 0..classes-1, images have pixels, and those of
    /// float images lie in [0, 1].
    void validate() const;

private:
    const std::array<std::size_t, 4>& shape() const { return float_images ? float_images->shape() : images.shape(); }

    void check_kind(bool floats) const {
        if (has_floats() == floats) [[likely]]
            return;
        throw std::invalid_argument(floats ? "Dataset::float_image: the images are bytes; this needs floats"
                                           : "Dataset::image: the images are floats; this needs bytes");
    }
};

/// What a network learns from and what it is measured on.
struct TrainTest {
    Dataset train, test;  ///< with the same sizes and classes
};

namespace detail {

[[noreturn]] inline void bad_dataset(const std::string& what) {
    throw DataError("Dataset: " + what);
}

/// Refuses NaN, too.
inline void check_float_images(const Tensor<float, 4>& images) {
    const auto outside = [](float x) { return !(x >= 0 && x <= 1); };
    bool any = false;
    for (const float x : elements(images)) any |= outside(x);
    if (!any) return;
    const auto at = std::ranges::find_if(elements(images), outside);
    std::ostringstream text;
    text << "a pixel of image "
         << static_cast<std::size_t>(at - elements(images).begin()) / (images.size() / images.shape()[0])
         << " (= " << *at << ") must lie in [0, 1]";
    bad_dataset(text.str());
}

}  // namespace detail

inline void Dataset::validate() const {
    if (classes < 1 || classes > max_classes)
        detail::bad_dataset("classes (= " + std::to_string(classes) + ") must lie in 1.." +
                            std::to_string(max_classes));
    if (float_images && images.shape()[0] > 0)
        detail::bad_dataset("images and float_images are both set; there must be one kind");
    if (labels.size() != size())
        detail::bad_dataset(std::to_string(size()) + " images but " + std::to_string(labels.size()) +
                            " labels; there must be one label per image");
    if (size() > 0 && pixels() == 0)
        detail::bad_dataset("images of shape (" + std::to_string(channels()) + ", " + std::to_string(height()) + ", " +
                            std::to_string(width()) + ") have no pixels");
    for (std::size_t i = 0; i < size(); ++i)
        if (label(i) >= classes)
            detail::bad_dataset("label " + std::to_string(i) + " (= " + std::to_string(label(i)) + ") must lie in 0.." +
                                std::to_string(classes - 1));
    if (float_images) detail::check_float_images(*float_images);
}

}  // namespace pstar
