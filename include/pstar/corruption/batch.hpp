#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/training_source.hpp>

/// Images on their way into a model: gathered from the data set, scaled to [0, 1] and corrupted in one pass.
namespace pstar {

/// Where the noise of a batch is drawn: image i of the data set draws from (seed, stream, epoch, i).
struct NoisePlace {
    Seed seed;
    Stream stream = Stream::train_noise;
    std::uint32_t epoch = 0;
};

namespace detail {

/// `image(i)` is image i of a data set, bytes or floats. Images of a shuffled batch lie anywhere in memory: the next
/// ones are asked for while this one is worked on.
template <class Scalar, class C, class Image>
void corrupt_rows(const Image& image, const Shape& shape, std::span<const std::uint32_t> indices, const C& corruption,
                  const NoisePlace& place, Scalar* out) {
    constexpr std::size_t ahead = 4;
    const auto prefetch = [](auto pixels) {
        const auto bytes = std::as_bytes(pixels);
        for (std::size_t byte = 0; byte < bytes.size(); byte += 64) __builtin_prefetch(bytes.data() + byte);
    };
    const auto pixels = shape.size();
    for_ranges(indices.size(), 1, elements_grain / std::max<std::size_t>(pixels, 1) + 1,
               [&](std::size_t first, std::size_t last) {
                   std::vector<Scalar> clean;
                   for (std::size_t n = first; n < last; ++n) {
                       const auto i = indices[n];
                       if (n + ahead < last) prefetch(image(indices[n + ahead]));
                       ImagePass<C>::run(corruption, image(i), shape, std::span<Scalar>(out + n * pixels, pixels),
                                         RandomStream{place.seed, place.stream, place.epoch, i}, clean);
                   }
               });
}

}  // namespace detail

/// Writes images `indices` of `data` through `corruption` to the rows of `out` (N, C H W), in [0, 1].
/// Throws std::invalid_argument where an index or the shape of `out` does not fit.
template <class Scalar, Corruption C>
void corrupt_images(const Dataset& data, std::span<const std::uint32_t> indices, const C& corruption,
                    const NoisePlace& place, View<Scalar> out) {
    const Shape shape{data.channels(), data.height(), data.width()};
    require(out.shape == Shape{indices.size(), shape.size()}, "corrupt_images", "out.shape", out.shape,
            "be (number of indices, pixels of an image)");
    for (const auto i : indices)
        require(i < data.size(), "corrupt_images", "index", i, "be less than the number of images");
    if (data.has_floats())
        detail::corrupt_rows([&](std::size_t i) { return data.float_image(i); }, shape, indices, corruption, place,
                             out.data);
    else
        detail::corrupt_rows([&](std::size_t i) { return data.image(i); }, shape, indices, corruption, place, out.data);
}

/// The same with images of a source, each drawn just before it is corrupted, and their labels. `labels` has as many
/// elements as `indices`.
template <class Scalar, TrainingSource Source, Corruption C>
void corrupt_images(const Source& source, std::span<const std::uint32_t> indices, const C& corruption,
                    const NoisePlace& place, View<Scalar> out, std::span<Label> labels) {
    const Shape shape{source.channels(), source.height(), source.width()};
    const auto pixels = shape.size();
    require(out.shape == Shape{indices.size(), pixels}, "corrupt_images", "out.shape", out.shape,
            "be (number of indices, pixels of an image)");
    require(labels.size() == indices.size(), "corrupt_images", "labels.size()", labels.size(),
            "be the number of indices");
    for (const auto i : indices)
        require(i < source.size(), "corrupt_images", "index", i, "be less than the number of images");
    detail::for_ranges(indices.size(), 1, 1, [&](std::size_t first, std::size_t last) {
        std::vector<std::uint8_t> image(pixels);
        std::vector<Scalar> clean;
        for (std::size_t n = first; n < last; ++n) {
            const auto i = indices[n];
            labels[n] = source.draw(i, image);
            detail::ImagePass<C>::run(corruption, std::span<const std::uint8_t>(image), shape,
                                      std::span<Scalar>(out.data + n * pixels, pixels),
                                      RandomStream{place.seed, place.stream, place.epoch, i}, clean);
        }
    });
}

/// Images first, ..., last - 1 of a data set; all, unless given.
struct ImageRange {
    std::size_t first = 0, last = std::numeric_limits<std::size_t>::max();
};

/// Calls `body(first, indices)` for 0, 1, ..., size - 1 in blocks, or for the part of them in `range`: `indices` are
/// first, first + 1, ..., at most `block` of them.
template <class Body>
void for_each_block(std::size_t size, std::size_t block, const Body& body, ImageRange range = {}) {
    require(block >= 1, "for_each_block", "block", block, "be at least 1");
    std::vector<std::uint32_t> indices;
    const auto last = std::min(range.last, size);
    for (std::size_t first = range.first; first < last; first += block) {
        indices.resize(std::min(block, last - first));
        std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(first));
        body(first, std::span<const std::uint32_t>(indices));
    }
}

