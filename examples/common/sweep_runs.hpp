#pragma once

#include <string>
#include <vector>

#include <pstar/data/dataset.hpp>
#include <pstar/sweep/accuracy_run.hpp>
#include <pstar/sweep/accuracy_summary.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/outcome.hpp>

#include "flags.hpp"

namespace study {

/// The flags in the library's terms.
pstar::CorruptionMode corruption_of(const Flags& flags);
std::vector<pstar::Activation> activations_of(const Flags& flags);
pstar::AccuracySettings settings_of_runs(const Flags& flags);
/// On which test images accuracies are measured.
std::vector<pstar::TestImages> test_images_of(const Flags& flags);

/// The grid that the flags span, in the order of `runs.csv`. `flags.train` must be set (`load_data`).
pstar::Grid<pstar::AccuracyRun> grid_of(const Flags& flags);

using Outcomes = std::vector<pstar::Outcome<pstar::AccuracyResult>>;

/// Runs them all with a progress bar, long runs first. After Ctrl-C, runs in flight finish and the others are skipped.
Outcomes run_all(const pstar::Grid<pstar::AccuracyRun>& grid, const Flags& flags, const pstar::TrainTest& data);

/// How many of `count` runs go on at a time.
std::size_t runs_at_once(const Flags& flags, std::size_t count);

/// How the runs ended.
struct Tally {
    std::size_t finished = 0, diverged = 0, failed = 0, skipped = 0;
    std::string first_error;  ///< of a failed one
};
Tally tally(const Outcomes& outcomes);

/// `p`, or `sigma` for the additive channel.
std::string strength_symbol(const Flags& flags);

}  // namespace study
