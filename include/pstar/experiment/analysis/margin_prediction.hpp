#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/linearisation.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/margin/snr.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/statistics/calibration.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/prediction_score.hpp>

/// Which clean test images will a network misclassify when they are corrupted? Predicted from margins and gradients,
/// and compared with what draws of the corruption do.
namespace pstar {

/// One entry for each of `criteria`, in their order.
template <class Value>
using ByCriterion = std::array<Value, criteria.size()>;

/// Two criteria that are compared: scores of the first minus scores of the second.
struct CriterionPair {
    std::size_t first, second;  ///< indices into `criteria`
};
/// All of them, in order.
inline constexpr auto criterion_pairs = [] {
    std::array<CriterionPair, criteria.size() * (criteria.size() - 1) / 2> pairs{};
    std::size_t k = 0;
    for (std::size_t first = 0; first < criteria.size(); ++first)
        for (std::size_t second = first + 1; second < criteria.size(); ++second) pairs[k++] = {first, second};
    return pairs;
}();

/// The numbers of a score and of a linearisation error: name and member of each.
inline constexpr std::array score_numbers{
    std::pair{"auc", &PredictionScore::auc}, std::pair{"brier", &PredictionScore::brier},
    std::pair{"log_score", &PredictionScore::log_score}, std::pair{"rms_error", &PredictionScore::rms_error}};
/// Those of a linearisation error.
inline constexpr std::array linearisation_numbers{std::pair{"predicted_mean", &LinearisationError::predicted_mean},
                                                  std::pair{"measured_mean", &LinearisationError::measured_mean},
                                                  std::pair{"relative_bias", &LinearisationError::relative_bias},
                                                  std::pair{"relative_error", &LinearisationError::relative_error},
                                                  std::pair{"error_over_sd", &LinearisationError::error_over_sd},
                                                  std::pair{"sd_ratio", &LinearisationError::sd_ratio}};

/// How `predict_failures` measures.
struct MarginPredictionOptions {
    std::size_t draws = 100;                                    ///< corrupted versions of each test image, at least 2
    std::vector<double> elsewhere = {};                         ///< other strengths to measure at
    std::size_t elsewhere_images = 1000, elsewhere_draws = 20;  ///< the first so many images, and draws, there
    std::uint64_t seed = 0;                                     ///< of the corruption's noise
    Noise noise = Noise::common;                                ///< whether strengths share their draws

    void validate() const {
        constexpr auto where = "MarginPredictionOptions";
        require(draws >= 2, where, "draws", draws, "be at least 2");
        require(elsewhere_draws >= 2, where, "elsewhere_draws", elsewhere_draws, "be at least 2");
        require(elsewhere_images >= 1, where, "elsewhere_images", elsewhere_images, "be at least 1");
    }
};

/// A network's accuracy on images corrupted at one strength, and what clean margins say of it.
struct StrengthPrediction {
    double strength = 0;
    Estimate accuracy = {};              ///< measured, over images and draws
    ByCriterion<double> predicted = {};  ///< the accuracy that each criterion predicts; NaN where it was not asked
    LinearisationError linearisation = {};
    std::array<double, snr_probabilities.size()> snr = {};  ///< quantiles over images of (gamma + E[d gamma])/sd
};

/// How what corruption does to an image compares with what was predicted.
enum class FailureKind {
    foreseen,  ///< fails, as predicted
    missed,    ///< fails more often than predicted
    spared,    ///< fails less often than predicted
};
/// Their names, in order.
inline constexpr std::array failure_kinds{"foreseen", "missed", "spared"};

/// One test image: the failure probability that `Criterion::all_runner_ups` predicts, and the measured frequency.
struct ImageFailure {
    std::size_t image = 0;  ///< its place in the test images
    double predicted = 0;   ///< probability of failure
    double measured = 0;    ///< share of the draws that fail
    friend bool operator==(const ImageFailure&, const ImageFailure&) = default;
};

/// What was predicted for one network, and what was measured. Numbers are over the test images, unless said otherwise.
struct MarginPrediction {
    bool diverged = false;  ///< a loss was not finite in training: nothing was measured
    double clean_accuracy = 0;
    StrengthPrediction own = {};  ///< at the strength of training: all test images, all draws
    ByCriterion<PredictionScore> scores = {};
    std::array<PredictionScore, criterion_pairs.size()> differences = {};
    ByCriterion<std::vector<CalibrationBin>> calibration = {};
    /// Number of images by predicted failure probability (row) and measured failure frequency (column): (side, side).
    ByCriterion<std::vector<double>> images = {};
    /// What each criterion took to predict all test images, in s; NaN where it does not apply. The margins and
    /// gradients of clean images, which the first three share, count for each of them.
    ByCriterion<double> seconds = {};
    double draw_seconds = 0;  ///< what drawing and classifying every image `draws` times took, in s
    std::vector<StrengthPrediction> elsewhere = {};
    /// The clearest images of each kind, the clearest first: with the largest min(predicted, measured), measured -
    /// predicted, predicted - measured, above 1/4; at most `most_examples`.
    std::array<std::vector<ImageFailure>, failure_kinds.size()> examples = {};

