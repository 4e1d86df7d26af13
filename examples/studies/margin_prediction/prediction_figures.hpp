#pragma once

#include <string>

#include "common/run/output_folder.hpp"
#include "prediction_report.hpp"

namespace study {

/// A criterion as a reader wants it: `zero shift`, `mean shift`, `all runner-ups`, `linear at mean`, ...
std::string criterion_in_words(std::size_t criterion);

/// Draws all figures of `margin_prediction` into the folder, for every network: `images` (predicted against observed
/// failures), `calibration`, `auc`, `accuracy`, `accuracy_elsewhere`, `linearisation` and `snr`, each with the
/// network's suffix.
void draw_prediction_figures(const PredictionResults& results, const OutputFolder& out);

}  // namespace study
