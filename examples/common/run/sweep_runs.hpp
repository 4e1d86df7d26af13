#pragma once

#include <string>
#include <vector>

#include <pstar/data/dataset.hpp>
#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/experiment.hpp>
#include <pstar/experiment/settings.hpp>

#include "common/cli/flags.hpp"
#include "common/run/study_runs.hpp"
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
Grid grid_of(const Flags& flags);
/// Of each run of the grid, whether it is to be done in any case: it is of the part of `--shard`, and no repeat that
/// only a large error calls for. `costs`: a value per point.
std::vector<bool> known_runs(const Grid& grid, const Flags& flags, const std::vector<double>& costs);

/// Does the runs that the store does not have, with a progress bar, long runs first. After Ctrl-C, runs in flight
/// finish and the others are skipped.
void run_all(Store& store, const Flags& flags, StudyRuns& runs, const Workers& workers);

/// The part of a process that is not the root in the `run_all` of the root.
void take_part(const Grid& grid, const Flags& flags, const StudyRuns& runs, const Workers& workers);

/// Takes what the store has; returns how many runs are missing, as far as is known: more repeats may follow from those.
std::size_t collect(Store& store, const Flags& flags, StudyRuns& runs);

}  // namespace study
