#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/sweep/detail/run_record.hpp>
#include <pstar/sweep/executor.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/journal.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/repeats.hpp>
#include <pstar/sweep/schedule.hpp>

namespace pstar {

/// A run that has just ended.
template <class Result>
struct RunEnded {
    std::size_t index;  ///< of the run
    std::size_t done;   ///< runs that have ended, including this one and those of the journal
    std::size_t total;  ///< runs that are to be done in all, as far as is known by now: adaptive repeats may add some
    const Outcome<Result>& outcome;
};

/// How a sweep is done.
template <class Result>
struct SweepOptions {
    std::size_t threads = 0;              ///< runs at a time; 0: one per core
    Executor executor = {};               ///< where runs are done; empty: in `threads` threads of this process
    Journal* journal = nullptr;           ///< keeps the outcomes, for later starts; null: nothing is kept
    Shard shard = {};                     ///< the part of the grid that is run here; default: all
    RepeatRule<Result> repeat_rule = {};  ///< how many of the grid's repeats a point gets; default: all
    /// Runs round by round, in place of the whole grid: which runs of the grid round 0, 1, ... has, given the outcomes
    /// of all runs; empty: there are no more rounds. Must be a pure function of the outcomes of the rounds before (the
    /// journal may have others): then neither the executor nor interruptions change what is run. Called at the start
    /// of a round, from 0 on for every sweep. Not together with shards or adaptive repeats.
    std::function<std::vector<std::size_t>(std::size_t round, std::span<const Outcome<Result>>)> next_round = {};
    std::vector<double> costs = {};  ///< of the grid's points, in any unit: long runs start first; empty: all the same
    bool retry_failed = false;       ///< runs that failed, as the journal says, are done again
    std::function<bool()> stop =
        {};  ///< called before every run: true ends the sweep when the runs in flight have ended
    /// Called once before the first run, with the outcomes that the journal has; the others are skipped.
    std::function<void(std::span<const Outcome<Result>>)> on_start = {};
    /// Called after every run, by one thread at a time.
    std::function<void(const RunEnded<Result>&)> on_run = {};
    /// Called with a sentence for everything that is wrong in the journal.
    std::function<void(const std::string&)> on_note = {};
};

namespace detail {

/// A sweep that is being done.
template <class Run, class Body, class Result>
class RunningSweep {
public:
    RunningSweep(const Grid<Run>& grid, const Body& body, const SweepOptions<Result>& options)
        : grid_(grid), body_(body), options_(options), outcomes_(grid.size()), schedule_(schedule_options()) {
        options_.repeat_rule.validate();
        if (options_.journal) restore();
        schedule_.start();
    }

    std::vector<Outcome<Result>> run() {
        if (options_.on_start) options_.on_start(outcomes_);
        const Work work{
            .next = [this] { return options_.stop && options_.stop() ? Turn{Turn::end} : schedule_.next(); },
            .run = [this](std::size_t index) { return describe(index); },
            .ended = [this](std::size_t index, const std::string& text) { ended(index, text); }};
        if (options_.executor)
            options_.executor(work);
        else
            run_on_threads(work, thread_count(options_.threads, grid_.size()));
        if (options_.journal) options_.journal->flush();
        return std::move(outcomes_);
    }

private:
    Schedule::Options schedule_options() {
        const bool adaptive = options_.repeat_rule.is_adaptive(grid_.repeats());
        require(!options_.next_round || !adaptive, "sweep", "repeat_rule.minimum", options_.repeat_rule.minimum,
                "be 0 with next_round");
        Schedule::Options schedule{
            .points = grid_.points(),
            .repeats = grid_.repeats(),
            .minimum = adaptive ? options_.repeat_rule.minimum : grid_.repeats(),
            .costs = options_.costs,
            .shard = options_.shard,
            .error =
                [this](std::size_t point, std::size_t n) {
                    return options_.repeat_rule.error(std::span(outcomes_).subspan(point * grid_.repeats(), n));
                },
            .wanted =
                [this](std::size_t n, double error) {
                    return repeats_wanted(n, error, options_.repeat_rule.until_error, grid_.repeats());
                }};
        if (options_.next_round)
            schedule.next_round = [this](std::size_t round) { return options_.next_round(round, outcomes_); };
        return schedule;
    }

