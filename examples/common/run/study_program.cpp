#include "common/run/study_program.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <pstar/core/threads.hpp>
#include <pstar/experiment/ntk_model.hpp>
#include <pstar/experiment/saved_network.hpp>
#include <pstar/sweep/process.hpp>

#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/stored_runs.hpp"
#include "common/run/study_data.hpp"

namespace study {
namespace {

/// A study that is being done by this process.
class Running {
public:
    Running(const StudyProgram& program, const Flags& flags, const pstar::Experiment& experiment,
            const Workers& workers)
        : program_(program),
          flags_(flags),
          experiment_(experiment),
          workers_(workers),
          study_(program.begin(flags, experiment)) {}

    /// Claims the folder.
    void open() {
        kept_.emplace(program_.name, flags_, runs());
        if (flags_.save_networks) std::filesystem::create_directories(kept_->folder() / "networks");
    }
    StudyRuns& runs() const { return study_->runs(); }

    /// Does the study, or `--merge`; returns the exit status.
    int run() {
        if (flags_.merge) {
            const auto missing = kept_->collect();
            return missing > 0 ? leave_partial(missing, 1) : write_results();
        }
        note("{} at once, {} training and {} test images -> {}\n",
             counted(workers_.runs_at_once(kept_->grid().size()), "run"), experiment_.training_images(),
             experiment_.data.test.size(), kept_->folder().path().string());
        kept_->run(workers_);
        if (flags_.save_networks) say_unsaved();
        if (pstar::interrupted())
            if (const auto missing = kept_->collect(); missing > 0) return leave_partial(missing, 130);
        return flags_.shard ? end_part() : write_results();
    }

private:
    /// Runs that were there before have left no network.
    void say_unsaved() const {
        std::size_t missing = 0;
        const auto folder = kept_->folder() / "networks";
        const auto finished = runs().finished();
        for (std::size_t i = 0; i < finished.size(); ++i) {
            const auto run = kept_->grid()[i];
            const bool is_network = run.model == "mlp" || run.model == "cnn";
            missing += finished[i] && is_network && !std::filesystem::exists(folder / pstar::network_file_name(run));
        }
        if (missing > 0)
            complain(
                "{} left no network in {}: they were done without --save-networks. In another --out all are trained "
                "and kept.\n",
                counted(missing, "run"), folder.string());
    }

    /// Tables, figures and report of all runs.
    int write_results() const {
        const auto& out = kept_->folder();
        study_->write_tables(out);
        return conclude(out, {.study = program_.name,
                              .found = study_->tell(out),
                              .runs = runs().tally(),
                              .table = program_.table,
                              .as_json = flags_.json});
    }

    /// What is left behind when runs are missing: those that are there, and how to go on.
    int leave_partial(std::size_t missing, int code) const {
        const auto& out = kept_->folder();
        const auto done = runs().tally().ended();
        if (!flags_.shard && !out.was_complete()) {
            study_->write_tables(out);
            out.set_state(pstar::RunState::partial);
        }
        complain("{}{} of {}{} are done and safe in {}. {}\n  {}\n", code == 130 ? "Interrupted: " : "", done,
                 flags_.repeats.is_adaptive() ? "at least " : "", counted(done + missing, "run"),
                 kept_->journal().string(),
                 code == 130 ? "To go on:" : "This does the others:", typed_again(flags_, workers_, {"--merge"}, {}));
        return code;
    }

    /// The end of a part of the study that ran alone.
    int end_part() const {
        const auto ended = runs().tally();
        kept_->folder().set_state(pstar::RunState::partial);
        note("This part is done: {} in {}.\nWhen all parts are, this puts them together:\n  {}\n",
             counted(ended.ended(), "run"), kept_->journal().string(),
             typed_again(flags_, workers_, {"--shard"}, {"--merge"}));
        if (ended.failed > 0) complain("{} failed: {}\n", counted(ended.failed, "run"), ended.first_error);
        return ended.failed == 0 ? 0 : 1;
    }

    const StudyProgram& program_;
    const Flags& flags_;
    const pstar::Experiment& experiment_;
    const Workers& workers_;
    std::unique_ptr<Study> study_;
    std::optional<StoredRuns> kept_;
};

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
    if (is_kernel(flags.arch)) {
        const auto images = largest_training_set(flags);
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

int take_part_or_lead(const StudyProgram& program, Flags flags, const Workers& workers) {
    pstar::Experiment experiment;
    std::optional<Running> running;
    const bool prepared = workers.all_prepared([&] {
        auto images = load_data(flags, program.streams);
        experiment = experiment_of(flags, std::move(images.data));
        experiment.stream = std::move(images.stream);
        if (program.choose_networks) program.choose_networks(flags, experiment);
        if (!flags.merge)
            check_kernels(flags, experiment.data,
                          std::max<std::size_t>(1, workers.runs_at_once(grid_of(flags).size()) / workers.processes()));
        running.emplace(program, flags, experiment, workers);
        if (workers.is_root() && !flags.dry_run) running->open();
        const auto at_once = workers.runs_at_once(grid_of(flags).size()) / workers.processes();
        if (2 * at_once <= pstar::available_cores()) experiment.prefetch = 4;  // some megabytes
        if (!flags.merge && !flags.dry_run) experiment.checkpoints = std::filesystem::path(flags.out) / "checkpoints";
        if (flags.save_networks) experiment.save_networks = std::filesystem::path(flags.out) / "networks";
    });
    if (!prepared) return 0;  // the root says why, and ends with its code
    if (flags.dry_run) {
        if (workers.is_root()) estimate_cost(program.name, flags, running->runs(), workers);
        return 0;
    }
    if (workers.is_root()) return running->run();
    if (!flags.merge) take_part(grid_of(flags), flags, running->runs(), workers);
    return 0;
}

}  // namespace

int run_study_program(int argc, char** argv, const Flags& defaults, const StudyProgram& program) {
    const auto parsed = parse_flags(argc, argv, defaults, program.description, program.example);
    if (parsed.exit_code) return *parsed.exit_code;
    return guarded_main(program.name, [&] {
        quiet() = parsed.flags.quiet;
        const Workers workers(parsed.flags, argc, argv);
        return take_part_or_lead(program, grown(program.name, parsed.flags), workers);
    });
}

}  // namespace study
