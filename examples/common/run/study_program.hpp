#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/cli/flags.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/study_runs.hpp"
#include "common/run/sweep_runs.hpp"
#include "common/run/workers.hpp"

namespace study {

/// A study in progress: its runs, and what it makes of their outcomes.
class Study {
public:
    virtual ~Study() = default;

    virtual StudyRuns& runs() = 0;
    /// The tables that make sense of some of the runs, too.
    virtual void write_tables(const OutputFolder& out) const = 0;
    /// All other tables, figures and report. Returns what was found, line by line.
    virtual std::vector<std::string> tell(const OutputFolder& out) const = 0;
};

/// A program that does a study.
struct StudyProgram {
    std::string name, description;
    std::string example;  ///< a command line, for `--help`
    std::string table;    ///< the file with its results, whose rows `--json` prints

    bool streams = false;  ///< whether its runs can learn from `Experiment::stream`; else all images are held

    /// Completes `flags.networks` once the data are there; may throw `UsageError`. None: arch x width x depth.
    std::function<void(Flags& flags, const pstar::Experiment& experiment)> choose_networks = {};
    /// The study of these flags, which together with the experiment outlive it.
    std::function<std::unique_ptr<Study>(const Flags& flags, const pstar::Experiment& experiment)> begin;
};

/// The whole program, from the command line to the exit status: runs what is missing, in parts or at once, and tells;
/// or estimates the cost (`--dry-run`), or collects (`--merge`).
int run_study_program(int argc, char** argv, const Flags& defaults, const StudyProgram& study);

/// `--dry-run`: prints how many runs there are and how many of them a journal in the folder has, how long they will
/// take, how much memory, and the largest; from a measurement of a few seconds. Writes nothing. Throws `UsageError` or
/// `pstar::DataError` if the folder holds another study, as the study itself would.
void estimate_cost(const std::string& program, const Flags& flags, const StudyRuns& runs, const Workers& workers);

}  // namespace study
