#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/data/dataset.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/snr.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/prediction_score.hpp>

/// One network of `margin_prediction`: trained on images seen through a channel, then asked which clean test images it
/// will misclassify when they are seen through it, and held to that.
namespace study {

/// An entry for each of `pstar::criteria`, in their order.
template <class Value>
using ByCriterion = std::array<Value, pstar::criteria.size()>;

/// The pairs of criteria that are compared: scores of the first minus scores of the second.
struct CriterionPair {
    std::size_t first, second;
};
inline constexpr std::array<CriterionPair, 3> criterion_pairs{{{0, 1}, {0, 2}, {1, 2}}};

/// Images whose predicted failure probability lies in one tenth of [0, 1].
struct Bin {
    double place;      ///< 0, ..., 9
    double images;     ///< how many
    double predicted;  ///< mean prediction
    pstar::Estimate measured;
};

/// What becomes of the network's accuracy through the channel at one strength, and what clean margins say of it.
struct AtStrength {
    double strength;
    pstar::Estimate measured;       ///< accuracy
    ByCriterion<double> predicted;  ///< accuracy
    /// `pstar::LinearisationError`, its members in order: predicted and measured mean change, relative bias, relative
    /// error, error over fluctuation, ratio of the fluctuations.
    std::array<pstar::Estimate, 6> linearisation;
    std::array<double, pstar::snr_probabilities.size()> snr;  ///< quantiles of (gamma + E)/sd
};

/// Everything learned from one network. Numbers are over the test images, unless said otherwise.
struct PredictionResult {
    bool diverged = false;  ///< a loss was not finite in training: nothing was measured
    double clean_accuracy = 0;
    AtStrength trained_at{};  ///< the strength it was trained at: all test images, all draws
    ByCriterion<pstar::PredictionScore> scores{};
    std::array<pstar::PredictionScore, criterion_pairs.size()> differences{};
    ByCriterion<std::vector<Bin>> calibration;
    ByCriterion<std::vector<double>> images;  ///< how many, by predicted (rows) and observed failures: `map_side`^2
    std::vector<AtStrength> elsewhere;        ///< at other strengths, on `elsewhere_images` and `elsewhere_draws`

    static constexpr std::size_t map_side = 20;
    static constexpr std::size_t elsewhere_images = 1000, elsewhere_draws = 20;
};

/// For `pstar::sweep`.
inline bool has_diverged(const PredictionResult& result) {
    return result.diverged;
}

/// Trains the network of the run and measures it; a pure function of its arguments, in one thread. `draws` is the
/// number of corrupted versions of each test image, `elsewhere` the other strengths.
PredictionResult run_prediction(const pstar::RunKey& run, const pstar::ExperimentSettings& settings,
                                const pstar::TrainTest& data, std::size_t draws, std::span<const double> elsewhere);

/// How a result stands in a journal.
void to_json(nlohmann::ordered_json& json, const PredictionResult& result);
void from_json(const nlohmann::ordered_json& json, PredictionResult& result);

}  // namespace study
