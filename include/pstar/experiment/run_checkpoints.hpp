#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/experiment/experiment.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/saved_network.hpp>
#include <pstar/nn/training_checkpoint.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/sweep.hpp>

/// Checkpoints of the trainings of a sweep, for bodies of one's own that train networks: `run` has them by itself.
namespace pstar {

/// The file of a run's checkpoint in `experiment.checkpoints`; `part` tells the trainings of one run apart.
template <class Scalar>
std::filesystem::path checkpoint_path(const BasicExperiment<Scalar>& experiment, const RunKey& run,
                                      const std::string& part = "") {
    auto path = experiment.checkpoints / network_file_name(run);
    if (!part.empty()) path.replace_filename(path.stem().string() + "_" + part + path.extension().string());
    return path;
}

/// What keeps a training of that run, for `TrainOptions::keeper`; null where the experiment keeps none.
/// `configuration`: all that the numbers depend on beside the run, as the journal has it.
template <class Scalar>
std::unique_ptr<TrainingCheckpoint> run_checkpoint(const BasicExperiment<Scalar>& experiment, const RunKey& run,
                                                   const nlohmann::ordered_json& configuration,
                                                   const std::string& part = "") {
    if (experiment.checkpoints.empty()) return nullptr;
    const auto path = checkpoint_path(experiment, run, part);
    return std::make_unique<TrainingCheckpoint>(
        path, CheckpointOptions{.seconds = experiment.checkpoint_seconds,
                                .settings = configuration.dump() + " " + path.filename().string()});
}

/// `sweep` with a body whose runs have a `run_checkpoint` for each of `parts`. A checkpoint is removed when the outcome
/// of its run is known, from the journal or because it ended; the folder, when it is empty in the end.
template <class Scalar, class Body>
auto sweep_with_checkpoints(const BasicExperiment<Scalar>& experiment, const Grid<RunKey>& grid, const Body& body,
                            SweepOptions<std::invoke_result_t<const Body&, const RunKey&>> options,
                            const std::vector<std::string>& parts = {""}) {
    if (experiment.checkpoints.empty()) return sweep(grid, body, options);
    const auto remove = [&experiment, &grid, &parts](std::size_t index) {
        for (const auto& part : parts)
            TrainingCheckpoint::remove_checkpoint(checkpoint_path(experiment, grid[index], part));
    };
    options.on_start = [remove, more = options.on_start](const auto outcomes) {
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (!outcomes[i].skipped()) remove(i);
        if (more) more(outcomes);
    };
    options.on_run = [remove, more = options.on_run](const auto& ended) {
        remove(ended.index);
        if (more) more(ended);
    };
    auto outcomes = sweep(grid, body, options);
    std::error_code error;
    std::filesystem::remove(experiment.checkpoints, error);  // if it is empty
    return outcomes;
}

}  // namespace pstar