    /// Does the run, in any thread or process. Returns its outcome and duration as text.
    std::string describe(std::size_t index) const {
        using Clock = std::chrono::steady_clock;
        const auto start = Clock::now();
        auto json = outcome_to_json(attempt<Result>([&] { return body_(grid_[index]); }));
        json["seconds"] = std::chrono::duration<double>(Clock::now() - start).count();
        return json.dump(-1, ' ', false, RecordJson::error_handler_t::replace);
    }
    void ended(std::size_t index, const std::string& text) {
        auto json = RecordJson::parse(text);
        outcomes_[index] = outcome_from_json<Result>(json);
        outcomes_[index].seconds = json["seconds"];
        json.erase("seconds");  // the journal has only what is the same each time
        if (options_.journal) {
            RecordJson record{{"run", grid_.key(grid_[index])}};
            record.update(json);
            options_.journal->append(std::move(record));
        }
        schedule_.ended(index);
        ++done_;
        if (options_.on_run) options_.on_run({index, done_, restored_ + schedule_.known(), outcomes_[index]});
    }

    void note(const std::string& text) const {
        if (options_.on_note) options_.on_note(text);
    }
    /// Reads from the journal the outcomes of runs of this grid.
    void restore() {
        for (const auto& text : options_.journal->notes()) note(text);
        std::unordered_map<std::string, std::size_t> places;
        for (std::size_t i = 0; i < grid_.size(); ++i) places.emplace(grid_.key(grid_[i]).dump(), i);
        options_.journal->for_each([&](const RecordJson& record, std::size_t line) {
            const auto found = places.find(record.value("run", RecordJson()).dump());
            if (found != places.end()) take_over(found->second, record, line);
        });
        for (std::size_t i = 0; i < outcomes_.size(); ++i)
            if (!outcomes_[i].skipped()) {
                schedule_.skip(i);
                ++restored_;
            }
        done_ = restored_;
    }
    void take_over(std::size_t index, const RecordJson& record, std::size_t line) {
        const auto where = "line " + std::to_string(line) + " of " + options_.journal->path().string();
        auto& known = outcomes_[index];
        Outcome<Result> outcome;
        try {
            outcome = outcome_from_json<Result>(record);
        } catch (const std::exception& error) {
            return note(where + " does not hold a result (" + error.what() + "); its run is done again");
        }
        const bool failed = !outcome.value;
        if (failed && options_.retry_failed) return;
        if (known.skipped() || (!known.value && !failed))  // a run that failed may have been done again
            known = std::move(outcome);
        else if (!failed)
            note(where + (outcome_to_json(known) == outcome_to_json(outcome)
                              ? " repeats an earlier one; it counts once"
                              : " has another result for the run of an earlier one; the first one counts"));
    }

    const Grid<Run>& grid_;
    const Body& body_;
    const SweepOptions<Result>& options_;
    std::vector<Outcome<Result>> outcomes_;
    Schedule schedule_;
    std::size_t restored_ = 0, done_ = 0;
};

}  // namespace detail

/// Calls `body(run)` for every run of the grid and returns the outcomes, in the order of the grid.
///
/// `body` must be a pure function of the run: it takes randomness from the repeat (`repeat_seed`), shares data by
/// reference, and starts no threads. Then the outcomes depend neither on the executor nor on interruptions. If a run
/// throws, its message is recorded and the other runs continue; a result that `has_diverged` is recorded with that
/// status. `Result` is a number, a range of numbers, or any type with nlohmann's `to_json` and `from_json`.
///
/// With a journal, every outcome is appended when its run ends, {"run": key, "status", "result" or "error"}, and runs
/// that it has already are not done again. Throws `std::invalid_argument` for options that are not valid,
/// `std::system_error` if the journal cannot be written (its records stay good). What the callbacks throw passes
/// through.
template <class Run, class Body>
auto sweep(const Grid<Run>& grid, const Body& body,
           const SweepOptions<std::invoke_result_t<const Body&, const Run&>>& options = {}) {
    return detail::RunningSweep<Run, Body, std::invoke_result_t<const Body&, const Run&>>(grid, body, options).run();
}

}  // namespace pstar