/// A batch of corrupted images with their labels. Memory is reused from batch to batch.
template <class Scalar>
class Batch {
public:
    /// Images `indices` of `source`, a `Dataset` or another `TrainingSource`, through `corruption`. Throws
    /// std::invalid_argument for an index that it lacks.
    template <TrainingSource Source, class C>
    void fill(const Source& source, std::span<const std::uint32_t> indices, const C& corruption,
              const NoisePlace& place) {
        static_assert(Corruption<C>,
                      "a corruption is copyable and has validate(), strength() and either, pixelwise, corruption(x, "
                      "word), mean(x), variance(x) and no member `apply`, or, spatial, apply(View<const Scalar> image, "
                      "View<Scalar> out, const RandomStream& noise) for float and double");
        const auto pixels = pixels_of(source);
        if (images_.size() < indices.size() * pixels) images_.resize(indices.size() * pixels);
        labels_.resize(indices.size());
        pixels_ = pixels;
        const View<Scalar> out{images_.data(), {indices.size(), pixels}};
        if constexpr (std::same_as<Source, Dataset>) {
            corrupt_images(source, indices, corruption, place, out);
            for (std::size_t n = 0; n < indices.size(); ++n) labels_[n] = source.label(indices[n]);
        } else {
            corrupt_images(source, indices, corruption, place, out, std::span<Label>(labels_));
        }
    }
    /// Images first, first + 1, ..., first + count - 1.
    template <TrainingSource Source, class C>
    void fill_range(const Source& source, std::size_t first, std::size_t count, const C& corruption,
                    const NoisePlace& place) {
        indices_.resize(count);
        std::iota(indices_.begin(), indices_.end(), static_cast<std::uint32_t>(first));
        fill(source, indices_, corruption, place);
    }
    /// (N, C H W), in [0, 1].
    View<const Scalar> images() const { return {images_.data(), {labels_.size(), pixels_}}; }
    /// (N)
    std::span<const Label> labels() const { return labels_; }

private:
    std::vector<Scalar> images_;
    std::vector<Label> labels_;
    std::vector<std::uint32_t> indices_;
    std::size_t pixels_ = 0;
};

/// Calls `body(first, batch)` for batch after batch of `data` seen through `corruption`, in the data's order: images
/// first, first + 1, ..., at most `batch_size` of them, or those in `range`. One batch's memory is reused.
template <class Scalar, Corruption C, class Body>
void for_each_batch(const Dataset& data, const C& corruption, const NoisePlace& place, std::size_t batch_size,
                    const Body& body, ImageRange range = {}) {
    Batch<Scalar> batch;
    const auto visit = [&](std::size_t first, std::span<const std::uint32_t> indices) {
        batch.fill(data, indices, corruption, place);
        body(first, static_cast<const Batch<Scalar>&>(batch));
    };
    for_each_block(data.size(), batch_size, visit, range);
}

}  // namespace pstar
