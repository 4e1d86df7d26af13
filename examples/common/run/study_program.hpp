#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/cli/flags.hpp"
#include "common/report/curve_report.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/sweep_runs.hpp"
#include "common/run/workers.hpp"

namespace study {

/// A program that trains a grid of networks and tells what their accuracy curves say.
struct CurveStudy {
    std::string name, description;
    std::string example;  ///< a command line, for `--help`

    /// Completes `flags.networks` once the data are there; may throw `UsageError`. None: arch x width x depth.
    std::function<void(Flags& flags, const pstar::Experiment& experiment)> choose_networks = {};

    /// Writes figures, report and all tables but runs.csv, summary.csv and fits.csv, which are written. Returns what
    /// was found, line by line, for the terminal.
    std::function<std::vector<std::string>(const CurveStory& story, const OutputFolder& out)> tell;
};

/// The whole program, from the command line to the exit status: runs what is missing, in parts or at once, and tells;
/// or estimates the cost (`--dry-run`), or collects (`--merge`).
int run_curve_study(int argc, char** argv, const Flags& defaults, const CurveStudy& study);

/// `--dry-run`: prints how many runs there are and how many of them a journal in the folder has, how long they will
/// take, how much memory, and the largest; from a measurement of a few seconds. Writes nothing. Throws `UsageError` or
/// `pstar::DataError` if the folder holds another study, as the study itself would.
void estimate_cost(const std::string& program, const Flags& flags, const pstar::Experiment& experiment,
                   const Workers& workers);

}  // namespace study
