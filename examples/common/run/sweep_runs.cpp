#include "common/run/sweep_runs.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <pstar/experiment/experiment_grid.hpp>
#include <pstar/sweep/process.hpp>

#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/run/progress.hpp"

namespace study {
namespace {

/// The enumerator whose name is `word`; the command line has checked that there is one.
template <class Enum>
Enum named(std::string_view word, std::span<const std::string_view> names) {
    return static_cast<Enum>(std::ranges::find(names, word) - names.begin());
}

SweepSetup setup_of(const Flags& flags, std::vector<double> costs) {
    SweepSetup setup{.shard = flags.shard.value_or(pstar::Shard{}),
                     .costs = std::move(costs),
                     .retry_failed = flags.retry_failed,
                     .stop = pstar::interrupted};
    if (flags.repeats.is_adaptive() && !has_rounds(flags)) {
        setup.least_repeats = flags.repeats.least;
        setup.until_error = flags.repeats.until_error;
    }
    return setup;
}

/// What of a sweep is left to do while it runs, for the progress bar.
class WorkLeft {
public:
    WorkLeft(const Grid& grid, const Flags& flags, const std::vector<double>& costs)
        : repeats_(grid.repeats()),
          costs_(costs),
          mean_cost_(std::reduce(costs_.begin(), costs_.end()) / static_cast<double>(costs_.size())),
          known_(known_runs(grid, flags, costs)),
          may_grow_(flags.repeats.is_adaptive() || has_rounds(flags) || flags.refinement) {}

    double cost(std::size_t index) const { return costs_[index / repeats_]; }
    Progress::State start(const std::vector<bool>& ended) {
        for (std::size_t i = 0; i < ended.size(); ++i) {
            if (ended[i]) {
                ++done_;
            } else if (known_[i]) {
                ++to_do_;
                cost_left_ += cost(i);
            }
        }
        total_ = done_ + to_do_;
        return state();
    }
    Progress::State ended(std::size_t index, std::size_t done, std::size_t total) {
        cost_left_ -= cost(index);
        if (total > total_) cost_left_ += static_cast<double>(total - total_) * mean_cost_;  // whichever they are
        total_ = total;
        done_ = done;
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

std::string what_ran(const pstar::RunKey& run, const Flags& flags) {
    return fmt::format("{}, {} = {:g}", network_name(flags, run), strength_symbol(flags), run.strength);
}

void add_variations(const VariationFlags& flags, pstar::ExperimentSettings& settings) {
    if (flags.is_fresh()) {
        settings.training_subset = pstar::TrainingSubset::fresh;
        settings.seeds_per_subset = flags.seeds_per_subset;
    }
    for (const auto& channel : flags.test_channel)
        for (const double strength : flags.test_strength)
            if (channel == "additive" || strength <= 1) settings.transfer.push_back({channel, strength});
    settings.decisions_at = flags.decisions_at;
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
                           .chains = flags.rbm->chains,
                           .temperatures = flags.rbm->temperatures,
                           .centred = flags.rbm->centred,
                           .final_rate = flags.rbm->final_rate,
                           .classifier_max_iter = flags.rbm->classifier_max_iter};
    if (is_kernel(flags.arch)) result.baseline.ridge = flags.ridge;
    if (flags.kernel)
        result.kernel_probe = {.subset = flags.kernel->subset,
                               .output = flags.kernel->output == "full"    ? pstar::NtkOutput::full
                                         : flags.kernel->output == "trace" ? pstar::NtkOutput::trace
                                                                           : pstar::NtkOutput::true_class,
                               .clean = flags.kernel->inputs != "corrupted",
                               .corrupted = flags.kernel->inputs != "clean"};
    if (flags.variations) add_variations(*flags.variations, result);
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
                               .strengths = all_strengths(flags),
                               .widths = flags.width,
                               .depths = flags.depth,
                               .activations = activations_of(flags),
                               .train_samples = flags.train,
                               .batch_sizes = flags.batch_size,
                               .repeats = flags.repeats.most};
    if (const auto& set = flags.variations) {
        axes.samples_per_class = set->samples_per_class;
        axes.clean_fractions = set->clean_fraction;
        axes.clean_per_class = set->clean_per_class;
        axes.clean_only = set->clean_only;
        axes.label_noises = set->label_noise;
    }
    for (const auto activation : axes.activations)
        for (auto spec : flags.networks) {
            spec.activation = activation;
            axes.specs.push_back(std::move(spec));
        }
    return axes.grid(0, flags.variations ? flags.variations->classes : 0);
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
    const bool has_seed_rounds = has_rounds(flags) && flags.repeats.least < flags.repeats.most;
    if (!has_seed_rounds && !flags.refinement) return known;
    const auto first = flags.refinement ? flags.strength : first_strengths(design_of(flags));
    for (std::size_t i = 0; i < grid.size(); ++i)
        known[i] = known[i] && std::ranges::binary_search(first, grid[i].strength);
    return known;
}

void run_all(Store& store, const Flags& flags, StudyRuns& runs, const Workers& workers) {
    pstar::catch_interrupts();
    const auto& grid = store.grid();
    const auto costs = runs.costs(grid);
    WorkLeft left(grid, flags, costs);
    std::optional<Progress> progress;
    auto setup = setup_of(flags, costs);
    setup.executor = workers.executor(grid.size());
    setup.on_start = [&](const std::vector<bool>& ended) {
        const auto start = left.start(ended);
        if (start.done > 0)
            note("{} of {}{} runs are in {} already.\n", start.done, start.may_grow ? "at least " : "", start.total,
                 store.journal().path().string());
        progress.emplace(start, [&] { return runs.so_far(); });
    };
    setup.on_run = [&](std::size_t index, std::size_t done, std::size_t total) {
        progress->ended(left.cost(index), left.ended(index, done, total), [&] { return what_ran(grid[index], flags); });
    };
    runs.run(store, setup);
}

void take_part(const Grid& grid, const Flags& flags, const StudyRuns& runs, const Workers& workers) {
    pstar::catch_interrupts();
    auto setup = setup_of(flags, runs.costs(grid));
    setup.executor = workers.executor(grid.size());
    runs.take_part(grid, setup);
}

std::size_t collect(Store& store, const Flags& flags, StudyRuns& runs) {
    return runs.collect(store, setup_of(flags, runs.costs(store.grid())));
}

}  // namespace study
