#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar {

/// Labelled images by number, held in memory or made when they are asked for; a `Dataset` of bytes is one. A source has
///     size()                              N, the number of images; below 2^32 where one learns from them
///     channels(), height(), width()       C, H, W of every image
///     classes                             a member: the number of classes
///     draw(i, pixels)                     writes image i < N to `pixels` (C H W bytes, 0..255; row by row, channel
///                                         after channel) and returns its label, 0..classes-1
/// An image is a pure function of its number, and `draw` may be called from several threads at once. Minimal, grey
/// images of one brightness:
///
///     struct Greys {
///         std::size_t classes = 2;
///         std::size_t size() const { return 1'000'000; }
///         std::size_t channels() const { return 1; }
///         std::size_t height() const { return 8; }
///         std::size_t width() const { return 8; }
///         pstar::Label draw(std::size_t i, std::span<std::uint8_t> pixels) const {
///             std::ranges::fill(pixels, static_cast<std::uint8_t>(i % 256));
///             return i % 256 < 128 ? 0 : 1;
///         }
///     };
template <class S>
concept TrainingSource = requires(const S& source, std::size_t i, std::span<std::uint8_t> pixels) {
    { source.size() } -> std::convertible_to<std::size_t>;
    { source.channels() } -> std::convertible_to<std::size_t>;
    { source.height() } -> std::convertible_to<std::size_t>;
    { source.width() } -> std::convertible_to<std::size_t>;
    { source.classes } -> std::convertible_to<std::size_t>;
    { source.draw(i, pixels) } -> std::same_as<Label>;
};

static_assert(TrainingSource<Dataset>);

/// C H W, the length of one image.
template <TrainingSource S>
std::size_t pixels_of(const S& source) {
    return source.channels() * source.height() * source.width();
}

/// The first `n` images of a source, held in memory. Throws `std::invalid_argument` when there are fewer.
template <TrainingSource S>
Dataset hold(const S& source, std::size_t n) {
    require(n <= source.size(), "hold", "n", n, "be at most the number of images");
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({n, source.channels(), source.height(), source.width()}),
                 .labels = Tensor<Label, 1>::from_shape({n}),
                 .classes = source.classes};
    for (std::size_t i = 0; i < n; ++i) data.labels(i) = source.draw(i, data.image(i));
    return data;
}
/// All of them.
template <TrainingSource S>
Dataset hold(const S& source) {
    return hold(source, source.size());
}

}  // namespace pstar
