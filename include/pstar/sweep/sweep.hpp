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

/// The sweep: every run of a grid, once, whatever happens on the way.
namespace pstar {

/// A run that has just ended.
template <class Result>
struct RunEnded {
    std::size_t index;  ///< of the run
    std::size_t done;   ///< how many have ended, this one and those of the journal included
    std::size_t total;  ///< how many there are to be, as far as is known by now: adaptive repeats may add some
    const Outcome<Result>& outcome;
};

template <class Result>
struct SweepOptions {
    std::size_t threads = 0;              ///< runs at a time; 0: one a core
    Executor executor = {};               ///< who runs them; empty: `threads` threads of this process
    Journal* journal = nullptr;           ///< where outcomes are kept, and found again; null: nowhere
    Shard shard = {};                     ///< the part of the grid that is run here
    RepeatRule<Result> repeat_rule = {};  ///< how many of the grid's repeats a point gets
    std::vector<double> costs = {};       ///< of the grid's points, in any unit: long runs start first; empty: alike
    bool retry_failed = false;            ///< runs again what the journal says has failed
    std::function<bool()> stop = {};      ///< asked before every run: true lets those in flight finish and ends
    /// Called once before the first run, with the outcomes the journal has, the others skipped.
    std::function<void(std::span<const Outcome<Result>>)> on_start = {};
    /// Called after every run, by one thread at a time.
    std::function<void(const RunEnded<Result>&)> on_run = {};
    /// Called with a sentence for everything amiss in the journal.
    std::function<void(const std::string&)> on_note = {};
};

namespace detail {

/// A sweep under way.
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
        return {.points = grid_.points(),
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
    }

    /// The run, in whatever thread or process: its outcome and the seconds it took, as text.
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
        json.erase("seconds");  // the journal holds what depends on key and seed alone
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
    /// Takes over the outcomes that the journal has of runs of this grid.
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

/// Calls `body(run)` for every run of the grid and returns what became of each, in the grid's order.
///
/// `body` must be a pure function of the run: take randomness from the repeat (`repeat_seed`), share data by reference,
/// start no threads. Then the result depends neither on the executor nor on how often the sweep was interrupted. A run
/// that throws is recorded with its message and the others go on; one whose result `has_diverged` is recorded as such.
/// `Result` is a number, a range of numbers, or any type with nlohmann's `to_json` and `from_json`.
///
/// With a journal, every outcome is appended as it comes, {"run": key, "status", "result" or "error"}, and what it
/// holds already is not run again. Throws `std::invalid_argument` for options that do not fit, `std::system_error` if
/// the journal cannot be written (what it holds stays good); what the callbacks throw passes through.
template <class Run, class Body>
auto sweep(const Grid<Run>& grid, const Body& body,
           const SweepOptions<std::invoke_result_t<const Body&, const Run&>>& options = {}) {
    return detail::RunningSweep<Run, Body, std::invoke_result_t<const Body&, const Run&>>(grid, body, options).run();
}

}  // namespace pstar
