#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/core/math.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/network.hpp>

namespace pstar {

/// What one image's margin does under a channel, to first order in the change of its pixels. With logits f, label y:
///     gamma(x) = f_y - max_{k != y} f_k,   g = grad_x gamma,   d gamma = <g, x' - x>
///     E[d gamma] = sum_i g_i (E[x'_i] - x_i),   Var[d gamma] = sum_i g_i^2 Var[x'_i]
///     P(flip) = Phi(-(gamma + E[d gamma])/sd[d gamma])
/// P(flip) takes d gamma as normal (many pixels); with sd = 0 it is 1, 1/2 or 0 by the sign of gamma + E.
struct ImageMargin {
    double margin = 0;            ///< gamma on the clean image; negative where the image is already wrong
    std::uint8_t rival = 0;       ///< the best other class, the first of equal ones
    double mean_change = 0;       ///< E[d gamma], exact for the channel, clipping included
    double sd_change = 0;         ///< sqrt(Var[d gamma])
    double flip_probability = 0;  ///< P(gamma + d gamma < 0)
};

/// The margins of all images of a data set, in its order.
struct MarginReport {
    std::vector<ImageMargin> images;

    /// The share of images with a positive margin: clean accuracy, but for ties.
    double clean_accuracy() const {
        std::size_t right = 0;
        for (const auto& image : images) right += image.margin > 0;
        return images.empty() ? 0 : static_cast<double>(right) / static_cast<double>(images.size());
    }
    /// The accuracy through the channel that the linearised margins predict: the mean of 1 - P(flip).
    double predicted_accuracy() const {
        double sum = 0;
        for (const auto& image : images) sum += 1 - image.flip_probability;
        return images.empty() ? 0 : sum / static_cast<double>(images.size());
    }
};

namespace detail {

/// The channel's mean shift and variance for each of the 256 values of a pixel.
struct PixelMoments {
    std::array<double, 256> shift, variance;
    template <Channel C>
    explicit PixelMoments(const C& channel) {
        for (std::size_t v = 0; v < 256; ++v) {
            const double x = static_cast<double>(v) / 255;
            shift[v] = channel.mean(x) - x;
            variance[v] = channel.variance(x);
        }
    }
};

template <class Scalar>
ImageMargin linearised_margin(double margin, std::span<const Scalar> gradient, std::span<const std::uint8_t> pixels,
                              const PixelMoments& moments) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const auto g = static_cast<double>(gradient[i]);
        mean += g * moments.shift[pixels[i]];
        variance += g * g * moments.variance[pixels[i]];
    }
    const double sd = std::sqrt(variance), expected = margin + mean;
    const double certain = expected < 0 ? 1 : expected > 0 ? 0 : 0.5;
    return {.margin = margin,
            .mean_change = mean,
            .sd_change = sd,
            .flip_probability = sd > 0 ? normal_cdf(-expected / sd) : certain};
}

}  // namespace detail

/// Margins on clean images and what `channel` does to them: one forward pass and one vjp a batch. See `ImageMargin`.
/// Throws std::invalid_argument where the data do not fit the network or a channel's strength is impossible.
template <Network Net, Channel C>
MarginReport margin_report(const Net& net, const Dataset& data, const C& channel) {
    using Scalar = typename Net::scalar_type;
    channel.validate();
    detail::check_fit("margin_report", net, data);
    const detail::PixelMoments moments(channel);
    MarginReport report;
    report.images.reserve(data.size());
    std::vector<Scalar> ones;
    for_each_batch(net, data, Identity{}, {},
                   [&](std::size_t first, const Batch<Scalar>& batch, Variable<Scalar> x, Variable<Scalar> logits) {
                       const primitive::BestOther best_other{batch.labels()};
                       const auto gamma = pick(logits, batch.labels()) - max_except(logits, batch.labels());
                       ones.assign(batch.labels().size(),
                                   Scalar{1});  // images do not mix: one sweep gives every image's own gradient
                       x.tape->backward(gamma, {ones.data(), gamma.shape()});
                       const auto gradients = x.tape->gradient(x).elements();
                       for (std::size_t n = 0; n < ones.size(); ++n) {
                           auto image = detail::linearised_margin(static_cast<double>(gamma.value().data[n]),
                                                                  gradients.subspan(n * data.pixels(), data.pixels()),
                                                                  data.image(first + n), moments);
                           image.rival = static_cast<std::uint8_t>(best_other.column(n, logits.value()));
                           report.images.push_back(image);
                       }
                   });
    return report;
}

}  // namespace pstar
