#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/detail/check_labelled.hpp>
#include <pstar/io/npy_header.hpp>

/// Labelled images in NumPy's format: `numpy.save("images.npy", images)` and `numpy.save("labels.npy", labels)`.
namespace pstar {

/// The order of the axes of images with colour channels: (N, C, H, W), as PyTorch has it, or (N, H, W, C).
enum class ImageLayout { channels_first, channels_last };

namespace detail {

/// The shape of the images, as (N, C, H, W), whatever their layout in the file.
inline std::array<std::size_t, 4> npy_image_shape(const InputFile& file, const NpyHeader& header, ImageLayout layout) {
    const auto& n = header.shape;
    if (n.size() != 3 && n.size() != 4)
        file.refuse("has " + std::to_string(n.size()) + " dimensions; images have 3 (N, H, W) or 4, with channels");
    if (std::ranges::find(n, std::size_t{0}) != n.end()) file.refuse("has a dimension of size 0");
    if (n.size() == 3) return {n[0], 1, n[1], n[2]};
    if (layout == ImageLayout::channels_first) return {n[0], n[1], n[2], n[3]};
    return {n[0], n[3], n[1], n[2]};
}

/// One image of a file, (H, W, C) or (C, H, W), as (C, H, W).
template <class T, class Out>
void store_npy_image(const std::vector<T>& image, const std::array<std::size_t, 4>& shape, bool channels_last,
                     Out* out) {
    const auto channels = shape[1], places = shape[2] * shape[3];
    for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t i = 0; i < places; ++i)
            out[c * places + i] = static_cast<Out>(channels_last ? image[i * channels + c] : image[c * places + i]);
}

/// Refuses NaN, too.
template <std::floating_point T>
void check_npy_image(const InputFile& file, std::size_t n, const std::vector<T>& image) {
    const auto outside = std::ranges::find_if(image, [](T x) { return !(x >= 0 && x <= 1); });
    if (outside == image.end()) return;
    std::ostringstream text;
    text << "a pixel of image " << n << " (= " << *outside
         << ") must lie in [0, 1]; divide by the largest value, or save bytes (uint8, 0..255)";
    file.refuse(text.str());
}

/// The elements of a file, of type T, as images of type Out.
template <class T, class Out>
Tensor<Out, 4> read_npy_elements(InputFile& file, const NpyHeader& header, ImageLayout layout) {
    const auto shape = npy_image_shape(file, header, layout);
    check_npy_elements(file, header, sizeof(T));
    const bool channels_last = header.shape.size() == 4 && layout == ImageLayout::channels_last;
    Tensor<Out, 4> images(shape);
    std::vector<T> image(shape[1] * shape[2] * shape[3]);
    for (std::size_t n = 0; n < shape[0]; ++n) {
        file.read(image.data(), image.size() * sizeof(T));
        if constexpr (std::is_floating_point_v<T>) check_npy_image(file, n, image);
        store_npy_image(image, shape, channels_last, images.data() + n * image.size());
    }
    return images;
}

template <std::integral T>
Tensor<Label, 1> read_npy_integers(InputFile& file, const NpyHeader& header, Label first_label) {
    std::vector<T> values(check_npy_elements(file, header, sizeof(T)));
    file.read(values.data(), values.size() * sizeof(T));
    auto labels = Tensor<Label, 1>::from_shape({values.size()});
    constexpr auto largest = std::numeric_limits<Label>::max();
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::cmp_less(values[i], first_label) || std::cmp_greater(values[i], largest))
            file.refuse("label " + std::to_string(i) + " (= " + std::to_string(values[i]) + ") must lie in " +
                        std::to_string(first_label) + ".." + std::to_string(largest));
        labels.data()[i] = static_cast<Label>(static_cast<Label>(values[i]) - first_label);
    }
    return labels;
}

/// The images alone.
inline Dataset read_npy_images(const std::filesystem::path& path, ImageLayout layout) {
    InputFile file(path, "read_npy");
    const auto header = read_npy_header(file);
    if (header.dtype == "|u1") return {.images = read_npy_elements<std::uint8_t, std::uint8_t>(file, header, layout)};
    if (header.dtype == "<f4") return {.float_images = read_npy_elements<float, float>(file, header, layout)};
    if (header.dtype == "<f8") return {.float_images = read_npy_elements<double, float>(file, header, layout)};
    file.refuse("its elements are '" + header.dtype +
                "'; images are uint8 ('|u1', 0..255), float32 ('<f4') or float64 ('<f8', both in [0, 1])");
}

}  // namespace detail

/// The labels of an npy file of shape (N), integers of any type; `first_label` becomes class 0.
/// Throws `DataError` for a file that is broken or of another kind, and for a label below `first_label` or too large.
inline Tensor<Label, 1> read_npy_labels(const std::filesystem::path& path, Label first_label = 0) {
    InputFile file(path, "read_npy_labels");
    const auto header = read_npy_header(file);
    if (header.shape.size() != 1)
        file.refuse("has " + std::to_string(header.shape.size()) + " dimensions; labels have 1 (N)");
    const auto is = [&](const char* dtype) { return header.dtype == dtype; };
    if (is("|u1")) return detail::read_npy_integers<std::uint8_t>(file, header, first_label);
    if (is("|i1")) return detail::read_npy_integers<std::int8_t>(file, header, first_label);
    if (is("<u2")) return detail::read_npy_integers<std::uint16_t>(file, header, first_label);
    if (is("<i2")) return detail::read_npy_integers<std::int16_t>(file, header, first_label);
    if (is("<u4")) return detail::read_npy_integers<std::uint32_t>(file, header, first_label);
    if (is("<i4")) return detail::read_npy_integers<std::int32_t>(file, header, first_label);
    if (is("<u8")) return detail::read_npy_integers<std::uint64_t>(file, header, first_label);
    if (is("<i8")) return detail::read_npy_integers<std::int64_t>(file, header, first_label);
    file.refuse("its elements are '" + header.dtype + "'; labels are little-endian integers ('<i8', '|u1', ...)");
}

/// How images and labels lie in npy files.
struct NpyOptions {
    ImageLayout layout = ImageLayout::channels_first;  ///< of images that have channels
    Label first_label = 0;                             ///< the file's label of class 0
    std::size_t classes = 0;                           ///< 0: one more than the largest label
};

/// Images and their labels. The images are of shape (N, H, W), (N, C, H, W) or, by option, (N, H, W, C): bytes (uint8)
/// in 0..255, or float32 or float64 in [0, 1], which become float images. The labels are of shape (N).
/// Throws `DataError` for a file that is broken, truncated, too long, of another shape or element type, for a pixel
/// outside [0, 1], a label out of range, and unequal counts.
inline Dataset read_npy(const std::filesystem::path& images, const std::filesystem::path& labels,
                        const NpyOptions& options = {}) {
    auto data = detail::read_npy_images(images, options.layout);
    data.labels = read_npy_labels(labels, options.first_label);
    detail::check_labelled(data, options.classes, images, labels);
    return data;
}

}  // namespace pstar
