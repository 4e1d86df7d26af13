#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/sweep/executor.hpp>

namespace pstar {

/// Part `index` of `count` parts of a sweep, for an array of jobs. `index` counts modulo `count`, so that arrays may
/// start at 0 or at 1.
struct Shard {
    std::size_t index = 0, count = 1;  ///< `count` at least 1

    void validate() const {
        require(count >= 1, "Shard", "count", count, "be at least 1");
        require(index <= count, "Shard", "index", index, "lie in 0..count or 1..count");
    }
};

/// Decides which run is next. First come the repeats that every point has: repeat 0 of all points, then repeat 1 of all
/// points, ..., so that the whole range of a sweep is seen early. Within a repeat the points that cost most come first,
/// so that no long run is left for the end. Then come more repeats, one by one, of the point with the largest error.
///
/// With `next_round` it is that which says what is run, round by round: a round begins when all runs of the one before
/// have ended, so that a round may depend on their outcomes, and never on the order in which they ended.
class Schedule {
public:
    /// What there is to do.
    struct Options {
        std::size_t points = 0, repeats = 1;  ///< of the grid
        std::size_t minimum = 1;              ///< repeats of every point, at most `repeats`
        std::vector<double> costs = {};       ///< of the points, in any unit; empty: all cost the same
        Shard shard = {};                     ///< gets every count-th run; if minimum < repeats, every count-th point
        /// The error of a point after its first n repeats, and the number of repeats that it should have then. Not
        /// needed if minimum = repeats.
        std::function<double(std::size_t point, std::size_t n)> error = {};
        /// How many repeats a point wants that has n of them and that standard error.
        std::function<std::size_t(std::size_t n, double error)> wanted = {};
        /// The runs of a round; rounds count from 0. Empty: there are no more. Not together with shards.
        std::function<std::vector<std::size_t>(std::size_t round)> next_round = {};
    };

    /// Throws std::invalid_argument for options that do not fit together.
    explicit Schedule(Options options)
        : options_(std::move(options)), states_(options_.points * options_.repeats, State::not_ours) {
        options_.shard.validate();
        require(!options_.next_round || options_.shard.count == 1, "Schedule", "shard.count", options_.shard.count,
                "be 1: a round follows from the results of all runs");
        require(options_.costs.empty() || options_.costs.size() == options_.points, "Schedule", "costs.size()",
                options_.costs.size(), "be the number of points");
        order_.resize(options_.points);
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        if (!options_.costs.empty())
            std::stable_sort(order_.begin(), order_.end(),
                             [&](std::size_t a, std::size_t b) { return options_.costs[a] > options_.costs[b]; });
        wanted_.assign(options_.points, options_.minimum);
        errors_.assign(options_.points, 0.0);
        for (std::size_t turn = 0; turn < options_.points * options_.repeats; ++turn) {
            const auto dealt = is_adaptive() ? turn % options_.points : turn;
            if (dealt % options_.shard.count == options_.shard.index % options_.shard.count)
                states_[run_of(turn)] = State::open;
        }
        if (options_.next_round) return;
        for (std::size_t turn = 0; turn < options_.points * options_.minimum; ++turn)
            if (states_[run_of(turn)] == State::open) ++known_;
    }

    /// Says that the outcome of run `index` is known already. To be called before `start`.
    void skip(std::size_t index) {
        if (!options_.next_round && states_[index] == State::open && index % options_.repeats < options_.minimum)
            --known_;
        states_[index] = State::ended;
    }
    /// To be called once, after all calls of `skip` and before the first `next`.
    void start() {
        if (options_.next_round) return;
        for (std::size_t point = 0; point < options_.points; ++point) look_at(point);
    }

    /// What to do next: a run, wait for others, or end.
    Turn next() {
        if (options_.next_round) return next_of_round();
        for (; turn_ < options_.points * options_.minimum; ++turn_)
            if (const auto index = run_of(turn_); states_[index] == State::open) return begin(index);
        if (const auto point = widest()) return begin(first_open(*point));
        return {in_flight_ > 0 && is_adaptive() ? Turn::wait : Turn::end};
    }
    /// Says that a run has ended.
    void ended(std::size_t index) {
        states_[index] = State::ended;
        --in_flight_;
        if (!options_.next_round) look_at(index / options_.repeats);
    }

