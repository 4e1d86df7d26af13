#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/detail/in_parts.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/runner_up_gradients.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/statistics/orthant.hpp>

namespace pstar {

/// The joint first-order law of one image's margins over its K - 1 runner-ups under a channel: with z_k = f_y - f_k and
/// g_k = grad_x z_k, in the order of the classes,
///     mean_k = z_k + <g_k, E[x'] - x>,   covariance_kl = sum_i g_ki g_li Var[x'_i].
struct RunnerUpLaw {
    Vector<double> mean;        ///< (K - 1), expected margins: clean margin and mean change
    Matrix<double> covariance;  ///< (K - 1, K - 1), exactly symmetric
};

/// One image against all its runner-ups.
struct ImageRunnerUps {
    double flip_probability = 0;  ///< P(some runner-up wins): `any_below_zero` of the law, taken as normal
    Label likeliest = 0;  ///< the runner-up most likely to beat the label: the least mean_k/sd_k, the first of equals
};

/// All images of a data set against all their runner-ups, under one channel.
struct RunnerUpReport {
    MarginReport nearest;                ///< against the clean image's best runner-up, as `margin_report` has it
    std::vector<ImageRunnerUps> images;  ///< against all

    /// Adds the images of another report on the same channel.
    void append(const RunnerUpReport& other) {
        nearest.append(other.nearest);
        images.insert(images.end(), other.images.begin(), other.images.end());
    }
    /// The accuracy through the channel that the joint law predicts: the mean of 1 - P(some runner-up wins).
    double predicted_accuracy() const {
        double sum = 0;
        for (const auto& image : images) sum += 1 - image.flip_probability;
        return images.empty() ? 0 : sum / static_cast<double>(images.size());
    }
};

namespace detail {

/// The law of one image's margins under channel after channel. The channel's moments are looked up once per pixel,
/// products are in the network's precision.
template <class Scalar>
class RunnerUpLaws {
public:
    explicit RunnerUpLaws(std::span<const PixelMoments> channels)
        : shift_(channels.size()), variance_(channels.size()) {
        for (std::size_t c = 0; c < channels.size(); ++c)
            for (std::size_t v = 0; v < 256; ++v) {
                shift_[c][v] = static_cast<Scalar>(channels[c].shift[v]);
                variance_[c][v] = static_cast<Scalar>(channels[c].variance[v]);
            }
    }
    const RunnerUpLaw& law(std::size_t channel, const RunnerUpGradients<Scalar>& image,
                           std::span<const std::uint8_t> pixels) {
        const auto runner_ups = static_cast<Eigen::Index>(image.margins.size());
        const auto size = static_cast<Eigen::Index>(pixels.size());
        const ConstMatrixMap<Scalar> g(image.gradients.data, runner_ups, size);
        law_.mean.resize(runner_ups);
        law_.covariance.resize(runner_ups, runner_ups);
        weight_.resize(size);
        const auto look_up = [&](const std::array<Scalar, 256>& table) {
            for (std::size_t i = 0; i < pixels.size(); ++i) weight_.data()[i] = table[pixels[i]];
        };
        look_up(shift_[channel]);
        for (Eigen::Index k = 0; k < runner_ups; ++k)
            law_.mean[k] = static_cast<double>(image.margins.data()[k]) + product(g.row(k), weight_);
        look_up(variance_[channel]);
        for (Eigen::Index k = 0; k < runner_ups; ++k) {
            weighted_ = g.row(k).transpose().cwiseProduct(weight_);
            for (Eigen::Index l = 0; l <= k; ++l)
                law_.covariance(k, l) = law_.covariance(l, k) = product(g.row(l), weighted_);
        }
        return law_;
    }

private:
    static double product(const auto& gradient, const Vector<Scalar>& weight) {
        return static_cast<double>(
            PSTAR_KERNEL(dot(gradient.data(), weight.data(), static_cast<std::size_t>(weight.size()))));
    }

