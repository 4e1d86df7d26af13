#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/experiment/experiment.hpp>
#include <pstar/experiment/experiment_grid.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_cost.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/sweep.hpp>

/// Runs of an experiment: one, or a grid of them.
namespace pstar {

/// Executor, journal, shard, adaptive repeats, callbacks: see `SweepOptions`.
using ExperimentOptions = SweepOptions<RunResult>;

/// One run, in this thread: the model `run.model` learns from its training set (`training_set`) seen
/// through the corruption `run.corruption` of strength `run.strength`, and is measured on the test images. All models
/// of one repeat draw the same noise: that of epoch, or pass, e on image i is the same for each, and so is that on test
/// images. A pure function of its arguments on one kind of processor. Throws `std::invalid_argument` for names that are
/// not registered, parameters out of range and more samples than there are.
template <class Scalar>
RunResult run_one(const BasicExperiment<Scalar>& experiment, const RunKey& run);

/// Runs the whole grid, long runs first unless `options.costs` says otherwise; adaptive repeats watch the accuracies
/// unless `options.repeat_rule` watches something else. With a journal made with `configuration(experiment)`, what it
/// holds is not run again. The numbers depend neither on the executor nor on interruptions. Throws
/// `std::invalid_argument`, before anything is run, for names that are not registered.
template <class Scalar>
Results run(const BasicExperiment<Scalar>& experiment, const ExperimentGrid& grid, ExperimentOptions options = {});
/// The same for a grid made already.
template <class Scalar>
Results run(const BasicExperiment<Scalar>& experiment, const Grid<RunKey>& grid, ExperimentOptions options = {});

/// All that the numbers of a run depend on beside its key, for the journal: the settings in words, the version, a
/// checksum of the test images and of the first 100 training images: a set to which more are added is the same. What
/// models and corruptions of your own do is not in it: their names are in the keys.
template <class Scalar>
nlohmann::ordered_json configuration(const BasicExperiment<Scalar>& experiment);

/// What a run takes, in multiply-adds, roughly: good enough to put long runs first and to estimate the time left.
template <class Scalar>
double expected_cost(const BasicExperiment<Scalar>& experiment, const RunKey& run);
/// Of each point of the grid.
template <class Scalar>
std::vector<double> expected_costs(const BasicExperiment<Scalar>& experiment, const Grid<RunKey>& grid);
/// What `run_one` will take in one thread on this host, measured on a small piece of it in about `seconds`. Several
/// runs at once slow each other down where they share caches and memory, which is not in it. Throws as `run_one` does.
template <class Scalar>
RunCost measure_cost(const BasicExperiment<Scalar>& experiment, const RunKey& run, double seconds = 0.2);
/// How many numbers the model of a run learns; of a model of that size for such images, if all of them are learned
/// from.
template <class Scalar>
std::size_t parameter_count(const BasicExperiment<Scalar>& experiment, const RunKey& run);
/// How many parameters a model of that kind and size has for such images.
std::size_t parameter_count(const ModelRegistry& models, const ModelSpec& spec, const Dataset& images);

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/experiment/detail/run.hpp>
#else
namespace pstar {
extern template RunResult run_one(const Experiment&, const RunKey&);
extern template Results run(const Experiment&, const ExperimentGrid&, ExperimentOptions);
extern template Results run(const Experiment&, const Grid<RunKey>&, ExperimentOptions);
extern template nlohmann::ordered_json configuration(const Experiment&);
extern template double expected_cost(const Experiment&, const RunKey&);
extern template std::vector<double> expected_costs(const Experiment&, const Grid<RunKey>&);
extern template RunCost measure_cost(const Experiment&, const RunKey&, double);
extern template std::size_t parameter_count(const Experiment&, const RunKey&);
}  // namespace pstar
#endif
