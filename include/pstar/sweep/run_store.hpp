#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/error.hpp>
#include <pstar/sweep/detail/timings.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/journal.hpp>
#include <pstar/sweep/journal_files.hpp>
#include <pstar/sweep/merge_journals.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/run_folder.hpp>
#include <pstar/sweep/schedule.hpp>
#include <pstar/sweep/sweep.hpp>

namespace pstar {

/// Where a store keeps its runs, and which of them are its own.
struct RunStoreOptions {
    RunFolderOptions folder;  ///< where, the name of the sweep, and what decides its numbers
    /// Of the journal: all that the numbers of a run depend on, except its key. Null: `folder.settings`.
    nlohmann::ordered_json configuration = {};
    std::optional<Shard> shard = {};  ///< the part of the grid that is run here; none: all
    /// Journals, or folders with journals, whose records are taken over at the start. Empty: those of shards in the
    /// folder. A shard takes over nothing.
    std::vector<std::filesystem::path> merge = {};
    JournalLock lock = JournalLock::required;  ///< of journals, see there
    std::function<void(const std::string&)> on_note =
        {};  ///< called with a sentence for all that is wrong in a journal

    void validate() const {
        folder.validate();
        if (shard) shard->validate();
        require(!shard || merge.empty(), "RunStoreOptions", "merge.size()", merge.size(), "be 0 for a shard");
    }
};

/// What is recorded of a sweep, and how many runs are missing: for adaptive repeats, as far as is known by now.
template <class Result>
struct CollectedRuns {
    std::vector<Outcome<Result>> outcomes;  ///< in the order of the grid; skipped if not recorded
    std::size_t missing = 0;
};

/// A sweep with its results in a folder of their own, so that it can be killed, started again, and run in parts:
///
///     pstar::RunStore store(grid, {.folder = {.path = "out", .name = "my_sweep", .settings = {{"epochs", 5}}}});
///     const auto outcomes = store.run(body);  // does the runs that are missing
///     ...                                     // write tables to store.folder() / "runs.csv"
///     store.finish();
///
/// The folder has `config.json` (`RunFolder`), `journal.jsonl` with the outcome of every run (`Journal`), and
/// `timings.csv` with the seconds that each took. A shard has a journal of its own, `journal.3-of-8.jsonl`, so that all
/// shards may run at the same time; a store without a shard takes those journals over.
///
/// Under MPI only the root has a store; the other ranks call `sweep` with the same executor.
template <class Run>
class RunStore {
public:
    /// Claims the folder and opens the journal. Throws, having changed no result, `RunFolderError` if the folder holds
    /// another sweep or cannot be written; `DataError` if a journal has another configuration, is open in another
    /// process, or if there is none at a path of `merge`; `std::system_error` if a file cannot be written.
    RunStore(Grid<Run> grid, RunStoreOptions options)
        : grid_(std::move(grid)),
          options_(std::move(options)),
          folder_(claimed_folder(options_)),
          journal_(journal_path(folder_.path(), options_.shard), configuration(), options_.lock),
          timings_(timings_path(journal_.path()), grid_.key(grid_[0])) {
        folder_.set_state(RunState::running);
        if (!options_.shard) take_over();
    }
    RunStore(const RunStore&) = delete;
    RunStore& operator=(const RunStore&) = delete;

    /// The runs it is for.
    const Grid<Run>& grid() const { return grid_; }
    /// The folder.
    const RunFolder& folder() const { return folder_; }
    /// The journal.
    Journal& journal() { return journal_; }
    /// The journal, to read.
    const Journal& journal() const { return journal_; }
    /// What was taken over from other journals.
    const MergedJournals& merged() const { return merged_; }

