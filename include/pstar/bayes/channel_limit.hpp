#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/bayes/channel_posterior.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/pixel_likelihood.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/proportion.hpp>

namespace pstar {

/// Which corrupted images the posterior is tried on.
struct ChannelLimitOptions {
    std::size_t images = 1000;    ///< spread evenly over the data; all of them, if there are no more
    std::uint64_t seed = 0;       ///< of the noise
    std::uint32_t draw = 0;       ///< which draw of it
    Noise noise = Noise::common;  ///< whether strengths share their uniforms
    std::size_t threads = 1;      ///< 0: all cores; no bit depends on it

    void validate() const { require(images >= 1, "ChannelLimitOptions", "images", images, "be at least 1"); }
};

/// How often the posterior over a library is right about corrupted images.
struct PosteriorAccuracy {
    Estimate accuracy;  ///< the likeliest class is the true one: measured, with Wilson's 95% interval
    Estimate expected;  ///< the likeliest class's probability: what the posterior expects of itself; for other images
    double brier = 0;   ///< the mean over images and classes of (P(k) - [k is true])^2
    std::vector<std::size_t> decisions;  ///< the likeliest class of each image, the first of equally likely ones
    std::size_t images = 0;
};

/// Images of `data` seen through a corruption and given the likeliest class by the posterior over a library. On images
/// of the library itself this is the most that any classifier can reach, `channel_limit`; on others it is one
/// classifier among others. The corruption's likelihood, strength included, is known to it: for an `AnyCorruption`, its
/// `pixel_likelihood()`. Throws std::invalid_argument for images of another size or number of classes.
template <Corruption C>
PosteriorAccuracy posterior_accuracy(const ChannelPosterior& posterior, const Dataset& data, const C& corruption,
                                     const PixelLikelihood& likelihood, const ChannelLimitOptions& options = {}) {
    corruption.validate();
    options.validate();
    require(data.size() >= 1, "posterior_accuracy", "data.size()", data.size(), "be at least 1");
    require(data.pixels() == posterior.pixels(), "posterior_accuracy", "data.pixels()", data.pixels(),
            "equal the library's");
    require(data.classes == posterior.classes(), "posterior_accuracy", "data.classes", data.classes,
            "equal the library's");
    const auto images = spread_evenly(data, std::min(options.images, data.size()));
    const NoisePlace place{noise_seed(Seed{options.seed}, corruption, options.noise), Stream::test_noise, options.draw};
    PosteriorAccuracy result;
    result.images = images.size();
    std::vector<double> largest;
    std::size_t right = 0;
    double squares = 0;
    const auto take_batch = [&](std::size_t first, const Batch<float>& batch) {
        const auto found = posterior.class_probabilities(batch.images(), likelihood, options.threads);
        for (std::size_t m = 0; m < batch.labels().size(); ++m) {
            const std::span<const double> own(found.data() + m * posterior.classes(), posterior.classes());
            const auto best = std::ranges::max_element(own);
            result.decisions.push_back(static_cast<std::size_t>(best - own.begin()));
            largest.push_back(std::min(*best, 1.0));
            const auto label = images.label(first + m);
            right += result.decisions.back() == label;
            for (std::size_t k = 0; k < own.size(); ++k) squares += std::pow(own[k] - (k == label ? 1 : 0), 2);
        }
    };
    for_each_batch<float>(images, corruption, place, 256, take_batch);
    const auto count = static_cast<double>(images.size());
    constexpr std::size_t as_from_draws = 1000;  // a probability is known, not counted
    result.accuracy = wilson(static_cast<double>(right) / count, count);
    result.expected = clustered_proportion(largest, as_from_draws);
    result.brier = squares / (count * static_cast<double>(posterior.classes()));
    return result;
}
/// The same with the likelihood of the channel itself.
template <HasLikelihood C>
PosteriorAccuracy posterior_accuracy(const ChannelPosterior& posterior, const Dataset& data, const C& channel,
                                     const ChannelLimitOptions& options = {}) {
    return posterior_accuracy(posterior, data, channel, PixelLikelihood(channel), options);
}

/// The channel's own limit: the accuracy of the best possible classifier of images that are drawn from the library,
/// each as likely, and go through the channel. It knows all library images, their labels, the channel and its strength.
///     A_limit = E[max_k P(k | z)]
/// `expected` is that mean, over images and noise, with its interval; `accuracy` the same, counted, with a wider one.
/// A network that was trained on the library is not above it on library images but for chance; on other images it may
/// be, since the library is not where those come from.
template <HasLikelihood C>
PosteriorAccuracy channel_limit(const Dataset& library, const C& channel, const ChannelLimitOptions& options = {}) {
    return posterior_accuracy(ChannelPosterior(library), library, channel, options);
}

}  // namespace pstar
