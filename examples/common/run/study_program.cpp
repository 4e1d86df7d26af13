#include "common/run/study_program.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/fit_tables.hpp>
#include <pstar/experiment/ntk_model.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/tables.hpp>
#include <pstar/sweep/process.hpp>

#include "common/cli/flags.hpp"
#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/stored_runs.hpp"
#include "common/run/study_data.hpp"
#include "common/run/workers.hpp"

namespace study {
namespace {

pstar::Results results_of(const pstar::Experiment& experiment, const Grid& grid, Outcomes outcomes) {
    return {experiment.settings, grid.runs(), std::move(outcomes), experiment.data.train.classes,
            experiment.data.test.size()};
}

void write_tables(const OutputFolder& out, const pstar::Results& results) {
    pstar::write_runs_csv(out / "runs.csv", results);
    pstar::write_summary_csv(out / "summary.csv", pstar::summarise(results));
}

/// Tables, figures and report of all runs.
int write_results(const CurveStudy& study, const OutputFolder& out, const Flags& flags,
                  const pstar::Experiment& experiment, const Grid& grid, Outcomes outcomes) {
    const auto ended = tally(outcomes);
    const auto results = results_of(experiment, grid, std::move(outcomes));
    write_tables(out, results);
    const auto curves = pstar::fit_curves(results, pstar::family_named(flags.curves->family),
                                          pstar::stuck_networks_named(flags.curves->stuck));
    pstar::write_fits_csv(out / "fits.csv", curves);

    const CurveStory story{flags, experiment.data, ended, results, curves, command_of(study.name, flags), can_draw()};
    return conclude(out, ended, study.tell(story, out));
}

/// What is left behind when runs are missing: those that are there, and how to go on.
int leave_partial(const StoredRuns& kept, const Flags& flags, const pstar::Experiment& experiment,
                  const Workers& workers, const Collected& collected, int code) {
    const auto& out = kept.folder();
    const auto done = tally(collected.outcomes).ended();
    const auto total = done + collected.missing;
    if (!flags.shard && !out.was_complete()) {
        write_tables(out, results_of(experiment, kept.grid(), collected.outcomes));
        out.set_state(pstar::RunState::partial);
    }
    note("{}{} of {}{} are done and safe in {}. {}\n  {}\n", code == 130 ? "Interrupted: " : "", done,
         flags.repeats.is_adaptive() ? "at least " : "", counted(total, "run"), kept.journal().string(),
         code == 130 ? "To go on:" : "This does the others:", typed_again(flags, workers, {"--merge"}, {}));
    return code;
}

/// The end of a part of the study that ran alone.
int end_part(const StoredRuns& kept, const Flags& flags, const Workers& workers, const Outcomes& outcomes) {
    const auto ended = tally(outcomes);
    kept.folder().set_state(pstar::RunState::partial);
    note("This part is done: {} in {}.\nWhen all parts are, this puts them together:\n  {}\n",
         counted(ended.ended(), "run"), kept.journal().string(), typed_again(flags, workers, {"--shard"}, {"--merge"}));
    if (ended.failed > 0) note("{} failed: {}\n", counted(ended.failed, "run"), ended.first_error);
    return ended.failed == 0 ? 0 : 1;
}

int run_study(const CurveStudy& study, StoredRuns& kept, const Flags& flags, const pstar::Experiment& experiment,
              const Workers& workers) {
    if (flags.merge) {
        const auto collected = kept.collect();
        if (collected.missing > 0) return leave_partial(kept, flags, experiment, workers, collected, 1);
        return write_results(study, kept.folder(), flags, experiment, kept.grid(), collected.outcomes);
    }
    note("{} at once, {} training and {} test images -> {}\n", counted(workers.runs_at_once(kept.grid().size()), "run"),
         experiment.data.train.size(), experiment.data.test.size(), kept.folder().path().string());
    const auto outcomes = kept.run(workers);
    if (pstar::interrupted())
        if (const auto collected = kept.collect(); collected.missing > 0)
            return leave_partial(kept, flags, experiment, workers, collected, 130);
    if (flags.shard) return end_part(kept, flags, workers, outcomes);
    return write_results(study, kept.folder(), flags, experiment, kept.grid(), outcomes);
}

void check_fits(double kernel, std::size_t at_once, const std::string& flag, std::size_t images) {
    const double memory = pstar::host_memory(), needed = kernel * static_cast<double>(at_once);
    if (needed <= memory) return;
    throw UsageError(
        fmt::format("--{} {}: the kernel between all of them takes {}{}, this host has {}; ask for fewer{}", flag,
                    images, bytes(kernel), at_once > 1 ? fmt::format(", {} at once {}", at_once, bytes(needed)) : "",
                    bytes(memory), at_once > 1 ? ", or --threads 1" : ""));
}

/// Throws `UsageError` where the kernels that the flags ask for cannot be: of more images than there are, or those of
/// `at_once` runs larger than the memory of this host.
void check_kernels(const Flags& flags, const pstar::TrainTest& data, std::size_t at_once) {
    if (flags.arch == "ntk") {
        const auto images = std::ranges::max(flags.train);
        check_fits(pstar::ntk_bytes(images, data.train.pixels()), at_once, "n-train-samples", images);
    }
    if (const auto probe = settings_of_runs(flags).kernel_probe) {
        if (probe->subset > data.test.size())
            throw UsageError(fmt::format("--subset {}: there are only {} test images; ask for fewer", probe->subset,
                                         data.test.size()));
        const auto rows = static_cast<double>(probe->rows(data.train.classes));
        check_fits(4 * sizeof(double) * rows * rows, at_once, "subset", probe->subset);
    }
}

int take_part_or_lead(const CurveStudy& study, Flags flags, const Workers& workers) {
    pstar::Experiment experiment;
    std::optional<StoredRuns> kept;
    const bool prepared = workers.all_prepared([&] {
        auto data = load_data(flags);
        experiment = experiment_of(flags, std::move(data));
        if (study.choose_networks) study.choose_networks(flags, experiment);
        if (!flags.merge)
            check_kernels(flags, experiment.data,
                          std::max<std::size_t>(1, workers.runs_at_once(grid_of(flags).size()) / workers.processes()));
        if (workers.is_root() && !flags.dry_run) kept.emplace(study.name, flags, experiment);
    });
    if (!prepared) return 0;  // the root says why, and ends with its code
    if (flags.dry_run) {
        if (workers.is_root()) estimate_cost(study.name, flags, experiment, workers);
        return 0;
    }
    if (workers.is_root()) return run_study(study, *kept, flags, experiment, workers);
    if (!flags.merge) take_part(grid_of(flags), flags, experiment, workers);
    return 0;
}

}  // namespace

int run_curve_study(int argc, char** argv, const Flags& defaults, const CurveStudy& study) {
    auto with_curves = defaults;
    with_curves.curves.emplace();
    const auto parsed = parse_flags(argc, argv, with_curves, study.description, study.example);
    if (parsed.exit_code) return *parsed.exit_code;
    return guarded_main(study.name, [&] {
        const Workers workers(parsed.flags, argc, argv);
        return take_part_or_lead(study, grown(study.name, parsed.flags), workers);
    });
}

}  // namespace study
