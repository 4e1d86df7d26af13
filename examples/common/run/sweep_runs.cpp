#include "common/run/sweep_runs.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <pstar/experiment/analysis/running_midpoint.hpp>
#include <pstar/experiment/experiment_grid.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/sweep/process.hpp>

#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/run/progress.hpp"

namespace study {
namespace {

using Options = pstar::SweepOptions<pstar::RunResult>;

/// The enumerator whose name is `word`; the command line has checked that there is one.
template <class Enum>
Enum named(std::string_view word, std::span<const std::string_view> names) {
    return static_cast<Enum>(std::ranges::find(names, word) - names.begin());
}

Options options_of(const Flags& flags, std::vector<double> costs) {
    Options options{.shard = flags.shard.value_or(pstar::Shard{}),
                    .costs = std::move(costs),
                    .retry_failed = flags.retry_failed,
                    .stop = pstar::interrupted};
    if (flags.repeats.is_adaptive()) {
        options.repeat_rule.minimum = flags.repeats.least;
        options.repeat_rule.until_error = flags.repeats.until_error;
    }
    return options;
}

/// What of a sweep is left to do while it runs, for the progress bar.
class WorkLeft {
public:
    WorkLeft(const Grid& grid, const Flags& flags, const std::vector<double>& costs)
        : repeats_(grid.repeats()),
          costs_(costs),
          mean_cost_(std::reduce(costs_.begin(), costs_.end()) / static_cast<double>(costs_.size())),
          known_(known_runs(grid, flags, costs)),
          may_grow_(flags.repeats.is_adaptive()) {}

    double cost(std::size_t index) const { return costs_[index / repeats_]; }
    Progress::State start(std::span<const pstar::Outcome<pstar::RunResult>> outcomes) {
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            if (!outcomes[i].skipped()) {
                ++done_;
            } else if (known_[i]) {
                ++to_do_;
                cost_left_ += cost(i);
            }
        }
        total_ = done_ + to_do_;
        return state();
    }
    Progress::State ended(const pstar::RunEnded<pstar::RunResult>& run) {
        cost_left_ -= cost(run.index);
        if (run.total > total_)
            cost_left_ += static_cast<double>(run.total - total_) * mean_cost_;  // whichever they are
        total_ = run.total;
        done_ = run.done;
        return state();
    }

private:
    Progress::State state() const {
        return {.done = done_, .total = total_, .cost_left = std::max(0.0, cost_left_), .may_grow = may_grow_};
    }

    std::size_t repeats_;
    std::vector<double> costs_;
    double mean_cost_;
    std::vector<bool> known_;
    bool may_grow_;
    std::size_t done_ = 0, to_do_ = 0, total_ = 0;
    double cost_left_ = 0;
};

/// A run of the network that takes longest.
pstar::RunKey largest(const Grid& grid, const std::vector<double>& costs) {
    const auto point = static_cast<std::size_t>(std::ranges::max_element(costs) - costs.begin());
    return grid[point * grid.repeats()];
}

/// p* while a study runs: the fit of one curve, that of the largest network, to the runs so far.
class RunningEstimate {
public:
    RunningEstimate(const Grid& grid, const Flags& flags, const pstar::Experiment& experiment,
                    const std::vector<double>& costs)
        : midpoint_({.run = largest(grid, costs),
                     .images = test_images_of(flags)[0],
                     .classes = experiment.data.train.classes,
                     .test_images = experiment.data.test.size()}),
          name_(network_name(flags, midpoint_.run())),
          symbol_(strength_symbol(flags)) {}

    /// Takes the run into account if it lies on the curve.
    void add(const pstar::RunKey& run, const pstar::RunResult& result) { midpoint_.add(run, result); }
    /// `p* 0.83 [0.81, 0.85] (relu, width 256)`; empty as long as the midpoint is not identified.
    std::string text() const {
        const auto p_star = midpoint_.estimate();
        return p_star ? fmt::format("{}* {} ({})", symbol_, in_words(*p_star), name_) : std::string();
    }

private:
    pstar::RunningMidpoint midpoint_;
    std::string name_, symbol_;
};

std::string what_ran(const pstar::RunKey& run, const Flags& flags) {
    return fmt::format("{}, {} = {:g}", network_name(flags, run), strength_symbol(flags), run.strength);
}

}  // namespace

std::vector<pstar::Activation> activations_of(const Flags& flags) {
    std::vector<pstar::Activation> result;
    for (const auto& word : flags.activation) result.push_back(pstar::activation_named(word));
    return result;
}

std::vector<pstar::TestImages> test_images_of(const Flags& flags) {
    std::vector<pstar::TestImages> result;
    if (flags.evaluate != "corrupted") result.push_back(pstar::TestImages::clean);
    if (flags.evaluate != "clean") result.push_back(pstar::TestImages::corrupted);
    return result;
}

