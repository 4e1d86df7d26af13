#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/compiled.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/settings_words.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/sweep/repeats.hpp>
#include <pstar/version.hpp>

namespace pstar {

namespace detail {

/// Calls `use(kind, context)` with the run's kind of model and the part of the data that it learns from.
template <class Use>
auto with_context(const char* where, const Experiment& experiment, const RunKey& run, const Use& use) {
    const auto& [data, settings, models, corruptions] = experiment;
    require(run.train_samples >= 1 && run.train_samples <= data.train.size(), where, "train_samples", run.train_samples,
            "lie between 1 and the number of training images, " + std::to_string(data.train.size()));
    require(run.batch_size >= 1, where, "batch_size", run.batch_size, "be at least 1");
    const auto& kind = *models.at(run.model);
    const AnyCorruption corruption = corruptions.at(run.corruption)(run.strength);
    corruption.validate();
    const bool all = run.train_samples == data.train.size();
    const Dataset part = all ? Dataset{} : take(data.train, run.train_samples);  // the data are shared, not copied
    const RunContext context{run,       settings,   all ? data.train : part,
                             data.test, corruption, repeat_seed(settings.seed, run.repeat)};
    return use(kind, context);
}

inline nlohmann::ordered_json fingerprint(const Dataset& data) {
    const auto checksum = [](const auto& values) {
        return crc32_of({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(*values.data())});
    };
    return {
        {"shape", {data.size(), data.channels(), data.height(), data.width()}},
        {"classes", data.classes},
        {"crc32", {data.has_floats() ? checksum(*data.float_images) : checksum(data.images), checksum(data.labels)}}};
}

}  // namespace detail

PSTAR_INLINE RunResult run_one(const Experiment& experiment, const RunKey& run) {
    return detail::with_context("run_one", experiment, run,
                                [](const ModelKind& kind, const RunContext& context) { return kind.run(context); });
}

PSTAR_INLINE double expected_cost(const Experiment& experiment, const RunKey& run) {
    return detail::with_context("expected_cost", experiment, run, [](const ModelKind& kind, const RunContext& context) {
        return kind.expected_cost(context);
    });
}

PSTAR_INLINE std::vector<double> expected_costs(const Experiment& experiment, const Grid<RunKey>& grid) {
    std::map<RunKey, double> known;  // strengths of one curve cost the same
    std::vector<double> costs;
    for (std::size_t point = 0; point < grid.points(); ++point) {
        const auto run = grid[point * grid.repeats()];
        const auto [place, is_new] = known.try_emplace(curve_key(run));
        if (is_new) place->second = expected_cost(experiment, run);
        costs.push_back(place->second);
    }
    return costs;
}

PSTAR_INLINE RunCost measure_cost(const Experiment& experiment, const RunKey& run, double seconds) {
    require(experiment.data.test.size() >= 1, "measure_cost", "data.test.size()", experiment.data.test.size(),
            "be at least 1");
    const BlasThreads one(1);
    auto cost = detail::with_context(
        "measure_cost", experiment, run,
        [&](const ModelKind& kind, const RunContext& context) { return kind.measure_cost(context, seconds); });
    const auto& train = experiment.data.train;
    if (run.train_samples < train.size()) cost.bytes += detail::real(run.train_samples * train.pixels());
    return cost;
}

PSTAR_INLINE std::size_t parameter_count(const Experiment& experiment, const RunKey& run) {
    return detail::with_context(
        "parameter_count", experiment, run,
        [](const ModelKind& kind, const RunContext& context) { return kind.parameter_count(context); });
}

PSTAR_INLINE std::size_t parameter_count(const ModelRegistry& models, const ModelSpec& spec, const Dataset& images) {
    const RunKey run{.model = spec.model,
                     .activation = spec.activation,
                     .width = spec.width,
                     .depth = spec.depth,
                     .train_samples = images.size()};
    const ExperimentSettings settings;
    const AnyCorruption clean = Identity{};
    return models.at(spec.model)->parameter_count({run, settings, images, images, clean, Seed{0}});
}

PSTAR_INLINE nlohmann::ordered_json configuration(const Experiment& experiment) {
    nlohmann::ordered_json json{{"body", "experiment"}, {"pstar", PSTAR_VERSION}};
    visit_settings(experiment.settings, [&](const char* word, const auto& value) { json[word] = value; });
    json["train"] = detail::fingerprint(experiment.data.train);
    json["test"] = detail::fingerprint(experiment.data.test);
    return json;
}

PSTAR_INLINE Results run(const Experiment& experiment, const Grid<RunKey>& grid, ExperimentOptions options) {
    const auto& settings = experiment.settings;
    if (options.costs.empty()) options.costs = expected_costs(experiment, grid);
    if (!options.repeat_rule.watch)
        options.repeat_rule.watch = [&settings](const RunResult& result) {
            std::vector<double> watched;
            if (settings.test_clean) watched.push_back(result.test_accuracy);
            if (settings.test_corrupted) watched.push_back(result.test_accuracy_corrupted);
            return watched;
        };
    const auto body = [&](const RunKey& key) { return run_one(experiment, key); };
    return {settings, grid.runs(), sweep(grid, body, options), experiment.data.train.classes,
            experiment.data.test.size()};
}
PSTAR_INLINE Results run(const Experiment& experiment, const ExperimentGrid& grid, ExperimentOptions options) {
    return run(experiment, grid.grid(experiment.data.train.size()), std::move(options));
}

}  // namespace pstar
