#pragma once

#include <span>
#include <string>
#include <vector>

#include "../common/curve_fits.hpp"
#include "../common/flags.hpp"
#include "../common/output_folder.hpp"
#include "../common/sweep_runs.hpp"

namespace study {

/// Everything the report of `accuracy_vs_corruption` tells of.
struct AccuracyStory {
    const Flags& flags;
    const pstar::TrainTest& data;
    const Tally& runs;
    std::span<const FittedCurve> curves;
    std::string command;
    bool has_figures;
};

/// Draws all figures into the folder.
void draw_figures(const AccuracyStory& story, const OutputFolder& out);

/// Writes `report.html`.
void write_report(const AccuracyStory& story, const OutputFolder& out);

/// A sentence per curve and per trend, for the terminal.
std::vector<std::string> findings(const AccuracyStory& story);

}  // namespace study
