#pragma once

#include <functional>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/joint_goal.hpp>

#include "common/report/curve_report.hpp"
#include "common/run/study_program.hpp"

namespace study {

/// A program that trains a grid of networks and tells what their accuracy curves say.
struct CurveStudy {
    std::string name, description, example;  ///< as of a `StudyProgram`
    std::string table = "fits.csv";
    bool streams = false;  ///< whether `tell` does without the training images, of which it may get some alone
    std::function<void(Flags& flags, const pstar::Experiment& experiment)> choose_networks = {};
    /// Whether `--until-interval difference:X` is about two networks, the first before the second in the grid.
    std::function<bool(const Flags& flags, const pstar::Dataset& images, const pstar::RunKey& first,
                       const pstar::RunKey& second)>
        are_compared = [](const Flags&, const pstar::Dataset&, const pstar::RunKey& first,
                          const pstar::RunKey& second) { return pstar::differ_in_one_axis(first, second); };

    /// Writes figures, report and all tables but runs.csv, summary.csv and fits.csv, which are written. Returns what
    /// was found, line by line, for the terminal.
    std::function<std::vector<std::string>(const CurveStory& story, const OutputFolder& out)> tell;
};

int run_curve_study(int argc, char** argv, const Flags& defaults, const CurveStudy& study);

}  // namespace study
