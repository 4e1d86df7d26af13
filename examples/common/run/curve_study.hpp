#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/report/curve_report.hpp"
#include "common/run/study_program.hpp"

namespace study {

/// A program that trains a grid of networks and tells what their accuracy curves say.
struct CurveStudy {
    std::string name, description, example;  ///< as of a `StudyProgram`
    std::string table = "fits.csv";
    bool streams = false;  ///< whether `tell` does without the training images, of which it may get some alone
    std::function<void(Flags& flags, const pstar::Experiment& experiment)> choose_networks = {};

    /// Writes figures, report and all tables but runs.csv, summary.csv and fits.csv, which are written. Returns what
    /// was found, line by line, for the terminal.
    std::function<std::vector<std::string>(const CurveStory& story, const OutputFolder& out)> tell;
};

int run_curve_study(int argc, char** argv, const Flags& defaults, const CurveStudy& study);

}  // namespace study
