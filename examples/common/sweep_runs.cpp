#include "sweep_runs.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include <pstar/sweep/accuracy_sweep.hpp>

#include "interrupt.hpp"
#include "progress.hpp"

namespace study {
namespace {

/// The enumerator whose name is `word`; the command line has checked that there is one.
template <class Enum>
Enum named(std::string_view word, std::span<const std::string_view> names) {
    return static_cast<Enum>(std::ranges::find(names, word) - names.begin());
}

}  // namespace

pstar::CorruptionMode corruption_of(const Flags& flags) {
    if (flags.channel == "additive") return pstar::CorruptionMode::additive;
    return flags.channel == "binary" ? pstar::CorruptionMode::binary_replacement : pstar::CorruptionMode::replacement;
}

std::vector<pstar::Activation> activations_of(const Flags& flags) {
    std::vector<pstar::Activation> result;
    for (const auto& word : flags.activation) result.push_back(named<pstar::Activation>(word, pstar::activation_names));
    return result;
}

std::vector<pstar::TestImages> test_images_of(const Flags& flags) {
    std::vector<pstar::TestImages> result;
    if (flags.evaluate != "corrupted") result.push_back(pstar::TestImages::clean);
    if (flags.evaluate != "clean") result.push_back(pstar::TestImages::corrupted);
    return result;
}

pstar::AccuracySettings settings_of_runs(const Flags& flags) {
    pstar::AccuracySettings result{.epochs = flags.epochs,
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
    return result;
}

pstar::Grid<pstar::AccuracyRun> grid_of(const Flags& flags) {
    return pstar::AccuracyGrid{.activations = activations_of(flags),
                               .widths = flags.width,
                               .depths = {flags.depth},
                               .train_samples = {flags.train.value()},
                               .batch_sizes = {flags.batch_size},
                               .corruptions = {corruption_of(flags)},
                               .strengths = flags.strength,
                               .repeats = flags.repeats}
        .grid();
}

Outcomes run_all(const pstar::Grid<pstar::AccuracyRun>& grid, const Flags& flags, const pstar::TrainTest& data) {
    std::vector<double> costs;
    for (const auto& run : grid.runs()) costs.push_back(pstar::expected_cost(run, data));
    catch_interrupts();
    Progress progress(costs);
    return pstar::sweep_accuracy(grid, settings_of_runs(flags), data,
                                 {.threads = flags.threads,
                                  .stop = interrupted,
                                  .on_run = [&](const pstar::RunEnded<pstar::AccuracyResult>& ended) {
                                      const auto run = grid[ended.index];
                                      progress.done(ended.index,
                                                    fmt::format("{} width {} {} = {:g}", to_string(run.activation),
                                                                run.width, strength_symbol(flags), run.strength));
                                  }});
}

std::size_t runs_at_once(const Flags& flags, std::size_t count) {
    return pstar::thread_count(flags.threads, count);
}

Tally tally(const Outcomes& outcomes) {
    Tally result;
    for (const auto& outcome : outcomes) {
        if (outcome.skipped()) {
            ++result.skipped;
        } else if (!outcome.value) {
            if (result.failed++ == 0) result.first_error = outcome.error;
        } else if (outcome.value->status == pstar::TrainStatus::diverged) {
            ++result.diverged;
        } else {
            ++result.finished;
        }
    }
    return result;
}

std::string strength_symbol(const Flags& flags) {
    return flags.channel == "additive" ? "sigma" : "p";
}

}  // namespace study
