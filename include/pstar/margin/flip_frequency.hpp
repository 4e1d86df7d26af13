#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/proportion.hpp>

namespace pstar {

/// How `flip_frequencies` draws.
struct FlipOptions {
    std::size_t draws = 100;      ///< corrupted versions of each image, at least 1
    std::uint64_t seed = 0;       ///< of the channel's noise
    Noise noise = Noise::common;  ///< whether different strengths share their uniforms
    std::size_t threads = 1;      ///< 0: all cores; see `with_threads`. In float no bit depends on it

    void validate() const {
        require(draws >= 1, "FlipOptions", "draws", draws, "be at least 1");
        require(draws <= std::uint32_t(-1), "FlipOptions", "draws", draws, "fit 32 bits");
    }
};

/// What became of one image in the draws.
struct ImageFlips {
    std::uint32_t failures = 0;  ///< draws in which it was misclassified, ties by the rule of `is_misclassified`
    double mean_change = 0;      ///< mean over draws of gamma(x') - gamma(x), each with its own best runner-up
    double sd_change = 0;        ///< its sample standard deviation over draws (divided by draws - 1); NaN for one draw
};

/// Measured truth: what a channel does to each image of a data set, by drawing it.
struct FlipFrequencies {
    double strength = 0;    ///< of the channel
    std::size_t draws = 0;  ///< of each image
    std::vector<ImageFlips> images;

    /// The share of an image's draws in which it was misclassified, with Wilson's interval for these draws.
    Estimate frequency(std::size_t image, double confidence = 0.95) const {
        return wilson(share(images[image]), static_cast<double>(draws), confidence);
    }
    /// The shares of all images.
    std::vector<double> frequencies() const {
        std::vector<double> result;
        for (const auto& image : images) result.push_back(share(image));
        return result;
    }
    /// Measured accuracy through the channel, over all images and draws; the interval is for images like these, see
    /// `clustered_proportion`.
    Estimate accuracy(double confidence = 0.95) const {
        auto right = frequencies();
        for (double& f : right) f = 1 - f;
        return clustered_proportion(right, draws, confidence);
    }

private:
    double share(const ImageFlips& image) const {
        return static_cast<double>(image.failures) / static_cast<double>(draws);
    }
};

namespace detail {

/// Calls `body(image, margin, lost)` for every image in `range` seen through a channel.
template <Network Net, Corruption C, class Body>
void for_each_margin(const Net& net, const Dataset& data, const C& channel, const NoisePlace& place, const Body& body,
                     ImageRange range) {
    using Scalar = typename Net::scalar_type;
    const auto visit = [&](std::size_t first, const Batch<Scalar>& batch, Variable<Scalar>, Variable<Scalar> logits) {
        const auto f = logits.value();
        const primitive::BestOther best_other{batch.labels()};
        best_other.check(f.shape);
        for (std::size_t n = 0; n < f.shape[0]; ++n) {
            const std::size_t label = batch.labels()[n], runner_up = best_other.column(n, f);
            const Scalar* const row = f.data + n * f.shape[1];
            const auto margin = static_cast<double>(row[label] - row[runner_up]);
            const bool lost = predicted_class(std::span(row, f.shape[1])) != label;
            body(first + n, margin, lost);
        }
    };
    for_each_batch(net, data, channel, place, visit, range);
}

/// Sums over draws of a margin's change.
struct ChangeSums {
    double clean = 0, sum = 0, squares = 0;
};

inline void set_moments(ImageFlips& image, const ChangeSums& sums, std::size_t draws) {
    const auto count = static_cast<double>(draws);
    image.mean_change = sums.sum / count;
    image.sd_change = std::sqrt(std::max(0.0, std::fma(-sums.sum, image.mean_change, sums.squares)) / (count - 1));
}

}  // namespace detail

/// How often each image is misclassified through `channel`: forward passes alone, `draws` of them.
/// Draw d of image i takes its noise from (seed, test_noise, d, i), as `evaluate` with `.draw = d` does: the result is
/// a pure function of (seed, draws, images) and does not depend on batches or threads; the mean over images of draw d
/// is what `evaluate` reports. Throws std::invalid_argument where the data do not fit the network.
template <Network Net, Corruption C>
FlipFrequencies flip_frequencies(const Net& net, const Dataset& data, const C& channel,
                                 const FlipOptions& options = {}) {
    options.validate();
    channel.validate();
    detail::check_fit("flip_frequencies", net, data);
    FlipFrequencies result{static_cast<double>(channel.strength()), options.draws,
                           std::vector<ImageFlips>(data.size())};
    std::vector<detail::ChangeSums> changes(data.size());
    const Seed seed = noise_seed(Seed{options.seed}, channel, options.noise);
    const auto draw_all = [&](std::size_t first, std::size_t last) {
        detail::for_each_margin(net, data, Identity{}, {},
                                [&](std::size_t i, double margin, bool) { changes[i].clean = margin; }, {first, last});
        const auto count = [&](std::size_t i, double margin, bool lost) {
            const double change = margin - changes[i].clean;
            result.images[i].failures += lost;
            changes[i].sum += change;
            changes[i].squares = std::fma(change, change, changes[i].squares);
        };
        for (std::size_t draw = 0; draw < options.draws; ++draw)
            detail::for_each_margin(net, data, channel, {seed, Stream::test_noise, static_cast<std::uint32_t>(draw)},
                                    count, {first, last});
    };
    with_threads(options.threads,
                 [&] { detail::for_ranges(data.size(), evaluation_batch, evaluation_batch, draw_all); });
    for (std::size_t i = 0; i < data.size(); ++i) detail::set_moments(result.images[i], changes[i], options.draws);
    return result;
}

}  // namespace pstar
