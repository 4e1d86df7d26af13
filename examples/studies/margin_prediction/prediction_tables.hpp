#pragma once

#include <span>
#include <string>

#include "common/run/output_folder.hpp"
#include "prediction_summary.hpp"

namespace study {

/// Writes the tables of `margin_prediction`; `symbol` (p or sigma) names the column of strengths. 95% intervals are in
/// columns `..._low` and `..._high`, see `PredictionSummary`.
/// - `predictions.csv`: a row a strength and criterion: AUC, Brier score, log score;
/// - `differences.csv`: a row a strength and pair of criteria: the same scores, first minus second;
/// - `accuracy.csv`: a row a strength: measured accuracy and each criterion's prediction;
/// - `calibration.csv`: a row a strength, criterion and tenth of predicted probabilities;
/// - `accuracy_elsewhere.csv`, `linearisation.csv`, `snr.csv`: a row a strength of training and a strength of testing.
void write_prediction_tables(const OutputFolder& out, const std::string& symbol,
                             std::span<const PredictionSummary> summaries);

}  // namespace study
