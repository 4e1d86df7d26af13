#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/network.hpp>

namespace pstar {

/// The accuracy of a trained network that is predicted at one strength of corruption.
struct PredictedAccuracy {
    double strength = 0, accuracy = 0;
};

/// A(s) of one trained network from clean images alone: the accuracy that a criterion predicts under each of the
/// channels, in their order. Numbers without noise, so that few strengths tell a curve; `fit_curve` takes them as runs,
/// one a strength. Empty where the criterion does not apply. Throws as `predict_by`.
template <Network Net>
std::vector<PredictedAccuracy> predicted_curve(Criterion criterion, const Net& net, const Dataset& data,
                                               std::span<const PixelMoments> channels,
                                               const MarginOptions& options = {}) {
    std::vector<PredictedAccuracy> curve;
    for (const auto& prediction : predict_by(criterion, net, data, channels, options))
        if (!prediction.probability.empty()) curve.push_back({prediction.strength, prediction.predicted_accuracy()});
    return curve;
}
/// The same for a range of channels of one type.
template <Network Net, std::ranges::input_range Channels>
requires Channel<std::ranges::range_value_t<Channels>> std::vector<PredictedAccuracy> predicted_curve(
    Criterion criterion, const Net& net, const Dataset& data, const Channels& channels,
    const MarginOptions& options = {}) {
    return predicted_curve(criterion, net, data, std::span<const PixelMoments>(pixel_moments(channels)), options);
}

/// dA/ds of the accuracy that a criterion predicts, at `strength`; `make(s)` is the channel of strength s. Predictions
/// have no noise, so that central differences D(h) = (A(s + h) - A(s - h))/(2 h) tell it, with Richardson's correction:
///     (4 D(h/2) - D(h))/3,   an error of order h^4, and of rounding over h.
/// For a network in float, whose predictions are good to about 1e-6, h = .01 of a strength of order 1 gives three
/// digits. s - h and s + h must be strengths of the channel. Throws std::invalid_argument for a step that is not
/// positive, for a criterion that does not apply to the network, and as `predict_by` and the channel.
template <Network Net, class Make>
double predicted_slope(Criterion criterion, const Net& net, const Dataset& data, const Make& make, double strength,
                       double step = 1e-2, const MarginOptions& options = {}) {
    require(step > 0, "predicted_slope", "step", step, "be positive");
    std::vector<PixelMoments> channels;
    for (const double away : {-step, -step / 2, step / 2, step}) channels.emplace_back(make(strength + away));
    const auto curve = predicted_curve(criterion, net, data, std::span<const PixelMoments>(channels), options);
    require(curve.size() == channels.size(), "predicted_slope", "criterion",
            criterion_names[static_cast<std::size_t>(criterion)], "apply to the network, see applies_to");
    const double whole = (curve[3].accuracy - curve[0].accuracy) / (2 * step);
    const double half = (curve[2].accuracy - curve[1].accuracy) / step;
    return (4 * half - whole) / 3;
}

}  // namespace pstar
