#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/joint_goal.hpp>
#include <pstar/experiment/analysis/size_trends.hpp>
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
    JointGoal joint = JointGoal::none;  ///< a number of several networks, in place of `design.quantity` of each
    /// Whether the difference of two networks is wanted; asked for keys of curves, the first before the second in the
    /// grid.
    std::function<bool(const RunKey&, const RunKey&)> are_compared = differ_in_one_axis;
    std::optional<RunSize> size =
        std::nullopt;                ///< of the collapse; empty: the first of `run_sizes` that the grid varies
    CollapseOptions collapse = {};   ///< for nu and p_c
    std::vector<double> costs = {};  ///< of each point of the grid, for a difference; empty: all the same
};

/// Chooses the runs of a sweep round by round, until the accuracy curves of every network, or a number of several
/// (`JointGoal`), have intervals as narrow as wanted, or cannot have them (`BatchKind`): the `next_round` of
/// `SweepOptions`.
///
///     CurveRounds rounds(grid, {.design = {.half_width = 0.01}, .settings = settings, .classes = 10, ...});
///     options.next_round = [&](std::size_t round, const auto outcomes) { return rounds(round, outcomes); };
///
/// Round 0 has `design.seeds_to_begin_with()` seeds at `first_strengths`. Later rounds have the `next_batch` of every
/// network that is not at its end; where clean and corrupted test images give two curves, that of the wider interval. A
/// joint goal (whole seeds) is asked of every pair (`are_compared`: `next_paired_batch`) or of every family of networks
/// that differ in `size` alone, and its networks get what it wants until it is at its end; networks that no such goal
/// is about get round 0 alone. What a network is given follows from the results of earlier rounds alone.
class CurveRounds {
public:
    /// One network of the grid: all runs with the same `curve_key`.
    struct NetworkRuns {
        RunKey run;                                                   ///< its strength and repeat have no meaning
        std::map<double, std::size_t> seeds = {};                     ///< that were asked for, at each strength
        BatchKind kind = BatchKind::runs;                             ///< of the last batch
        double half_width = std::numeric_limits<double>::infinity();  ///< of the widest interval of its curves

        /// How many it has in all.
        std::size_t runs() const {
            std::size_t sum = 0;
            for (const auto& [strength, number] : seeds) sum += number;
            return sum;
        }
        /// Those of the strength with the most; 0 before the first round.
        std::size_t most_seeds() const {
            std::size_t most = 0;
            for (const auto& [strength, number] : seeds) most = std::max(most, number);
            return most;
        }
        /// Whether more runs are wanted.
        bool is_open() const { return kind == BatchKind::runs; }
    };

    /// The networks of a joint goal.
    struct JointRuns {
        std::vector<std::size_t> networks;                            ///< places in `networks()`
        BatchKind kind = BatchKind::runs;                             ///< of the last batch
        double half_width = std::numeric_limits<double>::infinity();  ///< of the widest interval of its curves
        std::string status = {};                                      ///< of that difference or collapse

        /// Whether more runs are wanted.
        bool is_open() const { return kind == BatchKind::runs; }
    };

    /// Throws std::invalid_argument for a design that does not fit the grid, and for a joint goal that no networks of
    /// the grid have.
    CurveRounds(const Grid<RunKey>& grid, CurveRoundsOptions options)
        : options_(std::move(options)), grid_networks_(detail::grid_networks(grid)) {
        for (const auto& network : grid_networks_) {
            networks_.push_back({network.run, {}});
            const auto point = network.first_run.begin()->second / grid.repeats();
            costs_.push_back(options_.costs.empty() ? 1 : options_.costs.at(point));
        }
        auto& design = options_.design;
        design.strengths = grid_networks_[0].strengths();
        design.most_seeds = grid.repeats();
        design.whole_seeds = design.whole_seeds || options_.joint != JointGoal::none;
        design.validate();
        if (options_.joint == JointGoal::difference)
            pair_networks();
        else if (options_.joint != JointGoal::none)
            group_sizes();
        require(options_.joint == JointGoal::none || !joints_.empty(), "CurveRounds", "joint",
                to_string(options_.joint),
                options_.joint == JointGoal::difference
                    ? "be of a grid with two networks to compare: give it two widths, say"
                    : "be of a grid with networks of two sizes: give it two widths, say");
    }

