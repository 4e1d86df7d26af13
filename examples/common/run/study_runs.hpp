#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/experiment/run_cost.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/run_store.hpp>
#include <pstar/sweep/sweep.hpp>

namespace study {

using Grid = pstar::Grid<pstar::RunKey>;
using Store = pstar::RunStore<pstar::RunKey>;

/// How the runs ended.
struct Tally {
    std::size_t finished = 0, diverged = 0, failed = 0, skipped = 0;
    std::string first_error;  ///< of a failed one

    std::size_t ended() const { return finished + diverged + failed; }
};

/// `pstar::SweepOptions` but for the type of a result.
struct SweepSetup {
    pstar::Executor executor = {};
    pstar::Shard shard = {};
    std::vector<double> costs = {};
    std::size_t least_repeats = 0;  ///< of adaptive repeats; 0: all repeats
    double until_error = 0;
    bool retry_failed = false;
    std::function<bool()> stop = {};
    std::function<void(const std::vector<bool>& ended)> on_start = {};
    std::function<void(std::size_t index, std::size_t done, std::size_t total)> on_run = {};
};

/// The runs of a study, whatever one of them results in. Keeps the outcomes.
class StudyRuns {
public:
    virtual ~StudyRuns() = default;

    /// All that the numbers depend on beside the keys, for the journal.
    virtual nlohmann::ordered_json configuration() const = 0;
    /// What the points of the grid cost, in any unit.
    virtual std::vector<double> costs(const Grid& grid) const = 0;
    /// What a run will take on this host, from a measurement of about `seconds`.
    virtual pstar::RunCost measure_cost(const pstar::RunKey& run, double seconds) const = 0;

    /// Does the runs that the store does not have.
    virtual void run(Store& store, const SweepSetup& setup) = 0;
    /// Takes the outcomes from the store; returns how many runs are missing, as far as is known.
    virtual std::size_t collect(Store& store, const SweepSetup& setup) = 0;
    /// The part of a process that is not the root in the `run` of the root.
    virtual void take_part(const Grid& grid, const SweepSetup& setup) const = 0;

    virtual Tally tally() const = 0;
    /// Of each run, whether it has finished, and did not diverge.
    virtual std::vector<bool> finished() const = 0;
    /// What the outcomes say so far, for the progress bar; empty where they say nothing yet.
    virtual std::string so_far() const { return {}; }
};

/// Runs that each give a `Result`.
template <class Result>
class RunsOf : public StudyRuns {
public:
    using Outcomes = std::vector<pstar::Outcome<Result>>;
    using Options = pstar::SweepOptions<Result>;

    void run(Store& store, const SweepSetup& setup) final {
        auto options = options_of(setup);
        choose_runs(options);
        options.on_start = [&](const auto outcomes) {
            std::vector<bool> ended;
            for (std::size_t i = 0; i < outcomes.size(); ++i) {
                ended.push_back(!outcomes[i].skipped());
                if (outcomes[i].value) watch(store.grid()[i], *outcomes[i].value);
            }
            if (setup.on_start) setup.on_start(ended);
        };
        options.on_run = [&](const pstar::RunEnded<Result>& run) {
            if (run.outcome.value) watch(store.grid()[run.index], *run.outcome.value);
            if (setup.on_run) setup.on_run(run.index, run.done, run.total);
        };
        outcomes_ = sweep(store.grid(), store.sweep_options(std::move(options)));
        store.add_seconds(outcomes_);
    }
    std::size_t collect(Store& store, const SweepSetup& setup) final {
        std::size_t missing = 0;
        auto options = options_of(setup);
        choose_runs(options);
        options.journal = &store.journal();
        options.stop = {};
        options.retry_failed = false;
        options.executor = pstar::count_missing(missing);
        outcomes_ = sweep(store.grid(), options);
        store.add_seconds(outcomes_);
        return missing;
    }
    void take_part(const Grid& grid, const SweepSetup& setup) const final { sweep(grid, options_of(setup)); }

    Tally tally() const final {
        Tally result;
        for (const auto& outcome : outcomes_) {
            if (outcome.skipped()) {
                ++result.skipped;
            } else if (!outcome.value) {
                if (result.failed++ == 0) result.first_error = outcome.error;
            } else if (!pstar::usable(outcome)) {
                ++result.diverged;
            } else {
                ++result.finished;
            }
        }
        return result;
    }
    std::vector<bool> finished() const final {
        std::vector<bool> result;
        for (const auto& outcome : outcomes_) result.push_back(pstar::usable(outcome) != nullptr);
        return result;
    }
    const Outcomes& outcomes() const { return outcomes_; }

private:
    virtual Outcomes sweep(const Grid& grid, const Options& options) const = 0;
    /// Sets `next_round` of the options where runs are chosen round by round.
    virtual void choose_runs(Options&) {}
    /// A run has ended, or was in the journal.
    virtual void watch(const pstar::RunKey&, const Result&) {}

    static Options options_of(const SweepSetup& setup) {
        Options options{.executor = setup.executor,
                        .shard = setup.shard,
                        .costs = setup.costs,
                        .retry_failed = setup.retry_failed,
                        .stop = setup.stop};
        if (setup.least_repeats > 0) {
            options.repeat_rule.minimum = setup.least_repeats;
            options.repeat_rule.until_error = setup.until_error;
        }
        return options;
    }

    Outcomes outcomes_;
};

}  // namespace study