    static constexpr std::size_t most_examples = 12;  ///< of each kind
    static constexpr std::size_t map_side = 20;       ///< equal parts of [0, 1]
};

/// For `sweep`.
inline bool has_diverged(const MarginPrediction& result) {
    return result.diverged;
}

/// A kind of corruption: gives the corruption of a strength.
using CorruptionFamily = std::function<AnyCorruption(double strength)>;

namespace detail {

/// How many images there are of each predicted and each measured failure frequency.
inline std::vector<double> count_by_frequency(std::span<const double> predicted, std::span<const double> measured) {
    constexpr auto side = MarginPrediction::map_side;
    const auto part = [](double share) {
        return std::min(static_cast<std::size_t>(share * static_cast<double>(side)), side - 1);
    };
    std::vector<double> counts(side * side, 0.0);
    for (std::size_t i = 0; i < predicted.size(); ++i) ++counts[part(predicted[i]) * side + part(measured[i])];
    return counts;
}

/// `MarginPrediction::examples`, of equally clear ones the first.
inline std::vector<ImageFailure> clearest_examples(FailureKind kind, std::span<const double> predicted,
                                                   std::span<const double> measured) {
    const auto clearness = [kind](const ImageFailure& x) {
        if (kind == FailureKind::foreseen) return std::min(x.predicted, x.measured);
        return kind == FailureKind::missed ? x.measured - x.predicted : x.predicted - x.measured;
    };
    std::vector<ImageFailure> found;
    for (std::size_t i = 0; i < predicted.size(); ++i)
        if (const ImageFailure image{i, predicted[i], measured[i]}; clearness(image) > 0.25) found.push_back(image);
    std::stable_sort(found.begin(), found.end(),
                     [&](const auto& a, const auto& b) { return clearness(a) > clearness(b); });
    found.resize(std::min(found.size(), MarginPrediction::most_examples));
    return found;
}

/// The moments that predictions need. Throws std::invalid_argument for a spatial corruption, which has none.
inline PixelMoments moments_of(const AnyCorruption& corruption) {
    const auto moments = corruption.pixel_moments();
    require(moments.has_value(), "predict_failures", "the corruption's strength", corruption.strength(),
            "belong to a Channel: margins are predicted from the mean and variance of independent pixels, and a "
            "spatial corruption does not give them");
    return *moments;
}

inline StrengthPrediction compare_with_draws(const RunnerUpReport& report,
                                             const ByCriterion<std::vector<double>>& probabilities,
                                             const FlipFrequencies& flips) {
    StrengthPrediction result{.strength = report.nearest.strength, .accuracy = flips.accuracy()};
    for (std::size_t c = 0; c < criteria.size(); ++c)
        result.predicted[c] = probabilities[c].empty()
                                  ? std::numeric_limits<double>::quiet_NaN()
                                  : FailurePrediction{result.strength, probabilities[c]}.predicted_accuracy();
    result.linearisation = linearisation_error(report.nearest, flips);
    const auto snr = snr_quantiles(report.nearest).quantiles;
    std::copy(snr.begin(), snr.end(), result.snr.begin());
    return result;
}

inline PredictionScore undefined_score() {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr Estimate undefined{nan, nan, nan};
    return {undefined, undefined, undefined, undefined};
}

/// Fills in scores, calibration and images of each criterion that applies, and examples.
inline void judge_criteria(const ByCriterion<std::vector<double>>& predicted, const FlipFrequencies& flips,
                           MarginPrediction& result) {
    const auto measured = flips.frequencies();
    result.scores.fill(undefined_score());
    result.differences.fill(undefined_score());
    for (std::size_t c = 0; c < criteria.size(); ++c) {
        if (predicted[c].empty()) continue;
        result.scores[c] = score_prediction(predicted[c], measured);
        result.images[c] = count_by_frequency(predicted[c], measured);
        result.calibration[c] = calibration_curve(predicted[c], measured, flips.draws);
    }
    for (std::size_t k = 0; k < criterion_pairs.size(); ++k) {
        const auto &first = predicted[criterion_pairs[k].first], &second = predicted[criterion_pairs[k].second];
        if (!first.empty() && !second.empty()) result.differences[k] = score_difference(first, second, measured);
    }
    const auto& joint = predicted[static_cast<std::size_t>(Criterion::all_runner_ups)];
    for (std::size_t kind = 0; kind < failure_kinds.size(); ++kind)
        result.examples[kind] = clearest_examples(static_cast<FailureKind>(kind), joint, measured);
}

}  // namespace detail

/// Predicts with each criterion which test images a trained network misclassifies at `strength`, draws the corruption,
/// and scores the predictions; then compares accuracies at the strengths `options.elsewhere`, where full moments, the
/// slowest criterion, are left out. Where a criterion does not apply (`applies_to`) its numbers are NaN.
/// Throws std::invalid_argument for options out of range, for corruptions that are no `Channel` (their moments are not
/// known), and where the data do not fit the network. But for `seconds` and `draw_seconds`, a function of its arguments
/// alone.
template <Network Net>
MarginPrediction predict_failures(const Net& net, const Dataset& test, const CorruptionFamily& corruption,
                                  double strength, const MarginPredictionOptions& options = {}) {
    options.validate();
    MarginPrediction result;
    result.seconds.fill(std::numeric_limits<double>::quiet_NaN());
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    const auto look = [&](const Dataset& images, const AnyCorruption& through, bool with_full) {
        const auto moments = detail::moments_of(through);
        const auto before = Clock::now();
        const auto report = runner_up_reports(net, images, std::span<const PixelMoments>(&moments, 1)).front();
        const double shared = since(before);
        ByCriterion<std::vector<double>> probabilities;
        for (std::size_t c = 0; c < criteria.size(); ++c) {
            const auto start = Clock::now();
            if (c < clean_image_criteria)
                probabilities[c] = failure_probabilities(report, criteria[c]);
            else if (with_full || criteria[c] != Criterion::full_moments)
                probabilities[c] = predict_by(criteria[c], net, images, moments).probability;
            if (with_full && !probabilities[c].empty())
                result.seconds[c] = since(start) + (c < clean_image_criteria ? shared : 0);
        }
        return std::pair(report, probabilities);
    };
    FlipOptions drawing{.draws = options.draws, .seed = options.seed, .noise = options.noise};
    const auto own = corruption(strength);
    const auto [report, probabilities] = look(test, own, true);
    const auto drawn = Clock::now();
    const auto flips = flip_frequencies(net, test, own, drawing);
    result.draw_seconds = since(drawn);
    result.clean_accuracy = report.nearest.clean_accuracy();
    result.own = detail::compare_with_draws(report, probabilities, flips);
    detail::judge_criteria(probabilities, flips, result);

    const auto part = take(test, std::min(test.size(), options.elsewhere_images));
    drawing.draws = options.elsewhere_draws;
    for (const double other : options.elsewhere) {
        const auto through = corruption(other);
        const auto [of_part, predicted] = look(part, through, false);
        result.elsewhere.push_back(
            detail::compare_with_draws(of_part, predicted, flip_frequencies(net, part, through, drawing)));
    }
    return result;
}

/// Trains the network on images corrupted at `strength`, then `predict_failures` on the test images. A function of its
/// arguments alone, but for times. Throws as `train` and `predict_failures`.
template <Network Net>
MarginPrediction train_and_predict(Net& net, const TrainTest& data, const CorruptionFamily& corruption, double strength,
                                   const TrainOptions& training, const MarginPredictionOptions& options = {}) {
    const auto through = corruption(strength);
    detail::moments_of(through);  // before the time for training is spent
    if (train(net, data.train, through, training).status == TrainStatus::diverged) return {.diverged = true};
    return predict_failures(net, data.test, corruption, strength, options);
}

}  // namespace pstar

#ifdef PSTAR_COMPILED  // the built-in networks
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>

namespace pstar {

extern template MarginPrediction predict_failures(const Mlp<float>&, const Dataset&, const CorruptionFamily&, double,
                                                  const MarginPredictionOptions&);
extern template MarginPrediction predict_failures(const Cnn<float>&, const Dataset&, const CorruptionFamily&, double,
                                                  const MarginPredictionOptions&);
extern template MarginPrediction train_and_predict(Mlp<float>&, const TrainTest&, const CorruptionFamily&, double,
                                                   const TrainOptions&, const MarginPredictionOptions&);
extern template MarginPrediction train_and_predict(Cnn<float>&, const TrainTest&, const CorruptionFamily&, double,
                                                   const TrainOptions&, const MarginPredictionOptions&);

}  // namespace pstar
#endif
