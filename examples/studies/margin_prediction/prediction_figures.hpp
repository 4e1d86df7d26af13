#pragma once

#include <span>
#include <string>

#include <pstar/experiment/analysis/prediction_summary.hpp>

#include "common/run/output_folder.hpp"

namespace study {

/// A criterion as a reader wants it: `zero shift`, `mean shift`, `all runner-ups`.
std::string criterion_in_words(std::size_t criterion);

/// Draws all figures of `margin_prediction` into the folder: `images` (predicted against observed failures),
/// `calibration`, `auc`, `accuracy`, `accuracy_elsewhere`, `linearisation` and `snr`. `symbol` names the strength: p or
/// sigma. There must be at least one summary.
void draw_prediction_figures(const OutputFolder& out, const std::string& symbol,
                             std::span<const pstar::PredictionSummary> summaries);

}  // namespace study
