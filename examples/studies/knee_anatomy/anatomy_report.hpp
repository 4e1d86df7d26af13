#pragma once

#include <string>
#include <vector>

#include <pstar/experiment/analysis/anatomy_summary.hpp>

#include "common/cli/flags.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/study_runs.hpp"

namespace study {

/// What the report of `knee_anatomy` is made from.
struct AnatomyResults {
    const Flags& flags;
    const Tally& runs;
    const pstar::AnatomySummary& summary;
    pstar::KneeAnatomyOptions options;
    std::string command;
    bool has_figures;
};

/// Draws `anatomy` and `confusion` and writes `report.html`.
void write_report(const AnatomyResults& results, const OutputFolder& out);

/// What was found, for the terminal and the head of the report.
std::vector<std::string> findings(const AnatomyResults& results);

}  // namespace study
