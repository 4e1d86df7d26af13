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

namespace pstar {

/// What is made of clean images and a trained network to predict which images fail. With sd = sqrt(Var[d gamma]):
///     zero_shift         Phi(-gamma/sd): the margin against its fluctuation, the mean shift left out
///     shifted            Phi(-(gamma + E[d gamma])/sd)
///     all_runner_ups     P(some runner-up wins) under the joint law of all K - 1 margins, linear at the clean image
///     linear_at_mean     the same, linear at the mean image (`linear_at_mean`)
///     diagonal_moments, smoothed_jacobian, full_moments     by `MomentMethod`, of MLPs
enum class Criterion {
    zero_shift,
    shifted,
    all_runner_ups,
    linear_at_mean,
    diagonal_moments,
    smoothed_jacobian,
    full_moments
};
inline constexpr std::array criteria{
    Criterion::zero_shift,       Criterion::shifted,           Criterion::all_runner_ups, Criterion::linear_at_mean,
    Criterion::diagonal_moments, Criterion::smoothed_jacobian, Criterion::full_moments};
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

/// Whether a criterion says something of networks of a type: those by moments of MLPs alone.
template <class Net>
constexpr bool applies_to(Criterion criterion) {
    return criterion < Criterion::diagonal_moments || std::is_same_v<Net, Mlp<typename Net::scalar_type>>;
}

/// The failure probabilities of images by a criterion; none where it does not apply. Throws std::invalid_argument where
/// the data do not fit the network.
template <class Net>
FailurePrediction predict_by(Criterion criterion, const Net& net, const Dataset& data, const PixelMoments& channel,
                             const MarginOptions& options = {}) {
    const std::span<const PixelMoments> one(&channel, 1);
    if (static_cast<std::size_t>(criterion) < clean_image_criteria)
        return {channel.strength, failure_probabilities(runner_up_reports(net, data, one, options).front(), criterion)};
    if (criterion == Criterion::linear_at_mean) return std::move(linear_at_mean(net, data, one, options).front());
    if constexpr (applies_to<Net>(Criterion::full_moments)) {
        const auto method = criterion == Criterion::diagonal_moments    ? MomentMethod::diagonal
                            : criterion == Criterion::smoothed_jacobian ? MomentMethod::smoothed_jacobian
                                                                        : MomentMethod::full;
        return std::move(predict_by_moments(net, data, one, method, options).front());
    }
    return {channel.strength, {}};
}

}  // namespace pstar
