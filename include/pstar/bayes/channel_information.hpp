#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/bayes/channel_limit.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/math.hpp>
#include <pstar/core/random.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/pixel_likelihood.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/mean_interval.hpp>

namespace pstar {

/// What a channel lets through of the images of a library, in nats.
struct ChannelInformation {
    Estimate pixels;  ///< sum_i I(x_i; x'_i), 95% interval over images and noise: an upper bound of I(x; x')
    double images;    ///< ln N: what it takes to tell N images apart
    double classes;   ///< the entropy of the labels: what it takes to tell the classes apart
};

namespace detail {

/// How often each pixel of a library has each of the 256 values.
class PixelFrequencies {
public:
    explicit PixelFrequencies(const Dataset& library)
        : counts_(library.pixels() * 256, 0), size_(static_cast<double>(library.size())) {
        for (std::size_t n = 0; n < library.size(); ++n) {
            const auto image = library.image(n);
            for (std::size_t i = 0; i < image.size(); ++i) ++counts_[i * 256 + image[i]];
        }
    }

    /// ln P(z | x) - ln sum_v P(x_i = v) P(z | v) of pixel i, where x became z.
    double information(std::size_t i, std::uint8_t x, float z, const PixelLikelihood& likelihood) const {
        const auto* own = counts_.data() + i * 256;
        if (own[x] == size_) return 0;  // the same in all images
        const auto value = static_cast<double>(z);
        if (likelihood.is_matching()) {
            const auto byte = static_cast<std::size_t>(std::lround(255 * z));
            const double share = values_[byte] == z ? own[byte] / size_ : 0;
            const bool equal = values_[x] == z;
            if (share == 0) return 0;  // no image says more than another
            const double odds = likelihood.match_log_odds(value);
            if (std::isinf(odds)) return equal ? -std::log(share) : 0;
            return (equal ? odds : 0) - std::log1p(share * std::expm1(odds));
        }
        const double of_x = likelihood(value, static_cast<double>(values_[x]));
        double sum = 0;
        for (std::size_t v = 0; v < 256; ++v)
            if (own[v] > 0) sum += own[v] / size_ * std::exp(likelihood(value, static_cast<double>(values_[v])) - of_x);
        return -std::log(sum);
    }

private:
    std::vector<double> counts_;  ///< (pixels, 256)
    std::array<float, 256> values_ = scaled_bytes();
    double size_;
};

template <Corruption C>
ChannelInformation channel_information(const Dataset& library, const PixelFrequencies& frequencies, const C& channel,
                                       const PixelLikelihood& likelihood, const ChannelLimitOptions& options) {
    channel.validate();
    const auto images = spread_evenly(library, std::min(options.images, library.size()));
    const NoisePlace place{noise_seed(Seed{options.seed}, channel, options.noise), Stream::test_noise, options.draw};
    std::vector<double> sums(images.size(), 0);
    const auto take_batch = [&](std::size_t first, const Batch<float>& batch) {
        for (std::size_t m = 0; m < batch.labels().size(); ++m) {
            const auto x = images.image(first + m);
            const auto* z = batch.images().data + m * x.size();
            for (std::size_t i = 0; i < x.size(); ++i)
                sums[first + m] += frequencies.information(i, x[i], z[i], likelihood);
        }
    };
    for_each_batch<float>(images, channel, place, 256, take_batch);
    std::vector<double> shares(library.classes, 0);
    for (const auto label : library.all_labels()) shares[label] += 1 / static_cast<double>(library.size());
    return {mean_interval(sums), std::log(static_cast<double>(library.size())), entropy(shares)};
}

inline void check_library(const char* where, const Dataset& library, const ChannelLimitOptions& options) {
    options.validate();
    library.validate();
    require(!library.has_floats(), where, "library.has_floats()", true, "be false: images must be bytes");
    require(library.size() >= 1, where, "library.size()", library.size(), "be at least 1");
}

}  // namespace detail

/// The information that corrupted pixels hold of the pixels, each by itself:
///     I(x_i; x'_i) = E[ln P(x'_i | x_i) - ln sum_v P(x_i = v) P(x'_i | v)],
/// with the frequencies P(x_i = v) of the library, summed over pixels; the mean over images of the library and noise.
/// Since noise is independent between pixels, the images together have no more: I(x; x') <= the sum (Cover & Thomas,
/// Elements of Information Theory, 2nd ed., section 7.9). Where it is below ln N, the images cannot be told apart
/// without errors, whatever the classifier: Fano's inequality. For the erasing channel it is (1 - p) sum_i H(x_i); for
/// the binary one sum_i H(x'_i) - h(p/2). Throws std::invalid_argument for images that are not bytes, or none.
template <HasLikelihood C>
ChannelInformation channel_information(const Dataset& library, const C& channel,
                                       const ChannelLimitOptions& options = {}) {
    return channel_information(library, channel, PixelLikelihood(channel), options);
}
/// The same for a corruption whose likelihood comes beside it: an `AnyCorruption` and its `pixel_likelihood()`.
template <Corruption C>
ChannelInformation channel_information(const Dataset& library, const C& corruption, const PixelLikelihood& likelihood,
                                       const ChannelLimitOptions& options = {}) {
    detail::check_library("channel_information", library, options);
    return detail::channel_information(library, detail::PixelFrequencies(library), corruption, likelihood, options);
}

/// The strength in [low, high] at which the pixels' information falls to ln N, to `tolerance`: an estimate of where the
/// channel's own limit begins to fall, since what pixels know together is less (they repeat one another).
/// `make(strength)` is the channel; the noise is shared between strengths. NaN where it does not cross ln N in between.
template <class Make>
double information_knee(const Dataset& library, const Make& make, double low, double high,
                        const ChannelLimitOptions& options = {}, double tolerance = 1e-4) {
    require(low < high, "information_knee", "low", low, "be below high");
    require(tolerance > 0, "information_knee", "tolerance", tolerance, "be positive");
    detail::check_library("information_knee", library, options);
    const detail::PixelFrequencies frequencies(library);
    const auto excess = [&](double strength) {
        const auto channel = make(strength);
        const auto found =
            detail::channel_information(library, frequencies, channel, PixelLikelihood(channel), options);
        return found.pixels.value - found.images;
    };
    if (!(excess(low) > 0 && excess(high) < 0)) return std::numeric_limits<double>::quiet_NaN();
    while (high - low > tolerance) {
        const double middle = (low + high) / 2;
        (excess(middle) > 0 ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace pstar