    /// Number of runs that are to be done, without those skipped, as far as is known by now.
    std::size_t known() const { return known_; }
    /// Number of repeats of the point that are wanted by now, in whatever shard.
    std::size_t wanted(std::size_t point) const { return wanted_[point]; }
    /// Whether the run belongs to this shard.
    bool is_ours(std::size_t index) const { return states_[index] != State::not_ours; }

private:
    enum class State : unsigned char { not_ours, open, running, ended };

    bool is_adaptive() const { return options_.minimum < options_.repeats; }
    /// The run at position `turn` of the order: repeat 0 of all points, repeat 1 of all points, ...
    std::size_t run_of(std::size_t turn) const {
        return order_[turn % options_.points] * options_.repeats + turn / options_.points;
    }
    Turn begin(std::size_t index) {
        states_[index] = State::running;
        ++in_flight_;
        return {Turn::run, index};
    }
    Turn next_of_round() {
        while (true) {
            for (; turn_ < round_.size(); ++turn_)
                if (states_[round_[turn_]] == State::open) return begin(round_[turn_]);
            if (in_flight_ > 0) return {Turn::wait};
            if (over_) return {Turn::end};
            round_ = options_.next_round(rounds_++);
            turn_ = 0;
            over_ = round_.empty();
            for (const auto index : round_) {
                require(index < states_.size(), "Schedule", "a run of next_round", index,
                        "be less than the number of runs, " + std::to_string(states_.size()));
                known_ += states_[index] == State::open ? 1 : 0;
            }
            if (!options_.costs.empty())
                std::ranges::stable_sort(round_, std::greater<>(),
                                         [&](std::size_t index) { return options_.costs[index / options_.repeats]; });
        }
    }
    std::size_t first_open(std::size_t point) const {
        auto index = point * options_.repeats;
        while (states_[index] != State::open) ++index;
        return index;
    }
    bool has_open(std::size_t point) const {
        const auto first = states_.begin() + static_cast<std::ptrdiff_t>(point * options_.repeats);
        return std::find(first, first + static_cast<std::ptrdiff_t>(wanted_[point]), State::open) !=
               first + static_cast<std::ptrdiff_t>(wanted_[point]);
    }
    /// The point with the largest error among those that have a run to begin.
    std::optional<std::size_t> widest() const {
        std::optional<std::size_t> best;
        if (is_adaptive())
            for (std::size_t point = 0; point < options_.points; ++point)
                if ((!best || errors_[point] > errors_[*best]) && has_open(point)) best = point;
        return best;
    }
    /// Decides whether the point needs more repeats, once all that were wanted so far have ended.
    void look_at(std::size_t point) {
        if (!is_adaptive() || !is_ours(point * options_.repeats)) return;
        const auto first = states_.begin() + static_cast<std::ptrdiff_t>(point * options_.repeats);
        while (wanted_[point] < options_.repeats) {
            const auto n = wanted_[point];
            if (!std::all_of(first, first + static_cast<std::ptrdiff_t>(n), [](State s) { return s == State::ended; }))
                return;
            errors_[point] = options_.error(point, n);
            wanted_[point] = std::min(options_.wanted(n, errors_[point]), options_.repeats);
            if (wanted_[point] <= n) return;
            known_ +=
                static_cast<std::size_t>(std::count(first + static_cast<std::ptrdiff_t>(n),
                                                    first + static_cast<std::ptrdiff_t>(wanted_[point]), State::open));
        }
    }

    Options options_;
    std::vector<State> states_;
    std::vector<std::size_t> order_, wanted_;
    std::vector<double> errors_;
    std::vector<std::size_t> round_;
    bool over_ = false;
    std::size_t rounds_ = 0, turn_ = 0, in_flight_ = 0, known_ = 0;
};

}  // namespace pstar
