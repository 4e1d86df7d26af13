#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/stuck_networks.hpp>
#include <pstar/experiment/detail/grid_networks.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/scaling/curve/next_batch.hpp>
#include <pstar/sweep/grid.hpp>

namespace pstar {

/// What `CurveRounds` needs beside the grid.
struct CurveRoundsOptions {
    CurveDesign design;                        ///< of every network; its strengths and most seeds are those of the grid
    ExperimentSettings settings = {};          ///< of the experiment
    std::size_t classes = 0, test_images = 0;  ///< of the data
    std::optional<SigmoidFamily> family = std::nullopt;  ///< of the fits; empty: the one of least AIC
    StuckNetworks stuck = StuckNetworks::leave_out;      ///< what becomes of networks that never learned
};

/// Chooses the runs of a sweep round by round, until the accuracy curves of every network have intervals as narrow as
/// wanted, or cannot have them (`BatchKind`): the `next_round` of `SweepOptions`.
///
///     CurveRounds rounds(grid, {.design = {.half_width = 0.01}, .settings = settings, .classes = 10, ...});
///     options.next_round = [&](std::size_t round, const auto outcomes) { return rounds(round, outcomes); };
///
/// Round 0 has `design.least_seeds` seeds at `first_strengths`. Later rounds have the `next_batch` of every network
/// that is not at its end; where clean and corrupted test images give two curves, that of the wider interval. What a
/// network is given follows from its own results in earlier rounds alone.
class CurveRounds {
public:
    /// One network of the grid: all runs with the same `curve_key`.
    struct NetworkRuns {
        RunKey run;                                                   ///< its strength and repeat have no meaning
        std::vector<double> strengths;                                ///< that were asked for, increasing
        std::size_t seeds = 0;                                        ///< that were asked for, at all of them
        BatchKind kind = BatchKind::seeds;                            ///< of the last batch
        double half_width = std::numeric_limits<double>::infinity();  ///< of the widest interval of its curves

        /// How many it has in all.
        std::size_t runs() const { return strengths.size() * seeds; }
        /// Whether more runs are wanted.
        bool is_open() const { return kind == BatchKind::strengths || kind == BatchKind::seeds; }
    };

    /// Throws std::invalid_argument for a design that does not fit the grid.
    CurveRounds(const Grid<RunKey>& grid, CurveRoundsOptions options)
        : options_(std::move(options)), grid_networks_(detail::grid_networks(grid)) {
        for (const auto& network : grid_networks_) networks_.push_back({network.run, {}});
        auto& design = options_.design;
        design.strengths = grid_networks_[0].strengths();
        design.most_seeds = grid.repeats();
        design.validate();
    }

    /// The runs of a round that no round before had, of all networks; empty: all are at their end. Round 0 begins anew.
    std::vector<std::size_t> operator()(std::size_t round, std::span<const Outcome<RunResult>> outcomes) {
        round_ = round;
        std::vector<std::size_t> wanted;
        for (std::size_t n = 0; n < networks_.size(); ++n) {
            auto& network = networks_[n];
            auto before = network;
            if (round == 0) {
                before = network = {network.run, {}};
                network.strengths = first_strengths(options_.design);
                network.seeds = options_.design.least_seeds;
            } else if (network.is_open()) {
                extend(n, outcomes);
            }
            for (const double strength : network.strengths) {
                const bool is_old = std::ranges::binary_search(before.strengths, strength);
                for (std::size_t seed = is_old ? before.seeds : 0; seed < network.seeds; ++seed)
                    wanted.push_back(grid_networks_[n].first_run.at(strength) + seed);
            }
        }
        return wanted;
    }

    /// How far the networks are, in the order of the grid.
    const std::vector<NetworkRuns>& networks() const { return networks_; }
    /// The round that was asked for last.
    std::size_t round() const { return round_; }
    /// What is wanted of each curve.
    const CurveDesign& design() const { return options_.design; }
    /// The outcomes of the runs that were asked for; all others are left out, as if they had never been started.
    std::vector<Outcome<RunResult>> chosen(std::span<const Outcome<RunResult>> outcomes) const {
        std::vector<Outcome<RunResult>> result(outcomes.size());
        for (std::size_t n = 0; n < networks_.size(); ++n)
            for (const double strength : networks_[n].strengths)
                for (std::size_t seed = 0; seed < networks_[n].seeds; ++seed) {
                    const auto index = grid_networks_[n].first_run.at(strength) + seed;
                    result[index] = outcomes[index];
                }
        return result;
    }

private:
    Results results_of(std::size_t n, std::span<const Outcome<RunResult>> outcomes) const {
        Results results{options_.settings, {}, {}, options_.classes, options_.test_images};
        grid_networks_[n].append(results, networks_[n].strengths, networks_[n].seeds, outcomes);
        return results;
    }
    /// What follows from a curve. Where too few runs are usable, another seed.
    CurveBatch batch_of(const FittedCurve& curve) const {
        const auto measured = seed_curves(curve.measured.runs);
        if (measured.accuracy.size() >= 2 && measured.strength.size() >= 2)
            return next_batch(measured, curve.fit, options_.design);
        return {BatchKind::seeds, {}, 1, std::numeric_limits<double>::infinity()};
    }
    void extend(std::size_t n, std::span<const Outcome<RunResult>> outcomes) {
        auto& network = networks_[n];
        std::optional<CurveBatch> widest;
        network.half_width = 0;
        for (const auto& curve : fit_curves(results_of(n, outcomes), options_.family, options_.stuck)) {
            auto batch = batch_of(curve);
            network.half_width = std::max(network.half_width, batch.half_width);
            const bool is_first = !widest || (widest->is_end() && !batch.is_end());
            if (is_first || (widest->is_end() == batch.is_end() && batch.half_width > widest->half_width))
                widest = std::move(batch);
        }
        network.kind = widest->kind;
        if (widest->is_end()) return;
        const auto had = network.strengths.size();
        std::set<double> all(network.strengths.begin(), network.strengths.end());
        all.insert(widest->strengths.begin(), widest->strengths.end());
        network.strengths.assign(all.begin(), all.end());
        const bool is_wider = network.strengths.size() > had;  // a strength where all runs failed is no new one
        const auto more = is_wider ? 0 : std::max<std::size_t>(1, widest->seeds);
        if (!is_wider && network.seeds >= options_.design.most_seeds) network.kind = BatchKind::exhausted;
        network.seeds = std::min(network.seeds + more, options_.design.most_seeds);
    }

    CurveRoundsOptions options_;
    std::vector<detail::GridNetwork> grid_networks_;
    std::vector<NetworkRuns> networks_;
    std::size_t round_ = 0;
};

}  // namespace pstar
