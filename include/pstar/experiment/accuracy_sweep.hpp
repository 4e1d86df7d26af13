#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/run_accuracy.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_network.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/sweep.hpp>
#include <pstar/version.hpp>

/// A grid of accuracy runs.
namespace pstar {

/// The axes of a grid: every combination is a run.
struct ExperimentGrid {
    std::vector<std::string> models{"mlp"};
    std::vector<Activation> activations{Activation::relu};
    std::vector<std::size_t> widths{64};
    std::vector<std::size_t> depths{2};
    std::vector<ModelSpec> specs = {};       ///< unless empty: these, in place of models x widths x depths
    std::vector<std::size_t> train_samples;  ///< learns from the first so many training images
    std::vector<std::size_t> batch_sizes{128};
    std::vector<std::string> corruptions{"replacement"};
    std::vector<double> strengths{0.0};
    std::size_t repeats = 1;

    /// Repeat varies fastest, then strength. The names in the keys are those of the CSV files. A template only so that
    /// programs without a sweep need not compile it, like what follows for journals.
    template <class Run = RunKey>
    Grid<Run> grid() const {
        Grid<Run> grid;
        if (specs.empty())
            grid.axis("model_type", &Run::model, models)
                .axis("activation", &Run::activation, activations)
                .axis("mlp_width", &Run::width, widths)
                .axis("depth", &Run::depth, depths);
        else
            add_specs(grid);
        return grid.axis("n_train_samples", &Run::train_samples, train_samples)
            .axis("batch_size", &Run::batch_size, batch_sizes)
            .axis("corruption_mode", &Run::corruption, corruptions)
            .axis("strength", &Run::strength, strengths)
            .repeats("repeat", &Run::repeat, repeats);
    }

private:
    using Kinds = std::tuple<std::string, Activation, std::size_t, std::size_t>;
    template <class Run>
    void add_specs(Grid<Run>& grid) const {
        std::vector<Kinds> kinds;
        for (const auto activation : activations)
            for (const auto& spec : specs) kinds.emplace_back(spec.model, activation, spec.width, spec.depth);
        grid.template together<std::string, Activation, std::size_t, std::size_t>(
            {"model_type", "activation", "mlp_width", "depth"},
            {&Run::model, &Run::activation, &Run::width, &Run::depth}, kinds);
    }
};

/// What a run costs, in multiply-adds and a share for everything else: good enough to put long runs first and to
/// estimate the time that is left. An image of an epoch takes a network three forward passes, one of a pass 2k + 3
/// products with its weights of a machine that learns by CD-k; a regression takes some dozen iterations of two
/// products; kernel ridge regression N^2 elements of its kernel, N^3/6 for its factor and N elements for a test image.
/// A probed kernel of n rows takes about n^2 products of a layer's inputs and outputs, and n^3 for its eigenvalues.
inline double expected_cost(const RunKey& run, const ExperimentSettings& settings, const TrainTest& data) {
    constexpr double overhead_of_pixel = 120;  // corruption and memory traffic, in multiply-adds
    constexpr double iterations = 50;
    const auto real = [](std::size_t n) { return static_cast<double>(n); };
    const double pixels = real(data.train.pixels()), overhead = overhead_of_pixel * pixels;
    const double images = real(run.train_samples), forward = multiply_adds(run, data.train);
    const auto& classical = settings.baseline;
    if (run.model == "ntk") {
        constexpr double element = 60;  // an arc cosine and two square roots, in multiply-adds, per hidden layer
        const double row = images * (pixels + element * real(run.depth));
        const double tests = (settings.test_clean ? 1 : 0) + (settings.test_corrupted ? 1 : 0);
        return (images + tests * real(data.test.size())) * row + images * images * images / 6;
    }
    if (run.model == "softmax") return images * (2 * iterations * forward + overhead);
    if (run.model == "rbm") {
        const double machine = pixels * real(run.width), regression = forward - machine;
        const double pass = real(2 * classical.cd_k + 3) * machine + overhead;
        return images * (real(classical.rbm_n_iter) * pass + machine + overhead + 2 * iterations * regression);
    }
    double probing = 0;
    if (const auto& probe = settings.kernel_probe) {
        const double rows = real(probe->rows(data.train.classes)),
                     kinds = (probe->clean ? 1 : 0) + (probe->corrupted ? 1 : 0);
        probing = kinds * rows * rows * (pixels + real(run.width * run.depth) + rows);
    }
    return images * real(settings.epochs) * (3 * forward + overhead) + probing;
}

namespace detail {

template <class Json>
Json fingerprint(const Dataset& data) {
    const auto checksum = [](const auto& values) {
        return crc32_of({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(*values.data())});
    };
    return {
        {"shape", {data.size(), data.channels(), data.height(), data.width()}},
        {"classes", data.classes},
        {"crc32", {data.has_floats() ? checksum(*data.float_images) : checksum(data.images), checksum(data.labels)}}};
}

template <class Json>
Json json_of(const Optimizer& optimizer) {
    return std::visit(
        [](const auto& rule) -> Json {
            if constexpr (std::is_same_v<std::decay_t<decltype(rule)>, Sgd>)
                return {
                    {"name", "sgd"}, {"lr", rule.lr}, {"momentum", rule.momentum}, {"weight_decay", rule.weight_decay}};
            else
                return {{"name", "adam"},      {"lr", rule.lr},   {"beta1", rule.beta1},
                        {"beta2", rule.beta2}, {"eps", rule.eps}, {"weight_decay", rule.weight_decay}};
        },
        optimizer);
}
template <class Json>
Json json_of(const BaselineOptions& classical) {
    return {{"rbm_n_iter", classical.rbm_n_iter},
            {"learning_rate", classical.learning_rate},
            {"batch_size", classical.batch_size},
            {"cd_k", classical.cd_k},
            {"persistent", classical.persistent},
            {"classifier_max_iter", classical.classifier_max_iter},
            {"ridge", classical.ridge}};
}
template <class Json>
Json json_of(const KernelProbe& probe) {
    return {{"subset", probe.subset},
            {"output", std::string(ntk_output_names[static_cast<std::size_t>(probe.output)])},
            {"clean", probe.clean},
            {"corrupted", probe.corrupted}};
}

}  // namespace detail

/// All that numbers of a run depend on beside its key, for the journal: settings, a checksum of the data, the version;
/// a probe of kernels only where there is one.
template <class Json = nlohmann::ordered_json>
Json accuracy_configuration(const ExperimentSettings& settings, const TrainTest& data) {
    Json json{{"body", "accuracy"},
              {"pstar", PSTAR_VERSION},
              {"epochs", settings.epochs},
              {"optimizer", detail::json_of<Json>(settings.optimizer)},
              {"loss", std::string(loss_names[static_cast<std::size_t>(settings.loss)])},
              {"classical", detail::json_of<Json>(settings.baseline)},
              {"noise", settings.noise == Noise::common ? "common" : "independent"},
              {"test_clean", settings.test_clean},
              {"test_corrupted", settings.test_corrupted},
              {"seed", settings.seed.value},
              {"train", detail::fingerprint<Json>(data.train)},
              {"test", detail::fingerprint<Json>(data.test)}};
    if (const auto& probe = settings.kernel_probe) json["kernel_probe"] = detail::json_of<Json>(*probe);
    return json;
}

/// Runs the whole grid (`sweep`), long runs first unless `options.costs` says otherwise; adaptive repeats watch the
/// accuracies unless `options.repeat_rule` watches something else. The data are held once.
template <class Scalar = float>
std::vector<Outcome<RunResult>> sweep_accuracy(const Grid<RunKey>& grid, const ExperimentSettings& settings,
                                               const TrainTest& data, SweepOptions<RunResult> options = {}) {
    if (options.costs.empty())
        for (std::size_t point = 0; point < grid.points(); ++point)
            options.costs.push_back(expected_cost(grid[point * grid.repeats()], settings, data));
    if (!options.repeat_rule.watch)
        options.repeat_rule.watch = [&settings](const RunResult& result) {
            std::vector<double> watched;
            if (settings.test_clean) watched.push_back(result.test_accuracy);
            if (settings.test_corrupted) watched.push_back(result.test_accuracy_corrupted);
            return watched;
        };
    return sweep(
        grid, [&](const RunKey& run) { return run_accuracy<Scalar>(run, settings, data); }, options);
}

}  // namespace pstar
