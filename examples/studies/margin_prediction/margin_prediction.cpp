/// Which images will fail? Trains networks on corrupted images, predicts from clean margins and their gradients alone
/// which test images each misclassifies when they are corrupted, and compares the predictions with many draws of the
/// corruption. `--help` lists the flags.
#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include <pstar/experiment/analysis/prediction_tables.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/sweep/journal_files.hpp>

#include "common/cli/command_line.hpp"
#include "common/cli/guarded_main.hpp"
#include "common/cli/interrupt.hpp"
#include "common/cli/text.hpp"
#include "common/cli/usage_error.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/progress.hpp"
#include "common/run/stored_runs.hpp"
#include "common/run/study_data.hpp"
#include "predict_run.hpp"
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
    one("--train", flags.train);
    one("--width", flags.width);
    one("--depth", flags.depth);
    one("--activation", flags.activation);
    one("--batch-size", flags.batch_size);
    if (flags.repeats.is_adaptive()) throw UsageError("--repeats: this study takes a fixed number of seeds");
    if (flags.evaluate != "corrupted")
        throw UsageError("--evaluate: this study compares clean margins with corrupted images; leave it out");
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

nlohmann::ordered_json configuration_of(const Flags& flags, const pstar::TrainTest& data) {
    auto configuration = pstar::configuration(experiment_of(flags, data));
    configuration["body"] = program;
    configuration["draws"] = *flags.draws;
    configuration["elsewhere"] = other_strengths(flags);
    return configuration;
}

/// The whole sweep, or this process's part in it.
Predictions predict_all(const Flags& flags, const pstar::TrainTest& data, Options options) {
    catch_interrupts();
    options.retry_failed = flags.retry_failed;
    options.stop = interrupted;
    const auto settings = settings_of_runs(flags);
    const pstar::MarginPredictionOptions prediction{.draws = *flags.draws, .elsewhere = other_strengths(flags)};
    return pstar::sweep(
        grid_of(flags), [&](const pstar::RunKey& run) { return predict_run(run, settings, data, prediction); },
        options);
}

/// The sweep with its journal and a progress bar.
Predictions predict_all(const Flags& flags, const pstar::TrainTest& data, const Workers& workers,
                        pstar::Journal& journal) {
    const auto grid = grid_of(flags);
    std::optional<Progress> progress;
    Options options{.executor = workers.executor(), .journal = &journal};
    const auto state = [](std::size_t done, std::size_t total) {
        return Progress::State{.done = done, .total = total, .cost_left = static_cast<double>(total - done)};
    };
    options.on_note = [](const std::string& note) { fmt::print(stderr, "{}.\n", note); };
    options.on_start = [&](const auto outcomes) {
        const auto done = static_cast<std::size_t>(
            std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome.skipped(); }));
        if (done > 0)
            fmt::print(stderr, "{} of {} runs are in {} already.\n", done, grid.size(), journal.path().string());
        progress.emplace(state(done, grid.size()), [] { return std::string(); });
    };
    options.on_run = [&](const pstar::RunEnded<pstar::MarginPrediction>& run) {
        progress->ended(1, state(run.done, run.total),
                        [&] { return fmt::format("{} = {:g}", strength_symbol(flags), grid[run.index].strength); });
    };
    return predict_all(flags, data, std::move(options));
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

int run_study(const OutputFolder& out, pstar::Journal& journal, const Flags& flags, const pstar::TrainTest& data,
              const Workers& workers) {
    const auto runs = grid_of(flags).size();
    fmt::print(stderr, "{} at once, {} training and {} test images, {} of each -> {}\n",
               counted(workers.runs_at_once(runs), "run"), data.train.size(), data.test.size(),
               counted(*flags.draws, "draw"), out.path().string());
    const auto outcomes = predict_all(flags, data, workers, journal);
    if (const auto ended = tally(outcomes); ended.skipped > 0) {
        out.set_state(pstar::RunState::partial);
        fmt::print(stderr, "Interrupted: {} of {} are done and safe in {}. To go on:\n  {}\n", ended.ended(),
                   counted(runs, "run"), journal.path().string(), typed_again(flags, workers));
        return 130;
    }
    return write_results(out, flags, outcomes);
}

int take_part_or_lead(Flags flags, const Workers& workers) {
    pstar::TrainTest data;
    std::optional<OutputFolder> out;
    std::optional<pstar::Journal> journal;
    const bool prepared = workers.all_prepared([&] {
        check_flags(flags);
        data = load_data(flags);
        if (!workers.is_root()) return;
        out.emplace(folder_options(program, flags));
        out->make();
        journal.emplace(pstar::journal_path(out->path()), configuration_of(flags, data));
        out->set_state(pstar::RunState::running);
    });
    if (!prepared) return 0;  // the root says why, and ends with its code
    if (workers.is_root()) return run_study(*out, *journal, flags, data, workers);
    predict_all(flags, data, {.executor = workers.executor()});
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
