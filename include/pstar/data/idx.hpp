#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <pstar/data/dataset.hpp>
#include <pstar/data/detail/byte_stream.hpp>
#include <pstar/data/detail/check_labelled.hpp>

/// Reading IDX files, the format of MNIST and similar sets, raw or gzipped: two zero bytes, the element type (0x08:
/// unsigned byte, the only one read here), the number of dimensions, the dimensions as big-endian 32-bit integers, the
/// elements.
///
/// A file is read whole or not at all: anything wrong throws `DataError` that names the file, what was found and what
/// was expected. Memory grows with the data that are there, whatever the header claims, and a gzip file is inflated no
/// further than one byte past the size its header gives (at most 4 GiB).
/// Source: LeCun, Cortes & Burges, "The MNIST database", section "File formats".
namespace pstar {

namespace detail {

/// An IDX file taken apart.
struct IdxArray {
    std::vector<std::size_t> shape;
    std::vector<std::uint8_t> elements;  ///< row-major
};

inline std::string shape_text(const std::vector<std::size_t>& shape) {
    std::string text;
    for (const auto n : shape) text += (text.empty() ? "" : " x ") + std::to_string(n);
    return text;
}

/// The four bytes before the dimensions, which say what the file holds; returns the number of dimensions.
inline std::size_t read_idx_magic(ByteStream& stream) {
    std::array<std::uint8_t, 4> magic{};
    if (stream.read(magic) < magic.size()) stream.fail("is too short for an IDX file");
    if (magic[0] != 0 || magic[1] != 0)
        stream.fail("is not an IDX file: it must start with two zero bytes, not " + std::to_string(magic[0]) + " and " +
                    std::to_string(magic[1]));
    if (magic[2] != 0x08)
        stream.fail("holds elements of IDX type " + std::to_string(magic[2]) +
                    "; only unsigned bytes (type 8) are read");
    return magic[3];
}

/// The dimensions; every one is positive and their product fits `std::size_t`.
inline std::vector<std::size_t> read_idx_shape(ByteStream& stream, std::size_t dimensions) {
    std::vector<std::size_t> shape;
    std::size_t total = 1;
    for (std::size_t d = 0; d < dimensions; ++d) {
        std::array<std::uint8_t, 4> b{};
        if (stream.read(b) < b.size()) stream.fail("ends inside its IDX header");
        shape.push_back(std::size_t{b[0]} << 24 | std::size_t{b[1]} << 16 | std::size_t{b[2]} << 8 | b[3]);
        if (shape.back() == 0) stream.fail("has a dimension of size 0: " + shape_text(shape));
        if (total > std::numeric_limits<std::size_t>::max() / shape.back())
            stream.fail("claims more elements than fit the memory: " + shape_text(shape));
        total *= shape.back();
    }
    return shape;
}

/// `total` bytes and then the end of the file; reserves no more than twice what has been read.
inline std::vector<std::uint8_t> read_idx_elements(ByteStream& stream, std::size_t total, const std::string& claim) {
    constexpr std::size_t gzip_limit = std::size_t{1} << 32, step = 1U << 20;
    if (stream.compressed() && total > gzip_limit)
        stream.fail("claims " + claim + " elements, more than the 4 GiB a gzip file is inflated to; gunzip it first");
    std::vector<std::uint8_t> data;
    for (std::size_t end = 0; end < total;) {
        const auto begin = std::exchange(end, std::min(total, end + step));
        if (data.capacity() < end) data.reserve(std::min(total, 2 * end));
        data.resize(end);
        const auto count = stream.read(std::span(data).subspan(begin));
        if (begin + count < end)
            stream.fail("is truncated: its header claims " + claim + " elements, but there are only " +
                        std::to_string(begin + count));
    }
    std::array<std::uint8_t, 1> extra{};
    if (stream.read(extra) != 0) stream.fail("has trailing data after the " + claim + " elements its header claims");
    return data;
}

/// Reads an array of `fewest` to `most` dimensions; `what` names it in the message otherwise.
inline IdxArray read_idx_array(const std::filesystem::path& path, std::size_t fewest, std::size_t most,
                               const std::string& what) {
    ByteStream stream(path);
    const auto dimensions = read_idx_magic(stream);
    if (dimensions < fewest || dimensions > most)
        stream.fail("holds an array of " + std::to_string(dimensions) + " dimension(s); " + what);
    IdxArray array{.shape = read_idx_shape(stream, dimensions), .elements = {}};
    std::size_t total = 1;
    for (const auto n : array.shape) total *= n;
    array.elements = read_idx_elements(stream, total, shape_text(array.shape));
    return array;
}

}  // namespace detail

/// The images of an IDX file of shape (N, H, W) or (N, C, H, W), as (N, C, H, W) with C = 1 for the former.
inline Tensor<std::uint8_t, 4> read_idx_images(const std::filesystem::path& path) {
    const auto array = detail::read_idx_array(path, 3, 4, "images have 3 (N, H, W) or 4 (N, C, H, W)");
    const auto& n = array.shape;
    auto images = n.size() == 3 ? Tensor<std::uint8_t, 4>::from_shape({n[0], 1, n[1], n[2]})
                                : Tensor<std::uint8_t, 4>::from_shape({n[0], n[1], n[2], n[3]});
    std::ranges::copy(array.elements, images.data());
    return images;
}

/// The labels of an IDX file of shape (N); `first_label` becomes class 0.
inline Tensor<Label, 1> read_idx_labels(const std::filesystem::path& path, Label first_label = 0) {
    const auto array = detail::read_idx_array(path, 1, 1, "labels have 1 (N)");
    auto labels = Tensor<Label, 1>::from_shape({array.shape[0]});
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto label = array.elements[i];
        if (label < first_label)
            throw DataError("'" + path.string() + "': label " + std::to_string(i) + " (= " + std::to_string(label) +
                            ") must be at least the first label, " + std::to_string(first_label));
        labels.data()[i] = static_cast<Label>(label - first_label);
    }
    return labels;
}

/// Images and their labels. Throws `DataError` also for unequal counts and for a label outside 0..classes-1.
inline Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                        std::size_t classes = 10) {
    require(classes >= 1 && classes <= 256, "read_idx", "classes", classes, "lie in 1..256: labels are bytes");
    Dataset data{.images = read_idx_images(images), .labels = read_idx_labels(labels)};
    detail::check_labelled(data, classes, images, labels);
    return data;
}

}  // namespace pstar
