/// Which images will fail? Trains networks on corrupted images, predicts from clean margins and their gradients alone
/// which test images each misclassifies when they are corrupted, and compares the predictions with many draws of the
/// corruption. `--help` lists the flags.
#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include <pstar/experiment/analysis/margin_prediction.hpp>
#include <pstar/experiment/analysis/margin_prediction_json.hpp>
#include <pstar/experiment/analysis/prediction_tables.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/sweep/process.hpp>
#include <pstar/sweep/repeats.hpp>
#include <pstar/sweep/run_store.hpp>

#include "common/cli/flags.hpp"
#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/progress.hpp"
#include "common/run/stored_runs.hpp"
#include "common/run/study_data.hpp"
#include "prediction_figures.hpp"
#include "prediction_report.hpp"

namespace {

using namespace study;

const std::string program = "margin_prediction";

using Predictions = std::vector<pstar::Outcome<pstar::MarginPrediction>>;
using Options = pstar::SweepOptions<pstar::MarginPrediction>;

/// One kind of network, a fixed number of seeds, all runs in one go.
void check_flags(const Flags& flags) {
    const auto one = [](const char* flag, const auto& values) {
        if (values.size() > 1)
            throw UsageError(fmt::format("{}: this study takes one value; run it again for others", flag));
    };
    one("--n-train-samples", flags.train);
    one("--width", flags.width);
    one("--depth", flags.depth);
    one("--activation", flags.activation);
    one("--batch-size", flags.batch_size);
    if (flags.repeats.is_adaptive()) throw UsageError("--repeats: this study takes a fixed number of seeds");
    if (flags.evaluate != "corrupted")
        throw UsageError("--evaluation: this study compares clean margins with corrupted images; leave it out");
    if (flags.shard || flags.merge || flags.dry_run)
        throw UsageError("--shard, --merge and --dry-run: this study is short and runs in one go; leave them out");
}

/// The strengths at which every network is measured beside its own: some from near 0 to the largest, and the strengths
/// of training.
std::vector<double> other_strengths(const Flags& flags) {
    const double end = flags.channel == "additive" ? 2 * std::ranges::max(flags.strength) : 1;
    std::vector<double> strengths;
    for (const double share : {0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0})
        strengths.push_back(end * share);
    for (const double strength : flags.strength)
        if (strength > 0) strengths.push_back(strength);
    std::ranges::sort(strengths);
    const auto equal = [](double a, double b) { return b - a < 1e-9; };
    strengths.erase(std::unique(strengths.begin(), strengths.end(), equal), strengths.end());
    return strengths;
}

nlohmann::ordered_json configuration_of(const Flags& flags, const pstar::Experiment& experiment) {
    auto configuration = pstar::configuration(experiment);
    configuration["body"] = program;
    configuration["draws"] = *flags.draws;
    configuration["elsewhere"] = other_strengths(flags);
    return configuration;
}

/// Trains the network of one run and predicts its failures.
pstar::MarginPrediction predict(const pstar::RunKey& run, const Flags& flags, const pstar::Experiment& experiment) {
    const auto& settings = experiment.settings;
    const auto seed = pstar::repeat_seed(settings.seed, run.repeat);
    const pstar::TrainOptions training{.epochs = settings.epochs,
                                       .batch_size = run.batch_size,
                                       .optimizer = settings.optimizer,
                                       .loss = settings.loss.built_in(),
                                       .seed = seed.value,
                                       .noise = settings.noise};
    const pstar::MarginPredictionOptions options{
        .draws = *flags.draws, .elsewhere = other_strengths(flags), .seed = seed.value, .noise = settings.noise};
    return pstar::with_network(run.spec(), experiment.data.train, seed, [&](auto& net) {
        return pstar::train_and_predict(net, experiment.data, experiment.corruptions.at(run.corruption), run.strength,
                                        training, options);
    });
}

/// What a sweep calls for every run, and how it is run.
auto body_of(const Flags& flags, const pstar::Experiment& experiment) {
    return [&](const pstar::RunKey& run) { return predict(run, flags, experiment); };
}
Options options_of(const Flags& flags, const Workers& workers, std::size_t runs) {
    pstar::catch_interrupts();
    return {.executor = workers.executor(runs), .retry_failed = flags.retry_failed, .stop = pstar::interrupted};
}

/// The sweep with a progress bar.
Predictions predict_all(Store& store, const Flags& flags, const pstar::Experiment& experiment, const Workers& workers) {
    std::optional<Progress> progress;
    auto options = options_of(flags, workers, store.grid().size());
    const auto state = [](std::size_t done, std::size_t total) {
        return Progress::State{.done = done, .total = total, .cost_left = static_cast<double>(total - done)};
    };
    options.on_start = [&](const auto outcomes) {
        const auto done = outcomes.size() - tally(Predictions(outcomes.begin(), outcomes.end())).skipped;
        if (done > 0)
            note("{} of {} runs are in {} already.\n", done, outcomes.size(), store.journal().path().string());
        progress.emplace(state(done, outcomes.size()), [] { return std::string(); });
    };
    options.on_run = [&](const pstar::RunEnded<pstar::MarginPrediction>& run) {
        progress->ended(1, state(run.done, run.total), [&] {
            return fmt::format("{} = {:g}", strength_symbol(flags), store.grid()[run.index].strength);
        });
    };
    return store.run(body_of(flags, experiment), std::move(options));
}

/// Writes tables, figures and report of all runs.
int write_results(const OutputFolder& out, const Flags& flags, const Predictions& outcomes) {
    const auto ended = tally(outcomes);
    const auto summaries = pstar::summarise_predictions(outcomes, flags.repeats.most);
    const auto symbol = strength_symbol(flags);
    pstar::write_prediction_tables(out.path(), symbol, summaries);
    const PredictionResults results{flags, ended, summaries, command_of(program, flags), can_draw()};
    if (results.has_figures && !summaries.empty()) draw_prediction_figures(out, symbol, summaries);
    write_report(results, out);
    return conclude(out, ended, findings(results));
}

int run_study(Store& store, const Flags& flags, const pstar::Experiment& experiment, const Workers& workers) {
    const auto& out = store.folder();
    const auto runs = store.grid().size();
    note("{} at once, {} training and {} test images, {} of each -> {}\n", counted(workers.runs_at_once(runs), "run"),
         experiment.data.train.size(), experiment.data.test.size(), counted(*flags.draws, "draw"), out.path().string());
    const auto outcomes = predict_all(store, flags, experiment, workers);
    if (const auto ended = tally(outcomes); ended.skipped > 0) {
        out.set_state(pstar::RunState::partial);
        note("Interrupted: {} of {} are done and safe in {}. To go on:\n  {}\n", ended.ended(), counted(runs, "run"),
             store.journal().path().string(), typed_again(flags, workers));
        return 130;
    }
    return write_results(out, flags, outcomes);
}

int take_part_or_lead(Flags flags, const Workers& workers) {
    pstar::Experiment experiment;
    std::optional<Store> store;
    const bool prepared = workers.all_prepared([&] {
        check_flags(flags);
        auto data = load_data(flags);
        experiment = experiment_of(flags, std::move(data));
        if (!workers.is_root()) return;
        store.emplace(grid_of(flags),
                      pstar::RunStoreOptions{.folder = folder_options(program, flags),
                                             .configuration = configuration_of(flags, experiment),
                                             .on_note = [](const std::string& finding) { note("{}.\n", finding); }});
    });
    if (!prepared) return 0;  // the root says why, and ends with its code
    if (workers.is_root()) return run_study(*store, flags, experiment, workers);
    const auto grid = grid_of(flags);
    pstar::sweep(grid, body_of(flags, experiment), options_of(flags, workers, grid.size()));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Flags defaults;
    defaults.out = "pstar-out/margin_prediction";
    defaults.strength = {0.3, 0.6, 0.8};
    defaults.width = {256};
    defaults.test = 2'000;
    defaults.draws = 100;
    defaults.repeats = {5, 5};
    defaults.evaluate = "corrupted";
    defaults.in_one_go = true;
    const auto parsed =
        parse_flags(argc, argv, defaults, "Predicts which images fail from clean margins, and measures it.",
                    program + " --data mnist --strength 0.3,0.6,0.8 --draws 100 --out mnist-margins");
    if (parsed.exit_code) return *parsed.exit_code;
    return guarded_main(program, [&] {
        const Workers workers(parsed.flags, argc, argv);
        return take_part_or_lead(parsed.flags, workers);
    });
}
