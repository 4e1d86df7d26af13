#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <pstar/bayes/detail/match_kernels.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/pixel_likelihood.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar {

namespace detail {

/// v/255 for the 256 bytes v, to the last bit as images are scaled.
inline std::array<float, 256> scaled_bytes() {
    std::array<std::uint8_t, 256> all;
    for (std::size_t v = 0; v < all.size(); ++v) all[v] = static_cast<std::uint8_t>(v);
    std::array<float, 256> values;
    scale_pixels(std::span<const std::uint8_t>(all), std::span<float>(values));
    return values;
}

}  // namespace detail

/// The posterior over a library of N labelled images, from an image z that went through a channel:
///     P(n | z) = P(z | x_n) / sum_m P(z | x_m),   P(class k | z) = sum of P(n | z) over the images of class k,
/// with ln P(z | x) = sum_i ln P(z_i | x_i) of the pixels. For images drawn from the library, each as likely, it is
/// exact, and no classifier is right more often than the class with the largest probability: see `channel_limit`. For
/// other images it is a kernel density: the channel is the kernel.
///
/// For a `MatchingChannel` it counts equal pixels, N * pixels bytes an image: the more pixels of z equal those of x_n,
/// the likelier n. Other channels take their likelihood from a table of the 256 values of each pixel, and leave a
/// library image as soon as it is less likely than the best one by a factor of e^-50.
///
/// Where no library image can have become z, those with the fewest impossible pixels share the probability.
class ChannelPosterior {
public:
    /// Keeps a copy of the library's pixels. Throws std::invalid_argument for images that are not bytes, or none.
    explicit ChannelPosterior(const Dataset& library)
        : labels_(library.all_labels().begin(), library.all_labels().end()),
          classes_(library.classes),
          pixels_(library.pixels()),
          stride_((pixels_ + row_step - 1) / row_step * row_step) {
        require(!library.has_floats(), "ChannelPosterior", "library.has_floats()", true,
                "be false: equal pixels are counted, so images must be bytes");
        require(library.size() >= 1, "ChannelPosterior", "library.size()", library.size(), "be at least 1");
        library.validate();
        bytes_.assign(labels_.size() * stride_, 0);
        for (std::size_t n = 0; n < labels_.size(); ++n)
            std::ranges::copy(library.image(n), bytes_.data() + n * stride_);
    }

    std::size_t size() const { return labels_.size(); }
    std::size_t pixels() const { return pixels_; }
    std::size_t classes() const { return classes_; }

    /// P(class | z) (M, K) of the images z (M, pixels), each the float that a byte became in a channel of that
    /// likelihood. Rows add up to 1. Images are shared out to `threads` threads (0: all cores); no bit depends on their
    /// number. Throws std::invalid_argument for a wrong number of pixels or a pixel outside [0, 1].
    Tensor<double, 2> class_probabilities(View<const float> observed, const PixelLikelihood& likelihood,
                                          std::size_t threads = 1) const {
        require(observed.shape.rank() >= 1 && observed.shape.columns() == pixels_, "ChannelPosterior",
                "the images' shape", observed.shape, "be (M, pixels of the library)");
        for (const float z : observed.elements())
            require(z >= 0 && z <= 1, "ChannelPosterior", "a pixel", z, "lie in [0, 1]");
        const auto images = observed.shape.rows();
        auto result = Tensor<double, 2>::from_shape({images, classes_});
        with_threads(threads, [&] {
            detail::for_ranges(images, 1, 1, [&](std::size_t first, std::size_t last) {
                for (std::size_t m = first; m < last; m += at_once()) {
                    const auto count = std::min(at_once(), last - m);
                    class_probabilities(observed.data + m * pixels_, count, likelihood, result.data() + m * classes_);
                }
            });
        });
        return result;
    }

private:
    static constexpr std::size_t row_step = 64, tile = 256;  // library images that stay in cache for several z
    static constexpr double impossible = -1e6, negligible = 50;

    /// Images z whose counts of all numbers of equal pixels stay in cache.
    std::size_t at_once() const { return std::clamp<std::size_t>((1U << 18) / (classes_ * (pixels_ + 1)), 1, 32); }

    /// Which byte z_i was, if any, and whether all that are count alike.
    struct Observed {
        std::vector<std::uint8_t> bytes, counted;
        std::optional<double> log_odds;  ///< of an equal pixel, the same for all of them
    };
    Observed observe(const float* z, const PixelLikelihood& likelihood) const {
        Observed result{std::vector<std::uint8_t>(stride_), std::vector<std::uint8_t>(stride_), {}};
        double least = std::numeric_limits<double>::infinity(), most = 0;
        for (std::size_t i = 0; i < pixels_; ++i) {
            const auto byte = static_cast<std::size_t>(std::lround(255 * z[i]));
            if (values_[byte] != z[i]) continue;
            result.bytes[i] = static_cast<std::uint8_t>(byte);
            result.counted[i] = 1;
            const double odds = likelihood.match_log_odds(static_cast<double>(z[i]));
            require(odds >= 0, "ChannelPosterior", "match_log_odds(z)", odds, "not be negative");
            least = std::min(least, odds);
            most = std::max(most, odds);
        }
        if (most == 0) result.log_odds = 0;
        if (least == most) result.log_odds = std::min(most, -impossible);
        return result;
    }

