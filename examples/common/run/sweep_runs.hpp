#pragma once

#include <string>
#include <vector>

#include <pstar/data/dataset.hpp>
#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/experiment.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/run_store.hpp>

#include "common/cli/flags.hpp"
#include "common/run/workers.hpp"

namespace study {

/// The flags in the library's terms.
std::vector<pstar::Activation> activations_of(const Flags& flags);
pstar::ExperimentSettings settings_of_runs(const Flags& flags);
pstar::Experiment experiment_of(const Flags& flags, pstar::TrainTest data);
/// On which test images accuracies are measured.
std::vector<pstar::TestImages> test_images_of(const Flags& flags);
/// `p`, or `sigma` for the additive channel.
std::string strength_symbol(const Flags& flags);

/// The runs that the flags span, in the order of `runs.csv`. `flags.train` must be set (`load_data`).
using Grid = pstar::Grid<pstar::RunKey>;
Grid grid_of(const Flags& flags);
/// Of each run of the grid, whether it is to be done in any case: it is of the part of `--shard`, and no repeat that
/// only a large error calls for. `costs`: `expected_costs`, a value per point.
std::vector<bool> known_runs(const Grid& grid, const Flags& flags, const std::vector<double>& costs);

using Outcomes = std::vector<pstar::Outcome<pstar::RunResult>>;

using Store = pstar::RunStore<pstar::RunKey>;

/// Does the runs that the store does not have, with a progress bar, long runs first. After Ctrl-C, runs in flight
/// finish and the others are skipped.
Outcomes run_all(Store& store, const Flags& flags, const pstar::Experiment& experiment, const Workers& workers);

/// The part of a process that is not the root in the `run_all` of the root.
void take_part(const Grid& grid, const Flags& flags, const pstar::Experiment& experiment, const Workers& workers);

/// What the store has, and how many runs are missing, as far as is known: more repeats may follow from those.
using Collected = pstar::CollectedRuns<pstar::RunResult>;
Collected collect(Store& store, const Flags& flags, const pstar::Experiment& experiment);

/// How the runs ended.
struct Tally {
    std::size_t finished = 0, diverged = 0, failed = 0, skipped = 0;
    std::string first_error;  ///< of a failed one

    std::size_t ended() const { return finished + diverged + failed; }
};
template <class Result>
Tally tally(const std::vector<pstar::Outcome<Result>>& outcomes) {
    Tally result;
    for (const auto& outcome : outcomes) {
        if (outcome.skipped()) {
            ++result.skipped;
        } else if (!outcome.value) {
            if (result.failed++ == 0) result.first_error = outcome.error;
        } else if (!pstar::usable(outcome)) {
            ++result.diverged;
        } else {
            ++result.finished;
        }
    }
    return result;
}

}  // namespace study
