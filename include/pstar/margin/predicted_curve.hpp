#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <ranges>
#include <span>
#include <type_traits>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/network.hpp>

/// The accuracy of one trained network against the strength of corruption, and its slope, predicted from clean images.
namespace pstar {

/// A(p) of one network, as a criterion predicts it. `fit_curve` takes it: `ImageOutcomes{curve.strength,
/// curve.correct}` with intervals for other test images; `fit_predicted_curve` does so.
struct PredictedCurve {
    std::vector<double> strength;              ///< (S), in the order of the channels
    std::vector<double> accuracy;              ///< (S), the means over images of `correct`
    std::vector<std::vector<double>> correct;  ///< (S, images), 1 - P(failure)
};

namespace detail {

template <Network Net>
std::vector<FailurePrediction> require_predictions(const char* where, Criterion criterion, const Net& net,
                                                   const Dataset& data, std::span<const PixelMoments> channels,
                                                   const MarginOptions& options) {
    auto found = predict_by(criterion, net, data, channels, options);
    for (const auto& prediction : found)
        require(!prediction.probability.empty(), where, "criterion",
                criterion_names[static_cast<std::size_t>(criterion)],
                "apply to the network, see applies_to; linear_at_mean applies to all");
    return found;
}

}  // namespace detail

/// The whole curve of a trained network by any criterion. Those of the clean image (`clean_image_criteria`) compute
/// gradients once for all strengths. Throws std::invalid_argument where the criterion does not apply, or the data do
/// not fit the network.
template <Network Net>
PredictedCurve predicted_curve(Criterion criterion, const Net& net, const Dataset& data,
                               std::span<const PixelMoments> channels, const MarginOptions& options = {}) {
    PredictedCurve curve;
    for (const auto& prediction :
         detail::require_predictions("predicted_curve", criterion, net, data, channels, options)) {
        curve.strength.push_back(prediction.strength);
        curve.accuracy.push_back(prediction.predicted_accuracy());
        auto& correct = curve.correct.emplace_back(prediction.probability);
        for (double& p : correct) p = 1 - p;
    }
    return curve;
}

/// The same for a range of channels of one type.
template <Network Net, std::ranges::input_range Channels>
requires Channel<std::ranges::range_value_t<Channels>> PredictedCurve
predicted_curve(Criterion criterion, const Net& net, const Dataset& data, const Channels& channels,
                const MarginOptions& options = {}) {
    return predicted_curve(criterion, net, data, std::span<const PixelMoments>(pixel_moments(channels)), options);
}

/// A kind of channel: gives the one of a strength, or its moments.
template <class Family>
concept ChannelFamily = std::invocable<const Family&, double> &&
    std::constructible_from<PixelMoments, std::invoke_result_t<const Family&, double>>;

/// How `predicted_slope` takes differences. With strengths of the order of 1, a knee of width 0.1 has A''' of about
/// 300, and a prediction in float is good to about 1e-6. The error of a central difference, step^2 A'''/6 + 1e-6/step,
/// is then least at steps of about 2e-3, where it is below 1e-3.
struct SlopeOptions {
    double step = 2e-3;  ///< in units of the strength, positive
    /// The least strength that there is; near an end the difference is one-sided, of the same order in the step.
    double lowest = 0;
    double highest = std::numeric_limits<double>::infinity();  ///< the largest one
    std::size_t threads = 1;                                   ///< 0: all cores; see `with_threads`

    void validate() const {
        constexpr auto where = "SlopeOptions";
        require(step > 0 && std::isfinite(step), where, "step", step, "be positive and finite");
        require(highest - lowest >= 2 * step, where, "highest", highest, "be at least lowest + 2 step");
    }
};

/// dA/dp of the accuracy that a criterion predicts, at a strength p, for one trained network: with step h
///     (A(p + h) - A(p - h))/(2 h),   at an end of the range +-(4 A(p +- h) - 3 A(p) - A(p +- 2h))/(2 h).
/// Predictions have no noise of draws, so that a small step does no harm. They are smooth in p, but for small jumps in
/// one image's probability where `any_below_zero` takes two runner-ups in another order, and for `linear_at_mean` of
/// networks with kinks (relu, max pooling): there the Jacobian at the mean image jumps with p, and slopes of a small
/// CNN differ by a fifth between steps 1e-3 and 1e-2. Those of `all_runner_ups` and `smoothed_jacobian` agree to 1%
/// (tests).
///     predicted_slope(Criterion::smoothed_jacobian, net, test, [](double p) { return Replacement{p}; }, 0.6)
/// Throws std::invalid_argument for a strength out of range, and as `predicted_curve`.
template <Network Net, ChannelFamily Family>
double predicted_slope(Criterion criterion, const Net& net, const Dataset& data, const Family& channel_of,
                       double strength, const SlopeOptions& options = {}) {
    options.validate();
    require(strength >= options.lowest && strength <= options.highest, "predicted_slope", "strength", strength,
            "lie between options.lowest and options.highest");
    const double h = options.step;
    const bool first = strength < options.lowest + h;
    const bool last = strength > options.highest - h;
    // A' = sum of weight A(p + offset h)/(2 h)
    struct Term {
        double offset, weight;
    };
    constexpr std::array central{Term{-1, -1}, Term{1, 1}};
    constexpr std::array from_first{Term{0, -3}, Term{1, 4}, Term{2, -1}};
    constexpr std::array from_last{Term{0, 3}, Term{-1, -4}, Term{-2, 1}};
    const std::span<const Term> terms = first  ? std::span<const Term>(from_first)
                                        : last ? std::span<const Term>(from_last)
                                               : std::span<const Term>(central);
    std::vector<PixelMoments> moments;
    for (const auto& term : terms) moments.emplace_back(channel_of(strength + term.offset * h));
    const auto found = detail::require_predictions("predicted_slope", criterion, net, data, moments,
                                                   MarginOptions{.threads = options.threads});
    double slope = 0;
    for (std::size_t i = 0; i < terms.size(); ++i) slope += terms[i].weight * found[i].predicted_accuracy() / (2 * h);
    return slope;
}

}  // namespace pstar
