#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <pstar/experiment/run.hpp>

#include "catch.hpp"

/// Runs of an experiment with the built-in models and corruptions, from its parts.
namespace shorthand {

inline pstar::RunResult run_one(const pstar::RunKey& run, const pstar::ExperimentSettings& settings,
                                const pstar::TrainTest& data) {
    return pstar::run_one(pstar::Experiment{.data = data, .settings = settings}, run);
}
inline std::vector<pstar::Outcome<pstar::RunResult>> run(const pstar::Grid<pstar::RunKey>& grid,
                                                         const pstar::ExperimentSettings& settings,
                                                         const pstar::TrainTest& data,
                                                         pstar::ExperimentOptions options = {}) {
    return pstar::run(pstar::Experiment{.data = data, .settings = settings}, grid, std::move(options)).outcomes;
}
inline pstar::RunCost measure_cost(const pstar::RunKey& run, const pstar::ExperimentSettings& settings,
                                   const pstar::TrainTest& data, double seconds = 0.2) {
    return pstar::measure_cost(pstar::Experiment{.data = data, .settings = settings}, run, seconds);
}
inline double expected_cost(const pstar::RunKey& run, const pstar::ExperimentSettings& settings,
                            const pstar::TrainTest& data) {
    return pstar::expected_cost(pstar::Experiment{.data = data, .settings = settings}, run);
}
inline std::size_t parameter_count(const pstar::RunKey& run, const pstar::Dataset& images) {
    auto key = run;
    if (key.train_samples == 0) key.train_samples = images.size();
    return pstar::parameter_count(pstar::Experiment{.data = {images, images}}, key);
}
inline nlohmann::ordered_json configuration(const pstar::ExperimentSettings& settings, const pstar::TrainTest& data) {
    return pstar::configuration(pstar::Experiment{.data = data, .settings = settings});
}

/// What every run measured; all must have finished.
inline std::vector<double> numbers_of(const pstar::Results& results) {
    std::vector<double> numbers;
    for (const auto& outcome : results.outcomes) {
        REQUIRE(outcome.value);
        numbers.insert(numbers.end(), {outcome.value->train_loss, outcome.value->test_loss,
                                       outcome.value->test_accuracy, outcome.value->test_accuracy_corrupted});
    }
    return numbers;
}

}  // namespace shorthand
