#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/compiled.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/partly_clean.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/training_source.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/run_checkpoints.hpp>
#include <pstar/experiment/settings_words.hpp>
#include <pstar/experiment/training_set.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/nn/training_checkpoint.hpp>
#include <pstar/sweep/repeats.hpp>
#include <pstar/version.hpp>

namespace pstar {

namespace detail {

/// What can be said of a training set before it is there.
inline void check_training_set(const char* where, const RunKey& run, const ExperimentSettings& settings) {
    require(run.clean_fraction >= 0 && run.clean_fraction <= 1, where, "clean_fraction", run.clean_fraction,
            "lie in [0, 1]");
    require(run.label_noise >= 0 && run.label_noise <= 1, where, "label_noise", run.label_noise, "lie in [0, 1]");
    const double clean = real(run.train_samples) * run.clean_fraction;
    require(!run.clean_only || run.clean_per_class > 0 || clean >= 0.5, where, "clean_fraction", run.clean_fraction,
            "leave an image clean to learn from alone, of " + std::to_string(run.train_samples));
    require(settings.seeds_per_subset >= 1, where, "seeds_per_subset", settings.seeds_per_subset, "be at least 1");
}

/// So many training images tell data sets apart.
inline constexpr std::size_t fingerprinted = 100;

/// Throws `std::invalid_argument` unless the run can be: its names are registered, its sizes in range.
template <class Scalar>
void check_run(const char* where, const BasicExperiment<Scalar>& experiment, const RunKey& run) {
    const auto all = experiment.training_images();
    require(run.train_samples >= 1 && run.train_samples <= all, where, "train_samples", run.train_samples,
            "lie between 1 and the number of training images, " + std::to_string(all));
    check_training_set(where, run, experiment.settings);
    require(run.batch_size >= 1, where, "batch_size", run.batch_size, "be at least 1");
    experiment.models.at(run.model);
    experiment.corruptions.at(run.corruption)(run.strength).validate();
    for (const auto& point : experiment.settings.transfer)
        experiment.corruptions.at(point.corruption)(point.strength).validate();
}

/// Calls `use(kind, context)` with the run's kind of model; `train` are the images it learns from, or of which it would
/// learn from `run.train_samples`. It sees those that are `clean` as they are.
template <class Scalar, class Use>
auto with_context(const BasicExperiment<Scalar>& experiment, const RunKey& run, const Dataset& train, const Use& use,
                  const std::vector<bool>& clean = {}) {
    AnyCorruption corruption = experiment.corruptions.at(run.corruption)(run.strength);
    if (!clean.empty()) corruption = PartlyClean(corruption, clean);
    std::vector<AnyCorruption> transfer;
    for (const auto& point : experiment.settings.transfer)
        transfer.push_back(experiment.corruptions.at(point.corruption)(point.strength));
    const RunContext context{run,
                             experiment.settings,
                             train,
                             experiment.data.test,
                             corruption,
                             repeat_seed(experiment.settings.seed, run.repeat),
                             experiment.save_networks,
                             std::move(transfer)};
    return use(*experiment.models.at(run.model), context);
}

/// Throws `std::invalid_argument` unless the training images that are held can be some of the stream.
template <class Scalar>
void check_stream(const BasicExperiment<Scalar>& experiment) {
    const auto& [train, stream] = std::tie(experiment.data.train, experiment.stream);
    require(train.size() >= std::min<std::size_t>(stream.size(), fingerprinted), "Experiment", "data.train.size()",
            train.size(), "be at least 100 where there is a stream, or all of its images");
    require(pixels_of(stream) == train.pixels() && stream.classes == train.classes, "Experiment",
            "pixels of the stream's images", pixels_of(stream), "be those of data.train, and the classes as many");
}

/// The same with images of the stream, which are drawn only where the run learns from the first ones as they are.
template <class Scalar, class Use>
auto with_stream(const BasicExperiment<Scalar>& experiment, const RunKey& run, const Use& use) {
    check_stream(experiment);
    if (!learns_from_first(run, experiment.settings)) {
        const bool chosen = experiment.settings.training_subset == TrainingSubset::fresh || run.samples_per_class > 0;
        const auto all = hold(chosen ? experiment.stream : experiment.stream.first(run.train_samples));
        const auto set = training_set(all, run, experiment.settings, repeat_seed(experiment.settings.seed, run.repeat));
        return with_context(experiment, run, set.images, use, set.clean);
    }
    const auto part = experiment.stream.first(run.train_samples);
    if (!experiment.models.at(run.model)->learns_from_streams()) return with_context(experiment, run, hold(part), use);
    return with_context(experiment, run, experiment.data.train, [&](const ModelKind& kind, const RunContext& context) {
        auto drawing = context;
        drawing.stream = &part;
        drawing.prefetch = experiment.prefetch;
        return use(kind, drawing);
    });
}

/// The same with what the run learns from (`training_set`); all of the data as they are are shared, not copied.
template <class Scalar, class Use>
auto with_part(const BasicExperiment<Scalar>& experiment, const RunKey& run, const Use& use) {
    if (!experiment.stream.empty()) return with_stream(experiment, run, use);
    const auto& train = experiment.data.train;
    if (learns_from_all(train, run, experiment.settings)) return with_context(experiment, run, train, use);
    const auto set = training_set(train, run, experiment.settings, repeat_seed(experiment.settings.seed, run.repeat));
    return with_context(experiment, run, set.images, use, set.clean);
}

/// Tells data sets apart, by the first `images` of them.
inline nlohmann::ordered_json fingerprint(const Dataset& data, std::size_t images) {
    const auto checksum = [&](const auto& values, std::size_t each) {
        return crc32_of({reinterpret_cast<const char*>(values.data()),
                         std::min(images, data.size()) * each * sizeof(*values.data())});
    };
    return {{"shape", {data.channels(), data.height(), data.width()}},
            {"classes", data.classes},
            {"crc32",
             {data.has_floats() ? checksum(*data.float_images, data.pixels()) : checksum(data.images, data.pixels()),
              checksum(data.labels, 1)}}};
}

}  // namespace detail

template <class Scalar>
RunResult run_one(const BasicExperiment<Scalar>& experiment, const RunKey& run) {
    detail::check_run("run_one", experiment, run);
    std::unique_ptr<TrainingCheckpoint> checkpoint;
    if (!experiment.checkpoints.empty()) checkpoint = run_checkpoint(experiment, run, configuration(experiment));
    return detail::with_part(experiment, run, [&](const ModelKind& kind, const RunContext& context) {
        auto kept = context;
        kept.keeper = checkpoint.get();
        return kind.run(kept);
    });
}

template <class Scalar>
double expected_cost(const BasicExperiment<Scalar>& experiment, const RunKey& run) {
    detail::check_run("expected_cost", experiment, run);
    return detail::with_context(
        experiment, run, experiment.data.train,
        [](const ModelKind& kind, const RunContext& context) { return kind.expected_cost(context); });
}

template <class Scalar>
std::vector<double> expected_costs(const BasicExperiment<Scalar>& experiment, const Grid<RunKey>& grid) {
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

template <class Scalar>
RunCost measure_cost(const BasicExperiment<Scalar>& experiment, const RunKey& run, double seconds) {
    require(experiment.data.test.size() >= 1, "measure_cost", "data.test.size()", experiment.data.test.size(),
            "be at least 1");
    detail::check_run("measure_cost", experiment, run);
    const detail::BudgetScope one({1, true});
    auto cost = detail::with_part(experiment, run, [&](const ModelKind& kind, const RunContext& context) {
        return kind.measure_cost(context, seconds);
    });
    const auto& train = experiment.data.train;
    const bool streams = !experiment.stream.empty() && experiment.models.at(run.model)->learns_from_streams();
    const bool holds = streams ? !learns_from_first(run, experiment.settings)
                               : !experiment.stream.empty() || !learns_from_all(train, run, experiment.settings);
    if (holds) cost.bytes += detail::real(run.train_samples * train.pixels());
    return cost;
}

template <class Scalar>
std::size_t parameter_count(const BasicExperiment<Scalar>& experiment, const RunKey& run) {
    detail::check_run("parameter_count", experiment, run);
    return detail::with_context(
        experiment, run, experiment.data.train,
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

template <class Scalar>
nlohmann::ordered_json configuration(const BasicExperiment<Scalar>& experiment) {
    nlohmann::ordered_json json{{"body", "experiment"}, {"pstar", PSTAR_VERSION}};
    if (!std::same_as<Scalar, float>) json["scalar"] = "double";
    visit_settings(experiment.settings, [&](const char* word, const auto& value) { json[word] = value; });
    const auto& train = experiment.data.train;
    const bool draws = experiment.settings.training_subset == TrainingSubset::fresh;  // from all of them
    json["train"] =
        detail::fingerprint(train, draws ? train.size() : detail::fingerprinted);  // else more of them may be added
    if (draws) json["train"]["images"] = train.size();
    if (const auto words = experiment.stream.describe(); !words.empty()) json["train"]["stream"] = words;
    json["test"] = detail::fingerprint(experiment.data.test, experiment.data.test.size());
    return json;
}

template <class Scalar>
Results run(const BasicExperiment<Scalar>& experiment, const Grid<RunKey>& grid, ExperimentOptions options) {
    const auto& settings = experiment.settings;
    for (std::size_t point = 0; point < grid.points(); ++point)
        detail::check_run("run", experiment, grid[point * grid.repeats()]);
    if (options.costs.empty()) options.costs = expected_costs(experiment, grid);
    if (!options.repeat_rule.watch)
        options.repeat_rule.watch = [&settings](const RunResult& result) {
            std::vector<double> watched;
            if (settings.test_clean) watched.push_back(result.test_accuracy);
            if (settings.test_corrupted) watched.push_back(result.test_accuracy_corrupted);
            return watched;
        };
    const auto body = [&](const RunKey& key) { return run_one(experiment, key); };
    return {settings, grid.runs(), sweep_with_checkpoints(experiment, grid, body, std::move(options)),
            experiment.data.train.classes, experiment.data.test.size()};
}
template <class Scalar>
Results run(const BasicExperiment<Scalar>& experiment, const ExperimentGrid& grid, ExperimentOptions options) {
    return run(experiment, grid.grid(experiment.training_images()), std::move(options));
}

}  // namespace pstar
