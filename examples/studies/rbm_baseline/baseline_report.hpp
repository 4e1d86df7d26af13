#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/report/curve_report.hpp"
#include "common/run/output_folder.hpp"
#include "model_contest.hpp"
#include "shown_machines.hpp"

namespace study {

/// Which model is best where, a line for each kind of test images and size of the training set.
std::vector<std::string> ranking_answers(const CurveStory& story, std::span<const ModelRanking> rankings);

/// Writes `report.html` of `rbm_baseline`.
void write_baseline_report(const CurveStory& story, std::span<const ModelRanking> rankings,
                           std::span<const ShownMachine> machines, const OutputFolder& out);

}  // namespace study
