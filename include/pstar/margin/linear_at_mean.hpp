#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/detail/in_parts.hpp>
#include <pstar/margin/failure_prediction.hpp>
#include <pstar/margin/runner_ups.hpp>

/// First order about the image that corruption makes on average, where `runner_up_reports` expands about the clean one.
namespace pstar {

namespace detail {

/// The images E[x'] of byte images x under a channel.
inline Dataset mean_images(const Dataset& data, const PixelMoments& channel) {
    std::array<float, 256> mean{};
    for (std::size_t v = 0; v < 256; ++v)
        mean[v] = static_cast<float>(std::clamp(static_cast<double>(v) / 255 + channel.shift[v], 0.0, 1.0));
    Dataset result{.labels = data.labels, .classes = data.classes};
    auto& images = result.float_images.emplace();
    images.resize({data.size(), data.channels(), data.height(), data.width()});
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto image = data.image(i);
        const auto to = result.float_image(i);
        for (std::size_t j = 0; j < image.size(); ++j) to[j] = mean[image[j]];
    }
    return result;
}

template <Network Net>
FailurePrediction linear_at_mean_of(const Net& net, const Dataset& data, PixelMoments channel) {
    using Scalar = typename Net::scalar_type;
    const auto means = mean_images(data, channel);
    FailurePrediction result{.strength = channel.strength};
    channel.shift.fill(0);  // the margins are those of the mean image already
    RunnerUpLaws<Scalar> laws(std::span<const PixelMoments>(&channel, 1));
    RunnerUpLaw law;
    for_each_runner_up_gradients(net, means, [&](const RunnerUpGradients<Scalar>& image) {
        law = laws.law(0, image, data.image(image.image));
        result.probability.push_back(all_runner_ups(image, law).flip_probability);
    });
    return result;
}

}  // namespace detail

/// The failure probabilities under each of the channels, with m = E[x'], z_k = f_y - f_k and g_k = grad z_k, both at m:
///     mean_k = z_k(m),   covariance_kl = sum_i g_ki g_li Var[x'_i],   P(failure) = P(some z_k wins)
/// (`any_below_zero`). For any network: one forward pass and K - 1 vjps a batch and channel, K times what the expansion
/// about the clean image costs for one. Throws std::invalid_argument where the data do not fit the network, or are not
/// bytes.
template <Network Net>
std::vector<FailurePrediction> linear_at_mean(const Net& net, const Dataset& data,
                                              std::span<const PixelMoments> channels,
                                              const MarginOptions& options = {}) {
    detail::check_fit("linear_at_mean", net, data);
    return detail::in_parts(data, runner_up_batch, options.threads, [&](const Dataset& part) {
        std::vector<FailurePrediction> found;
        for (const auto& channel : channels) found.push_back(detail::linear_at_mean_of(net, part, channel));
        return found;
    });
}

/// The same for one channel.
template <Network Net, Channel C>
FailurePrediction linear_at_mean(const Net& net, const Dataset& data, const C& channel,
                                 const MarginOptions& options = {}) {
    const PixelMoments moments(channel);
    return linear_at_mean(net, data, std::span<const PixelMoments>(&moments, 1), options).front();
}

}  // namespace pstar