    /// The runs of a round that no round before had, of all networks; empty: all are at their end. Round 0 begins anew.
    std::vector<std::size_t> operator()(std::size_t round, std::span<const Outcome<RunResult>> outcomes) {
        round_ = round;
        const auto before = round == 0 ? std::vector<NetworkRuns>(networks_.size()) : networks_;
        if (round == 0)
            begin();
        else if (options_.joint != JointGoal::none)
            extend_jointly(outcomes);
        else
            for (std::size_t n = 0; n < networks_.size(); ++n)
                if (networks_[n].is_open()) extend(n, outcomes);
        std::vector<std::size_t> wanted;
        for (std::size_t n = 0; n < networks_.size(); ++n)
            for (const auto& [strength, number] : networks_[n].seeds) {
                const auto old = before[n].seeds.find(strength);
                for (std::size_t seed = old != before[n].seeds.end() ? old->second : 0; seed < number; ++seed)
                    wanted.push_back(grid_networks_[n].first_run.at(strength) + seed);
            }
        return wanted;
    }

    /// How far the networks are, in the order of the grid.
    const std::vector<NetworkRuns>& networks() const { return networks_; }
    /// How far the pairs or families of a joint goal are; none without one.
    const std::vector<JointRuns>& joints() const { return joints_; }
    /// What is wanted of several networks together.
    JointGoal joint() const { return options_.joint; }
    /// The round that was asked for last.
    std::size_t round() const { return round_; }
    /// What is wanted of each curve.
    const CurveDesign& design() const { return options_.design; }
    /// The outcomes of the runs that were asked for; all others are left out, as if they had never been started.
    std::vector<Outcome<RunResult>> chosen(std::span<const Outcome<RunResult>> outcomes) const {
        std::vector<Outcome<RunResult>> result(outcomes.size());
        for (std::size_t n = 0; n < networks_.size(); ++n) grid_networks_[n].copy(outcomes, networks_[n].seeds, result);
        return result;
    }

private:
    void begin() {
        for (auto& network : networks_) {
            network = {network.run, {}};
            for (const double strength : first_strengths(options_.design))
                network.seeds[strength] = options_.design.seeds_to_begin_with();
        }
        for (auto& joint : joints_) joint = {joint.networks};
    }
    void pair_networks() {
        for (std::size_t i = 0; i < networks_.size(); ++i)
            for (std::size_t j = i + 1; j < networks_.size(); ++j)
                if (options_.are_compared(networks_[i].run, networks_[j].run)) joints_.push_back({{i, j}});
    }
    void group_sizes() {
        std::vector<RunKey> keys;
        for (const auto& network : networks_) keys.push_back(network.run);
        const auto varied = varied_sizes(keys);
        if (!options_.size && !varied.empty()) options_.size = varied[0];
        if (!options_.size) return;
        const auto family_of = [&](const RunKey& run) { return without_size(run, *options_.size); };
        for (const auto& family : detail::group_runs(keys, family_of)) {
            JointRuns joint;
            for (const auto n : family)  // an infinite width has no power
                if (size_of(keys[n], *options_.size) > 0) joint.networks.push_back(n);
            if (joint.networks.size() >= 2) joints_.push_back(joint);
        }
    }

    Results results_of(std::size_t n, std::span<const Outcome<RunResult>> outcomes) const {
        Results results{options_.settings, {}, {}, options_.classes, options_.test_images};
        grid_networks_[n].append(results, networks_[n].seeds, outcomes);
        return results;
    }
    /// What follows from a curve, from the strengths that have two usable runs. Where fewer than two have, another seed
    /// at all that were asked for.
    CurveBatch batch_of(const NetworkRuns& network, const FittedCurve& curve) const {
        const auto& runs = curve.measured.runs;
        CurveRuns usable;
        for (const auto i : detail::increasing(runs.strength)) {
            if (runs.accuracy[i].size() < 2) continue;
            usable.strength.push_back(runs.strength[i]);
            usable.accuracy.push_back(runs.accuracy[i]), usable.seed.push_back(runs.seed[i]);
        }
        if (options_.design.whole_seeds && !usable.strength.empty()) usable = by_strength(seed_curves(usable));
        if (usable.strength.size() >= 2 && usable.accuracy[0].size() >= 2)
            return next_batch(usable, curve.fit, options_.design);
        CurveBatch batch{BatchKind::runs, {}, std::numeric_limits<double>::infinity()};
        for (const auto& [strength, number] : network.seeds) batch.runs.push_back({strength, 1});
        return batch;
    }
    /// Of the batches for both kinds of test images: one with runs to do before one without, then the wider interval.
    template <class Batch>
    static void keep_widest(std::optional<Batch>& widest, Batch batch) {
        const bool is_first = !widest || (widest->is_end() && !batch.is_end());
        if (is_first || (widest->is_end() == batch.is_end() && batch.half_width > widest->half_width))
            widest = std::move(batch);
    }
    void extend(std::size_t n, std::span<const Outcome<RunResult>> outcomes) {
        auto& network = networks_[n];
        std::optional<CurveBatch> widest;
        network.half_width = 0;
        for (const auto& curve : fit_curves(results_of(n, outcomes), options_.family, options_.stuck)) {
            auto batch = batch_of(network, curve);
            network.half_width = std::max(network.half_width, batch.half_width);
            keep_widest(widest, std::move(batch));
        }
        network.kind = widest->kind;
        if (widest->is_end()) return;
        const auto had = network.runs();
        for (const auto& [strength, more] : widest->runs) add_seeds(network, strength, more);
        if (options_.design.whole_seeds) {
            const auto most = network.most_seeds();
            for (auto& [strength, number] : network.seeds) number = most;
        }
        if (network.runs() == had) network.kind = BatchKind::exhausted;
    }
    void add_seeds(NetworkRuns& network, double strength, std::size_t more) const {
        auto& number = network.seeds[strength];
        number = std::max(number, std::min(number + more, options_.design.most_seeds));
    }

