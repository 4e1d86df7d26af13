#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar {

/// Where the noise of a batch is drawn: image i of the data set draws from (seed, stream, epoch, i).
struct NoisePlace {
    Seed seed;
    Stream stream = Stream::train_noise;
    std::uint32_t epoch = 0;
};

/// Images on their way into a network: gathered from the data set, scaled to [0, 1] and corrupted in one pass.
template <class Scalar>
class Batch {
public:
    /// Images `indices` of `data` through `channel`. Memory is reused from batch to batch.
    template <Channel C>
    void fill(const Dataset& data, std::span<const std::uint32_t> indices, const C& channel, const NoisePlace& place) {
        const auto pixels = data.pixels();
        if (images_.size() < indices.size() * pixels) images_.resize(indices.size() * pixels);
        labels_.resize(indices.size());
        pixels_ = pixels;
        for (const auto i : indices)
            require(i < data.size(), "Batch::fill", "index", i, "be less than the number of images");
        for (std::size_t n = 0; n < indices.size(); ++n) {
            const auto i = indices[n];
            if (n + ahead < indices.size()) prefetch(data.image(indices[n + ahead]));
            corrupt(channel, data.image(i), std::span<Scalar>(images_.data() + n * pixels, pixels),
                    RandomStream{place.seed, place.stream, place.epoch, i});
            labels_[n] = data.label(i);
        }
    }
    /// (N, C H W), in [0, 1].
    View<const Scalar> images() const { return {images_.data(), {labels_.size(), pixels_}}; }
    /// (N)
    std::span<const std::uint8_t> labels() const { return labels_; }

private:
    // The images of a shuffled batch lie anywhere in the data set: ask for the next ones while this one is worked on.
    static constexpr std::size_t ahead = 4;
    static void prefetch(std::span<const std::uint8_t> image) {
        for (std::size_t byte = 0; byte < image.size(); byte += 64) __builtin_prefetch(image.data() + byte);
    }

    std::vector<Scalar> images_;
    std::vector<std::uint8_t> labels_;
    std::size_t pixels_ = 0;
};

}  // namespace pstar
