#pragma once

#include <span>
#include <string>
#include <vector>

#include <pstar/data/dataset.hpp>
#include <pstar/experiment/analysis/prediction_summary.hpp>

#include "common/cli/flags.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/study_runs.hpp"

namespace study {

/// What the report of `margin_prediction` is made from.
struct PredictionResults {
    const Flags& flags;
    const Tally& runs;
    std::span<const pstar::PredictionSummary> summaries;
    std::string command;
    bool has_figures;
    const pstar::Dataset& test;
};

/// What was predicted for one kind of network, strength after strength.
struct NetworkPredictions {
    std::string name;    ///< `relu, width 256`
    std::string suffix;  ///< of the names of its figures; empty where there is one network
    std::span<const pstar::PredictionSummary> summaries;
};
std::vector<NetworkPredictions> networks_of(const PredictionResults& results);

/// Writes `report.html`, with the figures that are in the folder.
void write_report(const PredictionResults& results, const OutputFolder& out);

/// What was found, a sentence or two for each network, for the terminal and the head of the report.
std::vector<std::string> findings(const PredictionResults& results);

}  // namespace study