    std::vector<std::array<Scalar, 256>> shift_, variance_;
    Vector<Scalar> weight_, weighted_;
    RunnerUpLaw law_;
};

}  // namespace detail

/// Calls `body(image, c, law)` for image after image, and for each the channels c = 0, 1, ...: `image` is its
/// `RunnerUpGradients`, `law` its `RunnerUpLaw` under channel c. Both are valid until the call returns.
/// One forward pass and K - 1 vjps a batch, whatever the number of channels.
template <Network Net, class Body>
void for_each_runner_up_law(const Net& net, const Dataset& data, std::span<const PixelMoments> channels,
                            const Body& body) {
    using Scalar = typename Net::scalar_type;
    detail::RunnerUpLaws<Scalar> laws(channels);
    for_each_runner_up_gradients(net, data, [&](const RunnerUpGradients<Scalar>& image) {
        for (std::size_t c = 0; c < channels.size(); ++c) body(image, c, laws.law(c, image, data.image(image.image)));
    });
}

namespace detail {

template <class Scalar>
ImageMargin nearest_margin(const RunnerUpGradients<Scalar>& image, const RunnerUpLaw& law) {
    std::size_t best = 0;  // the smallest margin is the largest logit; NaN comes before all
    for (std::size_t k = 1; k < image.margins.size() && !std::isnan(image.margins[best]); ++k)
        if (!(image.margins[k] >= image.margins[best])) best = k;
    const auto k = static_cast<Eigen::Index>(best);
    const auto margin = static_cast<double>(image.margins[best]);
    return image_margin(margin, image.label, image.runner_up(best), law.mean[k] - margin, law.covariance(k, k));
}

template <class Scalar>
ImageRunnerUps all_runner_ups(const RunnerUpGradients<Scalar>& image, RunnerUpLaw& law) {
    const auto ratio = [&](Eigen::Index k) {
        return ImageMargin{law.mean[k],
                           image.label,
                           image.runner_up(static_cast<std::size_t>(k)),
                           0,
                           std::sqrt(law.covariance(k, k)),
                           0}
            .shifted_ratio();
    };
    Eigen::Index worst = 0;
    for (Eigen::Index k = 1; k < law.mean.size(); ++k)
        if (ratio(k) < ratio(worst)) worst = k;
    const auto lost_if_zero = [&](std::size_t k) { return image.runner_up(k) < image.label; };
    return {.flip_probability = any_below_zero(law.mean, law.covariance, lost_if_zero),
            .likeliest = image.runner_up(static_cast<std::size_t>(worst))};
}

template <Network Net>
std::vector<RunnerUpReport> collect_runner_ups(const Net& net, const Dataset& data,
                                               std::span<const PixelMoments> channels) {
    using Scalar = typename Net::scalar_type;
    std::vector<RunnerUpReport> reports(channels.size());
    for (std::size_t c = 0; c < channels.size(); ++c) {
        reports[c].nearest.strength = channels[c].strength;
        reports[c].nearest.images.reserve(data.size());
        reports[c].images.reserve(data.size());
    }
    RunnerUpLaw law;
    for_each_runner_up_law(net, data, channels,
                           [&](const RunnerUpGradients<Scalar>& image, std::size_t c, const RunnerUpLaw& of_image) {
                               reports[c].nearest.images.push_back(nearest_margin(image, of_image));
                               law = of_image;
                               reports[c].images.push_back(all_runner_ups(image, law));
                           });
    return reports;
}

}  // namespace detail

/// The report on all runner-ups for each of the channels; noise can promote a class that is not the clean image's best
/// runner-up. One forward pass and K - 1 vjps a batch serve all channels.
/// Throws std::invalid_argument where the data do not fit the network.
template <Network Net>
std::vector<RunnerUpReport> runner_up_reports(const Net& net, const Dataset& data,
                                              std::span<const PixelMoments> channels,
                                              const MarginOptions& options = {}) {
    return detail::in_parts(data, runner_up_batch, options.threads,
                            [&](const Dataset& part) { return detail::collect_runner_ups(net, part, channels); });
}

/// The same for a range of channels of one type.
template <Network Net, std::ranges::input_range Channels>
requires Channel<std::ranges::range_value_t<Channels>> std::vector<RunnerUpReport> runner_up_reports(
    const Net& net, const Dataset& data, const Channels& channels, const MarginOptions& options = {}) {
    return runner_up_reports(net, data, std::span<const PixelMoments>(pixel_moments(channels)), options);
}

/// The same for one channel.
template <Network Net, class C>
RunnerUpReport runner_up_report(const Net& net, const Dataset& data, const C& channel,
                                const MarginOptions& options = {}) {
    static_assert(
        Channel<C>,
        "runner_up_report needs a pstar::Channel: corruption(x, word), mean(x), variance(x), and no member "
        "`apply`, which makes a corruption spatial; margin_report takes spatial ones that know their moments");
    if constexpr (Channel<C>) {
        const PixelMoments moments(channel);
        return runner_up_reports(net, data, std::span<const PixelMoments>(&moments, 1), options).front();
    } else {
        return {};
    }
}

}  // namespace pstar