    void class_probabilities(const float* z, std::size_t count, const PixelLikelihood& likelihood, double* out) const {
        std::vector<Observed> observed;
        bool all_count = likelihood.is_matching();
        for (std::size_t m = 0; m < count && all_count; ++m) {
            observed.push_back(observe(z + m * pixels_, likelihood));
            all_count = observed.back().log_odds.has_value();
        }
        if (all_count)
            from_counts(observed, out);
        else
            for (std::size_t m = 0; m < count; ++m) from_table(z + m * pixels_, likelihood, out + m * classes_);
    }

    void from_counts(const std::vector<Observed>& observed, double* out) const {
        const auto bins = pixels_ + 1;
        std::vector<std::uint32_t> histogram(observed.size() * classes_ * bins, 0);
        std::array<std::uint32_t, tile> counts;
        for (std::size_t first = 0; first < size(); first += tile) {
            const auto rows = std::min(tile, size() - first);
            for (std::size_t m = 0; m < observed.size(); ++m) {
                PSTAR_KERNEL(count_matches(bytes_.data() + first * stride_, rows, stride_, observed[m].bytes.data(),
                                           observed[m].counted.data(), counts.data()));
                auto* own = histogram.data() + m * classes_ * bins;
                for (std::size_t n = 0; n < rows; ++n) ++own[labels_[first + n] * bins + counts[n]];
            }
        }
        for (std::size_t m = 0; m < observed.size(); ++m) {
            const auto* own = histogram.data() + m * classes_ * bins;
            std::size_t most = 0;
            for (std::size_t k = 0; k < classes_; ++k)
                for (std::size_t c = 0; c < bins; ++c)
                    if (own[k * bins + c] > 0) most = std::max(most, c);
            double sum = 0;
            for (std::size_t k = 0; k < classes_; ++k) {
                double& weight = out[m * classes_ + k] = 0;
                for (std::size_t c = 0; c <= most; ++c)
                    if (own[k * bins + c] > 0)
                        weight += own[k * bins + c] * std::exp(*observed[m].log_odds *
                                                               (static_cast<double>(c) - static_cast<double>(most)));
                sum += weight;
            }
            for (std::size_t k = 0; k < classes_; ++k) out[m * classes_ + k] /= sum;
        }
    }

    /// ln P(z_i | x_i) of the 256 values of each pixel i; `highest[i]`: the sum of the largest of pixels i, i + 1, ...
    struct Table {
        std::vector<float> log_likelihood;
        std::vector<double> highest;
    };
    Table table_of(const float* z, const PixelLikelihood& likelihood) const {
        Table table{std::vector<float>(pixels_ * 256), std::vector<double>(pixels_ + 1, 0)};
        for (std::size_t i = pixels_; i-- > 0;) {
            auto* own = table.log_likelihood.data() + i * 256;
            const double odds =
                likelihood.is_matching() ? likelihood.match_log_odds(static_cast<double>(z[i])) : double{};
            for (std::size_t v = 0; v < 256; ++v) {
                double value = 0;
                if (!likelihood.is_matching())
                    value = likelihood(static_cast<double>(z[i]), static_cast<double>(values_[v]));
                else if (std::isinf(odds))
                    value = values_[v] == z[i] ? 0 : impossible;
                else
                    value = values_[v] == z[i] ? odds : 0;
                require(value < std::numeric_limits<double>::infinity(), "ChannelPosterior", "a log likelihood", value,
                        "be finite or -infinity");
                own[v] = static_cast<float>(std::max(value, impossible));
            }
            table.highest[i] = table.highest[i + 1] + static_cast<double>(*std::max_element(own, own + 256));
        }
        return table;
    }

    void from_table(const float* z, const PixelLikelihood& likelihood, double* out) const {
        constexpr std::size_t step = 32;
        const auto table = table_of(z, likelihood);
        double best = -std::numeric_limits<double>::infinity();
        std::vector<double> likely(size(), -std::numeric_limits<double>::infinity());
        for (std::size_t n = 0; n < size(); ++n) {
            const auto* row = bytes_.data() + n * stride_;
            double sum = 0;
            std::size_t i = 0;
            while (i < pixels_ && sum + table.highest[i] > best - negligible)
                for (const auto last = std::min(pixels_, i + step); i < last; ++i)
                    sum += static_cast<double>(table.log_likelihood[i * 256 + row[i]]);
            if (i < pixels_) continue;
            likely[n] = sum;
            best = std::max(best, sum);
        }
        std::fill_n(out, classes_, 0.0);
        double total = 0;
        for (std::size_t n = 0; n < size(); ++n) {
            const double weight = std::exp(likely[n] - best);
            out[labels_[n]] += weight;
            total += weight;
        }
        for (std::size_t k = 0; k < classes_; ++k) out[k] /= total;
    }

    std::vector<Label> labels_;
    std::size_t classes_, pixels_, stride_;
    std::vector<std::uint8_t> bytes_;  ///< (N, stride): the pixels, then zeros
    std::array<float, 256> values_ = detail::scaled_bytes();
};

}  // namespace pstar
