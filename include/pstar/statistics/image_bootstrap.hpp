#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>

/// Intervals by resampling images.
namespace pstar {

struct ResampleOptions {
    double confidence = 0.95;      ///< of the intervals, in (0, 1)
    std::size_t resamples = 1000;  ///< at least 100
    std::uint64_t seed = 0;        ///< of the resampling

    void validate() const {
        require(confidence > 0 && confidence < 1, "ResampleOptions", "confidence", confidence, "lie in (0, 1)");
        require(resamples >= 100, "ResampleOptions", "resamples", resamples, "be at least 100");
    }
};

/// A number computed from a sample of images, and its confidence interval [low, high]. NaN where it is not defined.
struct SampleEstimate {
    double value, low, high;
};

namespace detail {

/// The q-quantile of sorted values, linear between order statistics; where that would mix infinities, the nearer one.
inline double sorted_quantile(std::span<const double> sorted, double q) {
    if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
    const double place = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, sorted.size() - 1);
    const double share = place - static_cast<double>(below);
    if (share == 0 || sorted[below] == sorted[above]) return sorted[below];
    if (std::isinf(sorted[below]) || std::isinf(sorted[above])) return sorted[share < 0.5 ? below : above];
    return std::lerp(sorted[below], sorted[above], share);
}

inline SampleEstimate percentile_interval(double value, std::vector<double> replicates, double confidence) {
    std::erase_if(replicates, [](double x) { return std::isnan(x); });
    std::sort(replicates.begin(), replicates.end());
    return {value, sorted_quantile(replicates, (1 - confidence) / 2),
            sorted_quantile(replicates, (1 + confidence) / 2)};
}

}  // namespace detail

/// Percentile intervals by the bootstrap: images are the unit, since draws of one image are alike. `statistic(weights)`
/// returns `Count` numbers from a sample in which image i occurs weights[i] times; it is called with all weights 1,
/// then with each resample's. Resamples in which a number is NaN are left out of its interval. The resamples are a
/// function of (seed, images) alone: statistics with equal options see the same ones, so a difference of two may be
/// resampled as such.
template <std::size_t Count, class Statistic>
std::array<SampleEstimate, Count> image_bootstrap(std::size_t images, const Statistic& statistic,
                                                  const ResampleOptions& options) {
    options.validate();
    require(images >= 1, "image_bootstrap", "images", images, "be at least 1");
    std::vector<std::uint32_t> weights(images, 1);
    const std::array<double, Count> value = statistic(std::span<const std::uint32_t>(weights));
    std::array<std::vector<double>, Count> replicates;
    RandomSequence random({Seed{options.seed}, Stream::image_bootstrap});
    for (std::size_t r = 0; r < options.resamples; ++r) {
        std::fill(weights.begin(), weights.end(), 0U);
        for (std::size_t i = 0; i < images; ++i) ++weights[random.below(static_cast<std::uint32_t>(images))];
        const std::array<double, Count> replicate = statistic(std::span<const std::uint32_t>(weights));
        for (std::size_t k = 0; k < Count; ++k) replicates[k].push_back(replicate[k]);
    }
    std::array<SampleEstimate, Count> result;
    for (std::size_t k = 0; k < Count; ++k)
        result[k] = detail::percentile_interval(value[k], std::move(replicates[k]), options.confidence);
    return result;
}

}  // namespace pstar
