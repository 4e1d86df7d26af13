#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/statistics/bootstrap.hpp>
#include <pstar/statistics/bootstrap_interval.hpp>
#include <pstar/statistics/estimate.hpp>

namespace pstar {

/// How images are drawn again for intervals.
struct ResampleOptions {
    double confidence = 0.95;      ///< of the intervals, in (0, 1)
    std::size_t resamples = 1000;  ///< at least 100
    std::uint64_t seed = 0;        ///< of the resampling

    void validate() const {
        require(confidence > 0 && confidence < 1, "ResampleOptions", "confidence", confidence, "lie in (0, 1)");
        require(resamples >= 100, "ResampleOptions", "resamples", resamples, "be at least 100");
    }
};

/// Percentile intervals for numbers computed from a sample of images, by resampling the images. Several corrupted
/// versions of one image are correlated; they stay together, because whole images are drawn.
///
/// `statistic(weights)` returns `Count` numbers from a sample in which image i occurs weights[i] times. It is called
/// with all weights 1 for the values, then once for every resample. A number that is NaN in a resample does not count
/// there. The resamples are a function of (seed, images) alone: two statistics with equal options see the same ones, so
/// that the difference of two may be resampled as one number.
template <std::size_t Count, class Statistic>
std::array<Estimate, Count> image_bootstrap(std::size_t images, const Statistic& statistic,
                                            const ResampleOptions& options) {
    options.validate();
    require(images >= 1, "image_bootstrap", "images", images, "be at least 1");
    const std::vector<std::uint32_t> once(images, 1);
    const std::array<double, Count> values = statistic(std::span<const std::uint32_t>(once));
    std::array<std::vector<double>, Count> replicates;
    Resampler resampler(images, {Seed{options.seed}, Stream::image_bootstrap});
    for (std::size_t r = 0; r < options.resamples; ++r) {
        resampler.draw();
        const std::array<double, Count> replicate = statistic(resampler.counts());
        for (std::size_t k = 0; k < Count; ++k) replicates[k].push_back(replicate[k]);
    }
    std::array<Estimate, Count> result;
    for (std::size_t k = 0; k < Count; ++k)
        result[k] = percentile_interval(values[k], std::move(replicates[k]), options.confidence);
    return result;
}

}  // namespace pstar