    /// Does the runs that the journal does not have (`sweep`), and returns the outcomes of all, in the order of the
    /// grid. Journal and shard of `options` are those of the store.
    template <class Body>
    auto run(const Body& body, SweepOptions<std::invoke_result_t<const Body&, const Run&>> options = {}) {
        bool stopped = false;
        if (options.stop)
            options.stop = [&stopped, stop = std::move(options.stop)] { return stopped = stopped || stop(); };
        options = sweep_options(std::move(options));
        auto outcomes = sweep(grid_, body, options);
        add_seconds(outcomes);
        const bool failed =
            std::ranges::any_of(outcomes, [](const auto& outcome) { return !outcome.value && !outcome.skipped(); });
        is_done_ = !options_.shard && !failed && (!stopped || collect(std::move(options)).missing == 0);
        return outcomes;
    }
    /// What the journal has. Nothing is run.
    template <class Result>
    CollectedRuns<Result> collect(SweepOptions<Result> options = {}) {
        CollectedRuns<Result> collected;
        options.journal = &journal_;
        options.shard = options_.shard.value_or(Shard{});
        options.retry_failed = false;
        options.executor = count_missing(collected.missing);
        options.stop = {};
        options.on_start = {};
        options.on_note = {};
        const auto none = [](const Run&) -> Result { throw std::logic_error("RunStore::collect: a run was begun"); };
        collected.outcomes = sweep(grid_, none, options);
        add_seconds(collected.outcomes);
        return collected;
    }
    /// Writes the final state to `config.json`: complete if `run` has left nothing out and no run failed; else, and for
    /// a shard, partial. To be called when the results are written.
    void finish() const { folder_.set_state(is_done_ ? RunState::complete : RunState::partial); }

    /// For a sweep that is not started by `run`: the options with the journal, the shard and the notes of the store;
    /// `on_run` also keeps the seconds. They refer to the store.
    template <class Result>
    SweepOptions<Result> sweep_options(SweepOptions<Result> options) {
        options.journal = &journal_;
        options.shard = options_.shard.value_or(Shard{});
        if (!options.on_note) options.on_note = options_.on_note;
        options.on_run = [this, on_run = std::move(options.on_run)](const RunEnded<Result>& ended) {
            if (!options_.shard) folder_.reopen();
            timings_.add(grid_.key(grid_[ended.index]), ended.outcome.seconds);
            if (on_run) on_run(ended);
        };
        return options;
    }
    /// Gives the outcomes that were read from the journal the seconds that they took when they were run.
    template <class Result>
    void add_seconds(std::vector<Outcome<Result>>& outcomes) const {
        std::unordered_map<std::string, std::size_t> index_of;  // by key
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (!outcomes[i].skipped() && std::isnan(outcomes[i].seconds))
                index_of.emplace(detail::timing_line(grid_.key(grid_[i])), i);
        if (index_of.empty()) return;
        detail::for_each_timing(detail::files_named(folder_.path(), "timings.", "csv"),
                                [&](const std::string& key, double seconds) {
                                    if (const auto found = index_of.find(key); found != index_of.end())
                                        outcomes[found->second].seconds = seconds;
                                });
    }

private:
    static RunFolder claimed_folder(const RunStoreOptions& options) {
        options.validate();
        RunFolder folder(options.folder);
        for (const auto& path : options.merge)
            if (find_journals(path).empty())
                throw DataError("RunStore: there is no journal at '" + path.string() + "'");
        folder.make();
        return folder;
    }
    const nlohmann::ordered_json& configuration() const {
        return options_.configuration.is_null() ? options_.folder.settings : options_.configuration;
    }
    void take_over() {
        std::vector<std::filesystem::path> others;
        if (options_.merge.empty()) others = shard_journals(folder_.path());
        for (const auto& path : options_.merge) {
            const auto found = find_journals(path);
            others.insert(others.end(), found.begin(), found.end());
        }
        std::error_code unreadable;
        std::erase_if(
            others, [&](const auto& other) { return std::filesystem::equivalent(other, journal_.path(), unreadable); });
        if (others.empty()) return;
        merged_ = merge_journals(journal_, others);
        if (options_.on_note)
            for (const auto& note : merged_.notes) options_.on_note(note);
        if (merged_.added == 0) return;
        for (const auto& other : others) {
            const auto folder = std::filesystem::absolute(other).parent_path();
            if (!std::filesystem::equivalent(folder, folder_.path(), unreadable)) timings_.add_all(timings_path(other));
        }
    }

    Grid<Run> grid_;
    RunStoreOptions options_;
    RunFolder folder_;
    Journal journal_;
    detail::Timings timings_;
    MergedJournals merged_;
    bool is_done_ = false;
};

}  // namespace pstar