    /// What follows for a joint goal from its curves on the same kind of test images.
    detail::JointBatch batch_of(const JointRuns& joint, const std::vector<const FittedCurve*>& curves) const {
        const auto& networks = joint.networks;
        if (options_.joint == JointGoal::difference)
            return detail::paired_batch(*curves[0], *curves[1], options_.design, costs_[networks[0]],
                                        costs_[networks[1]]);
        std::vector<double> sizes;
        for (const auto n : networks) sizes.push_back(size_of(networks_[n].run, *options_.size));
        return detail::CollapseBatch(curves, sizes, options_.joint, options_.design, options_.collapse).choose();
    }
    /// The batch of every goal that is open; then all networks get what any of their goals wants.
    void extend_jointly(std::span<const Outcome<RunResult>> outcomes) {
        std::vector<std::vector<FittedCurve>> fits;  // of each network that an open goal has
        for (std::size_t n = 0; n < networks_.size(); ++n) {
            const bool is_needed = std::ranges::any_of(joints_, [&](const JointRuns& joint) {
                return joint.is_open() && std::ranges::count(joint.networks, n) > 0;
            });
            fits.push_back(is_needed ? fit_curves(results_of(n, outcomes), options_.family, options_.stuck)
                                     : std::vector<FittedCurve>());
        }
        const auto before = networks_;
        for (auto& joint : joints_)
            if (joint.is_open()) extend(joint, fits, before);
        for (std::size_t n = 0; n < networks_.size(); ++n) {
            bool is_open = false;
            for (const auto& joint : joints_) {
                if (is_open || std::ranges::count(joint.networks, n) == 0) continue;
                networks_[n].kind = joint.kind, networks_[n].half_width = joint.half_width;
                is_open = joint.is_open();
            }
        }
    }
    void extend(JointRuns& joint, const std::vector<std::vector<FittedCurve>>& fits,
                const std::vector<NetworkRuns>& before) {
        std::optional<detail::JointBatch> widest;
        for (std::size_t images = 0; images < fits[joint.networks[0]].size(); ++images) {
            std::vector<const FittedCurve*> curves;
            for (const auto n : joint.networks) curves.push_back(&fits[n][images]);
            keep_widest(widest, batch_of(joint, curves));
        }
        joint.kind = widest->kind, joint.half_width = widest->half_width, joint.status = widest->status;
        if (widest->is_end()) return;
        bool is_wider = false, has_more = false;
        auto least = options_.design.most_seeds;
        for (const auto n : joint.networks) least = std::min(least, before[n].most_seeds());
        for (std::size_t i = 0; i < joint.networks.size(); ++i) {
            const auto n = joint.networks[i];
            for (const double strength : widest->strengths[i]) {
                networks_[n].seeds.try_emplace(strength, 0);
                is_wider = is_wider || !before[n].seeds.contains(strength);
            }
        }
        const auto wanted = is_wider ? widest->seeds : std::max<std::size_t>(1, widest->seeds);
        for (const auto n : joint.networks) {
            const auto most = std::max(networks_[n].most_seeds(), std::min(least + wanted, options_.design.most_seeds));
            for (auto& [strength, number] : networks_[n].seeds) number = most;
            has_more = has_more || most > before[n].most_seeds();
        }
        if (!is_wider && !has_more) joint.kind = BatchKind::exhausted;
    }

    CurveRoundsOptions options_;
    std::vector<detail::GridNetwork> grid_networks_;
    std::vector<NetworkRuns> networks_;
    std::vector<JointRuns> joints_;
    std::vector<double> costs_;  ///< of a run of each network
    std::size_t round_ = 0;
};

}  // namespace pstar
