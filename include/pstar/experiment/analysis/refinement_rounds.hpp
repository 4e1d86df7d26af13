#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/analysis/stuck_networks.hpp>
#include <pstar/experiment/detail/grid_networks.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/scaling/curve/refinement.hpp>
#include <pstar/sweep/grid.hpp>

namespace pstar {

/// What `RefinementRounds` needs beside the grid.
struct RefinementOptions {
    std::vector<double> strengths;     ///< of round 0, increasing; at least 2 of those of the grid
    double accuracy_step = 0.1;        ///< strengths are inserted between neighbours that differ by more than this
    ExperimentSettings settings = {};  ///< of the experiment
    std::size_t classes = 0;           ///< of the data
    std::size_t test_images = 0;       ///< of the data
    StuckNetworks stuck = StuckNetworks::leave_out;  ///< what becomes of networks that never learned
};

/// Chooses the runs of a sweep round by round: a coarse grid of strengths for every network, then more where its
/// accuracy falls, as fine as the grid has them. The `next_round` of `SweepOptions`, as `CurveRounds`:
///
///     const std::vector<double> coarse{0, 0.25, 0.5, 0.75, 1};
///     const auto grid = pstar::ExperimentGrid{.strengths = pstar::halved(coarse, 0.02), .widths = {16, 64, 256},
///                                             .repeats = 5}.grid(images);
///     RefinementRounds rounds(grid, {.strengths = coarse, .settings = settings, .classes = 10, .test_images =
///     10'000}); options.next_round = [&](std::size_t round, const auto outcomes) { return rounds(round, outcomes); };
///
/// Round 0 has all repeats at `RefinementOptions::strengths`. Every later round has, for each network, all repeats at
/// the `steep_middles` of its mean accuracies; where clean and corrupted test images give two curves, those of both. A
/// strength without a usable run is passed over. What a network is given follows from its own results in earlier rounds
/// alone: a sweep that was killed, or done by any number of threads or processes, ends with the same runs.
class RefinementRounds {
public:
    /// One network of the grid: all runs with the same `curve_key`.
    struct NetworkRuns {
        RunKey run;                     ///< its strength and repeat have no meaning
        std::vector<double> strengths;  ///< that were asked for, increasing
        bool is_open = true;            ///< the last round asked for some of it
    };

    /// Throws std::invalid_argument for strengths that the grid does not have.
    RefinementRounds(const Grid<RunKey>& grid, RefinementOptions options)
        : options_(std::move(options)), grid_networks_(detail::grid_networks(grid)), seeds_(grid.repeats()) {
        constexpr auto where = "RefinementRounds";
        require(options_.strengths.size() >= 2, where, "number of strengths", options_.strengths.size(),
                "be at least 2");
        detail::check_increasing(where, options_.strengths);
        require(options_.accuracy_step >= 0, where, "accuracy_step", options_.accuracy_step, "be at least 0");
        for (const auto& network : grid_networks_) {
            for (const double strength : options_.strengths)
                require(network.first_run.contains(strength), where, "strength", strength, "be one of the grid");
            networks_.push_back({network.run, {}});
        }
    }

    /// The runs of a round that no round before had, of all networks; empty: nothing is left to refine. Round 0 begins
    /// anew.
    std::vector<std::size_t> operator()(std::size_t round, std::span<const Outcome<RunResult>> outcomes) {
        round_ = round;
        std::vector<std::size_t> wanted;
        for (std::size_t n = 0; n < networks_.size(); ++n) {
            auto& network = networks_[n];
            if (round == 0) network.strengths.clear();
            const auto next = round == 0 ? options_.strengths : next_strengths(n, outcomes);
            network.is_open = !next.empty();
            for (const double strength : next)
                for (std::size_t seed = 0; seed < seeds_; ++seed)
                    wanted.push_back(grid_networks_[n].first_run.at(strength) + seed);
            std::vector<double> all;
            std::ranges::set_union(network.strengths, next, std::back_inserter(all));
            network.strengths = std::move(all);
        }
        return wanted;
    }

    /// How far the networks are, in the order of the grid.
    const std::vector<NetworkRuns>& networks() const { return networks_; }
    /// The round that was asked for last.
    std::size_t round() const { return round_; }
    /// What it was made with.
    const RefinementOptions& options() const { return options_; }
    /// Runs that were asked for so far.
    std::size_t runs() const {
        std::size_t sum = 0;
        for (const auto& network : networks_) sum += seeds_ * network.strengths.size();
        return sum;
    }
    /// The outcomes of the runs that were asked for; all others are left out, as if they had never been started.
    std::vector<Outcome<RunResult>> chosen(std::span<const Outcome<RunResult>> outcomes) const {
        std::vector<Outcome<RunResult>> result(outcomes.size());
        for (std::size_t n = 0; n < networks_.size(); ++n) grid_networks_[n].copy(outcomes, all_seeds(n), result);
        return result;
    }

private:
    /// What was asked for of a network: all seeds at its strengths.
    std::map<double, std::size_t> all_seeds(std::size_t n) const {
        std::map<double, std::size_t> seeds;
        for (const double strength : networks_[n].strengths) seeds[strength] = seeds_;
        return seeds;
    }
    std::vector<double> next_strengths(std::size_t n, std::span<const Outcome<RunResult>> outcomes) const {
        const auto& asked = networks_[n].strengths;
        std::vector<double> open;
        std::ranges::set_difference(grid_networks_[n].strengths(), asked, std::back_inserter(open));
        if (open.empty()) return {};
        Results results{options_.settings, {}, {}, options_.classes, options_.test_images};
        grid_networks_[n].append(results, all_seeds(n), outcomes);
        std::set<double> next;
        for (const auto& curve : accuracy_curves(results, options_.stuck)) {
            std::vector<double> accuracy;
            for (const auto& point : summarise(curve.runs)) accuracy.push_back(point.accuracy);
            const auto middles = steep_middles(curve.runs.strength, accuracy, open, options_.accuracy_step);
            next.insert(middles.begin(), middles.end());
        }
        return {next.begin(), next.end()};
    }

    RefinementOptions options_;
    std::vector<detail::GridNetwork> grid_networks_;
    std::vector<NetworkRuns> networks_;
    std::size_t seeds_, round_ = 0;
};

}  // namespace pstar
