#pragma once

#include <span>
#include <string>
#include <vector>

#include <pstar/data/dataset.hpp>

#include "common/cli/flags.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/sweep_runs.hpp"
#include "prediction_summary.hpp"

namespace study {

/// Everything the report of `margin_prediction` tells of.
struct PredictionStory {
    const Flags& flags;
    const pstar::TrainTest& data;
    const Tally& runs;
    std::span<const PredictionSummary> summaries;
    std::string command;
    bool has_figures;
};

/// Writes `report.html`, with the figures that are in the folder.
void write_report(const PredictionStory& story, const OutputFolder& out);

/// What was found, a sentence each: for the terminal and the head of the report.
std::vector<std::string> findings(const PredictionStory& story);

}  // namespace study
