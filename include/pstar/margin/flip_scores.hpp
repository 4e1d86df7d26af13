#pragma once

#include <span>
#include <vector>

#include <pstar/margin/flip_frequency.hpp>
#include <pstar/statistics/calibration.hpp>
#include <pstar/statistics/prediction_score.hpp>

/// Predicted failure probabilities, image by image, against what drawing the corruption measured.
namespace pstar {

/// `score_prediction` against the measured frequencies.
inline PredictionScore score_prediction(std::span<const double> predicted, const FlipFrequencies& measured,
                                        const ScoreOptions& options = {}) {
    return score_prediction(predicted, measured.frequencies(), options);
}

/// `score_difference` on the measured frequencies.
inline PredictionScore score_difference(std::span<const double> first, std::span<const double> second,
                                        const FlipFrequencies& measured, const ScoreOptions& options = {}) {
    return score_difference(first, second, measured.frequencies(), options);
}

/// `calibration_curve` against the measured frequencies.
inline std::vector<CalibrationBin> calibration_curve(std::span<const double> predicted, const FlipFrequencies& measured,
                                                     const CalibrationOptions& options = {}) {
    return calibration_curve(predicted, measured.frequencies(), measured.draws, options);
}

}  // namespace pstar
