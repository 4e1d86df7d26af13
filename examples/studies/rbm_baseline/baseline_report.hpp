#pragma once

#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/model_ranking.hpp>

#include "common/report/curve_report.hpp"
#include "common/run/output_folder.hpp"
#include "rbm_figures.hpp"

namespace study {

/// Writes `report.html` of `rbm_baseline`. Returns which model is the most accurate where, one line for each kind of
/// test images and number of training images.
std::vector<std::string> write_baseline_report(const CurveStory& story, std::span<const pstar::ModelRanking> rankings,
                                               std::span<const TrainedRbm> rbms, const OutputFolder& out);

}  // namespace study
