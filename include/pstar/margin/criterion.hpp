#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/margin/linear_at_mean.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/moment_propagation.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/nn/network.hpp>

namespace pstar {

/// What is made of clean images and a trained network to predict which images fail. With sd = sqrt(Var[d gamma]):
///     zero_shift         Phi(-gamma/sd): the margin against its fluctuation, the mean shift left out
///     shifted            Phi(-(gamma + E[d gamma])/sd)
///     all_runner_ups     P(some runner-up wins) under the joint law of all K - 1 margins, linear at the clean image
///     linear_at_mean     the same, linear at the mean image (`linear_at_mean`)
///     smoothed_jacobian  by `MomentMethod`, of MLPs, CNNs and other chains of such layers
///     diagonal_moments, full_moments     by `MomentMethod`, of MLPs
enum class Criterion {
    zero_shift,
    shifted,
    all_runner_ups,
    linear_at_mean,
    diagonal_moments,
    smoothed_jacobian,
    full_moments
};
/// All of them, in the order of tables.
inline constexpr std::array criteria{
    Criterion::zero_shift,       Criterion::shifted,           Criterion::all_runner_ups, Criterion::linear_at_mean,
    Criterion::diagonal_moments, Criterion::smoothed_jacobian, Criterion::full_moments};
/// Their words, in the same order.
inline constexpr std::array<std::string_view, criteria.size()> criterion_names{
    "zero_shift",       "shifted",           "all_runner_ups", "linear_at_mean",
    "diagonal_moments", "smoothed_jacobian", "full_moments"};
/// Those that margins and gradients of the clean image give: the first so many.
inline constexpr std::size_t clean_image_criteria = 3;

/// The failure probability of each image by one of the `clean_image_criteria`; 1 minus their mean is the predicted
/// accuracy A(p). Throws std::invalid_argument for another criterion, which a report does not have.
inline std::vector<double> failure_probabilities(const RunnerUpReport& report, Criterion criterion) {
    require(static_cast<std::size_t>(criterion) < clean_image_criteria, "failure_probabilities", "criterion",
            criterion_names[static_cast<std::size_t>(criterion)],
            "be zero_shift, shifted or all_runner_ups; predict_by gives the others");
    std::vector<double> result;
    result.reserve(report.images.size());
    for (std::size_t i = 0; i < report.images.size(); ++i) {
        const auto& nearest = report.nearest.images[i];
        result.push_back(criterion == Criterion::zero_shift ? nearest.zero_shift_probability()
                         : criterion == Criterion::shifted  ? nearest.flip_probability
                                                            : report.images[i].flip_probability);
    }
    return result;
}

/// The accuracy through the channel that one of the `clean_image_criteria` predicts.
inline double predicted_accuracy(const RunnerUpReport& report, Criterion criterion) {
    return FailurePrediction{report.nearest.strength, failure_probabilities(report, criterion)}.predicted_accuracy();
}

/// Whether a criterion may say something of networks of a type: diagonal and full moments of MLPs alone.
template <class Net>
constexpr bool applies_to(Criterion criterion) {
    return criterion < Criterion::diagonal_moments || criterion == Criterion::smoothed_jacobian ||
           std::is_same_v<Net, Mlp<typename Net::scalar_type>>;
}

/// Whether a criterion says something of a network: the smoothed Jacobian does of those that are a chain of layers that
/// moments pass through, see `MomentMethod`. It records one pass.
template <Network Net>
bool applies_to(Criterion criterion, const Net& net) {
    if (criterion != Criterion::smoothed_jacobian || applies_to<Net>(Criterion::full_moments))
        return applies_to<Net>(criterion);
    return detail::smoothed_steps(net).has_value();
}

/// The failure probabilities of images by a criterion under each of the channels; none where it does not apply. Throws
/// std::invalid_argument where the data do not fit the network.
template <Network Net>
std::vector<FailurePrediction> predict_by(Criterion criterion, const Net& net, const Dataset& data,
                                          std::span<const PixelMoments> channels, const MarginOptions& options = {}) {
    if (criterion == Criterion::linear_at_mean) return linear_at_mean(net, data, channels, options);
    std::vector<FailurePrediction> found;
    if (static_cast<std::size_t>(criterion) < clean_image_criteria) {
        for (const auto& report : runner_up_reports(net, data, channels, options))
            found.push_back({report.nearest.strength, failure_probabilities(report, criterion)});
        return found;
    }
    if (applies_to(criterion, net)) {
        const auto method = criterion == Criterion::diagonal_moments    ? MomentMethod::diagonal
                            : criterion == Criterion::smoothed_jacobian ? MomentMethod::smoothed_jacobian
                                                                        : MomentMethod::full;
        return predict_by_moments(net, data, channels, method, options);
    }
    for (const auto& channel : channels) found.push_back({channel.strength, {}});
    return found;
}

/// The same under one channel.
template <Network Net>
FailurePrediction predict_by(Criterion criterion, const Net& net, const Dataset& data, const PixelMoments& channel,
                             const MarginOptions& options = {}) {
    return std::move(predict_by(criterion, net, data, std::span<const PixelMoments>(&channel, 1), options).front());
}

}  // namespace pstar