pstar::ExperimentSettings settings_of_runs(const Flags& flags) {
    pstar::ExperimentSettings result{
        .epochs = flags.epochs,
        .loss = named<pstar::Loss>(flags.loss, pstar::loss_names),
        .noise = flags.noise == "common" ? pstar::Noise::common : pstar::Noise::independent,
        .test_clean = flags.evaluate != "corrupted",
        .test_corrupted = flags.evaluate != "clean",
        .seed = pstar::Seed{flags.seed}};
    if (flags.optimizer == "sgd")
        result.optimizer =
            pstar::Sgd{.lr = flags.learning_rate, .momentum = flags.momentum, .weight_decay = flags.weight_decay};
    else
        result.optimizer = pstar::Adam{.lr = flags.learning_rate, .weight_decay = flags.weight_decay};
    if (flags.rbm)
        result.baseline = {.rbm_n_iter = flags.rbm->n_iter,
                           .learning_rate = flags.rbm->learning_rate,
                           .batch_size = flags.rbm->batch_size,
                           .cd_k = flags.rbm->cd_k,
                           .persistent = flags.rbm->persistent,
                           .classifier_max_iter = flags.rbm->classifier_max_iter};
    if (flags.arch == "ntk") result.baseline.ridge = flags.ridge;
    if (flags.kernel)
        result.kernel_probe = {.subset = flags.kernel->subset,
                               .output = flags.kernel->output == "full"    ? pstar::NtkOutput::full
                                         : flags.kernel->output == "trace" ? pstar::NtkOutput::trace
                                                                           : pstar::NtkOutput::true_class,
                               .clean = flags.kernel->inputs != "corrupted",
                               .corrupted = flags.kernel->inputs != "clean"};
    return result;
}

std::string strength_symbol(const Flags& flags) {
    return flags.channel == "additive" ? "sigma" : "p";
}

pstar::Experiment experiment_of(const Flags& flags, pstar::TrainTest data) {
    return {.data = std::move(data), .settings = settings_of_runs(flags)};
}

Grid grid_of(const Flags& flags) {
    pstar::ExperimentGrid axes{.models = {flags.arch},
                               .corruptions = {flags.channel},
                               .strengths = flags.strength,
                               .widths = flags.width,
                               .depths = flags.depth,
                               .activations = activations_of(flags),
                               .train_samples = flags.train,
                               .batch_sizes = flags.batch_size,
                               .repeats = flags.repeats.most};
    for (const auto activation : axes.activations)
        for (auto spec : flags.networks) {
            spec.activation = activation;
            axes.specs.push_back(std::move(spec));
        }
    return axes.grid();
}

std::vector<bool> known_runs(const Grid& grid, const Flags& flags, const std::vector<double>& costs) {
    const pstar::Schedule schedule({.points = grid.points(),
                                    .repeats = grid.repeats(),
                                    .minimum = flags.repeats.least,
                                    .costs = costs,
                                    .shard = flags.shard.value_or(pstar::Shard{})});
    std::vector<bool> known(grid.size());
    for (std::size_t i = 0; i < grid.size(); ++i)
        known[i] = schedule.is_ours(i) && i % grid.repeats() < flags.repeats.least;
    return known;
}

Outcomes run_all(Store& store, const Flags& flags, const pstar::Experiment& experiment, const Workers& workers) {
    pstar::catch_interrupts();
    const auto& grid = store.grid();
    const auto costs = pstar::expected_costs(experiment, grid);
    WorkLeft left(grid, flags, costs);
    RunningEstimate estimate(grid, flags, experiment, costs);
    std::optional<Progress> progress;
    auto options = options_of(flags, costs);
    options.executor = workers.executor(grid.size());
    options.on_start = [&](const auto outcomes) {
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (outcomes[i].value) estimate.add(grid[i], *outcomes[i].value);
        const auto start = left.start(outcomes);
        if (start.done > 0)
            note("{} of {}{} runs are in {} already.\n", start.done, start.may_grow ? "at least " : "", start.total,
                 store.journal().path().string());
        progress.emplace(start, [&] { return estimate.text(); });
    };
    options.on_run = [&](const pstar::RunEnded<pstar::RunResult>& run) {
        const auto key = grid[run.index];
        if (run.outcome.value) estimate.add(key, *run.outcome.value);
        progress->ended(left.cost(run.index), left.ended(run), [&] { return what_ran(key, flags); });
    };
    auto outcomes = pstar::run(experiment, grid, store.sweep_options(std::move(options))).outcomes;
    store.add_seconds(outcomes);
    return outcomes;
}

void take_part(const Grid& grid, const Flags& flags, const pstar::Experiment& experiment, const Workers& workers) {
    pstar::catch_interrupts();
    auto options = options_of(flags, pstar::expected_costs(experiment, grid));
    options.executor = workers.executor(grid.size());
    pstar::run(experiment, grid, options);
}

Collected collect(Store& store, const Flags& flags, const pstar::Experiment& experiment) {
    Collected result;
    auto options = options_of(flags, pstar::expected_costs(experiment, store.grid()));
    options.journal = &store.journal();
    options.stop = {};
    options.retry_failed = false;
    options.executor = pstar::count_missing(result.missing);
    result.outcomes = pstar::run(experiment, store.grid(), options).outcomes;
    store.add_seconds(result.outcomes);
    return result;
}

}  // namespace study
