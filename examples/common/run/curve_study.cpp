#include "common/run/curve_study.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/curve_rounds.hpp>
#include <pstar/experiment/analysis/fit_tables.hpp>
#include <pstar/experiment/analysis/refinement_rounds.hpp>
#include <pstar/experiment/analysis/running_midpoint.hpp>
#include <pstar/experiment/analysis/transfer.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/tables.hpp>
#include <pstar/report/accuracy_figure.hpp>

#include "common/cli/lists.hpp"
#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/run/conclusion.hpp"

namespace study {
namespace {

/// A run of the network that takes longest.
pstar::RunKey largest(const Grid& grid, const std::vector<double>& costs) {
    const auto point = static_cast<std::size_t>(std::ranges::max_element(costs) - costs.begin());
    return grid[point * grid.repeats()];
}

/// `p* +- 0.01`, `slope +- 0.2`, `difference of p* +- 0.01`, `nu +- 0.3`.
std::string within_in_words(const Flags& flags, const pstar::CurveRounds& rounds, double half_width) {
    const auto midpoint = strength_symbol(flags) + "*";
    auto name = rounds.design().quantity == pstar::CurveQuantity::slope ? "slope" : midpoint;
    if (rounds.joint() == pstar::JointGoal::difference)
        name = "difference of " + midpoint;
    else if (rounds.joint() != pstar::JointGoal::none)
        name = to_string(rounds.joint());
    return std::isfinite(half_width) ? fmt::format("{} +- {:.2g}", name, half_width) : name + " open";
}

/// `1 of 3 networks done, p* +- 0.013 at worst`
template <class Goals>
std::string done_in_words(const Flags& flags, const pstar::CurveRounds& rounds, const Goals& goals,
                          const std::string& noun) {
    const auto done = std::ranges::count_if(goals, [](const auto& goal) { return !goal.is_open(); });
    const auto widest = std::ranges::max_element(goals, {}, [](const auto& goal) { return goal.half_width; });
    return fmt::format("{} of {} done, {} at worst", done, counted(goals.size(), noun),
                       within_in_words(flags, rounds, widest->half_width));
}

/// `round 7, 1 of 3 networks done, p* +- 0.013 at worst`
std::string round_in_words(const Flags& flags, const pstar::CurveRounds& rounds) {
    const auto done = rounds.joint() == pstar::JointGoal::none
                          ? done_in_words(flags, rounds, rounds.networks(), "network")
                          : done_in_words(flags, rounds, rounds.joints(),
                                          rounds.joint() == pstar::JointGoal::difference ? "pair" : "collapse");
    return fmt::format("round {}, {}", rounds.round() + 1, done);
}

/// How the last batch ended.
std::string ended_in_words(const Flags& flags, pstar::BatchKind kind) {
    switch (kind) {
        case pstar::BatchKind::reached:
            return ".";
        case pstar::BatchKind::no_knee:
            return ". Not reached: a curve has no knee within the strengths.";
        case pstar::BatchKind::exhausted:
            return fmt::format(
                ". Not reached: {} at every strength are not expected to do; give --repeats a larger end.",
                counted(flags.repeats.most, "seed"));
        default:
            return ". Not reached yet.";
    }
}

std::string runs_in_words(const pstar::CurveRounds::NetworkRuns& network) {
    std::size_t least = network.most_seeds();
    for (const auto& [strength, number] : network.seeds) least = std::min(least, number);
    const auto most = counted(network.most_seeds(), "seed");
    return fmt::format("{} ({} at {})", counted(network.runs(), "run"),
                       least == network.most_seeds() ? most : fmt::format("{} to {}", least, most),
                       counted(network.seeds.size(), "strength"));
}

/// What became of a network whose runs were chosen round by round.
std::string outcome_in_words(const Flags& flags, const pstar::CurveRounds& rounds,
                             const pstar::CurveRounds::NetworkRuns& network) {
    return fmt::format("{}: {} from {}", network_name(flags, network.run),
                       within_in_words(flags, rounds, network.half_width), runs_in_words(network)) +
           ended_in_words(flags, network.kind);
}

/// What became of the networks of a joint goal.
std::string outcome_in_words(const Flags& flags, const pstar::CurveRounds& rounds,
                             const pstar::CurveRounds::JointRuns& joint) {
    std::vector<std::string> names;
    for (const auto n : joint.networks) {
        const auto& network = rounds.networks()[n];
        names.push_back(fmt::format("{}, {}", network_name(flags, network.run), runs_in_words(network)));
    }
    const auto status = joint.status.empty() || joint.status == "ok" ? "" : fmt::format(" ({})", joint.status);
    const auto between = rounds.joint() == pstar::JointGoal::difference ? " less " : "; ";
    return fmt::format("{}: {}{}", fmt::join(names, between), within_in_words(flags, rounds, joint.half_width),
                       status) +
           ended_in_words(flags, joint.kind);
}

std::vector<std::string> rounds_in_words(const Flags& flags, const pstar::CurveRounds& rounds) {
    std::size_t runs = 0;
    for (const auto& network : rounds.networks()) runs += network.runs();
    std::vector<std::string> lines{fmt::format("{} were chosen round by round, for a 95% interval of at most {}.",
                                               counted(runs, "run"),
                                               within_in_words(flags, rounds, rounds.design().half_width))};
    for (const auto& joint : rounds.joints()) lines.push_back(outcome_in_words(flags, rounds, joint));
    if (rounds.joints().empty())
        for (const auto& network : rounds.networks()) lines.push_back(outcome_in_words(flags, rounds, network));
    return lines;
}

/// `round 3, 2 of 6 networks done, 240 runs`
std::string round_in_words(const pstar::RefinementRounds& rounds) {
    const auto& networks = rounds.networks();
    const auto done = std::ranges::count_if(networks, [](const auto& network) { return !network.is_open; });
    return fmt::format("round {}, {} of {} done, {}", rounds.round() + 1, done, counted(networks.size(), "network"),
                       counted(rounds.runs(), "run"));
}

std::vector<std::string> rounds_in_words(const Flags& flags, const Grid& grid, const pstar::RefinementRounds& rounds) {
    std::size_t least = grid.size(), most = 0;
    for (const auto& network : rounds.networks()) {
        least = std::min(least, network.strengths.size());
        most = std::max(most, network.strengths.size());
    }
    const auto strengths = least == most ? counted(most, "strength") : fmt::format("{} to {} strengths", least, most);
    return {fmt::format(
        "{} of the {} of the full grid, {} for each network: {} of them everywhere, the others where neighbours "
        "differ by more "
        "than {:g} in accuracy, down to a distance of {:g}.",
        rounds.runs(), counted(grid.size(), "run"), strengths, flags.strength.size(), rounds.options().accuracy_step,
        flags.refinement->resolution)};
}

/// Runs that measure accuracies. What they say so far is p* of one curve, that of the largest network.
class AccuracyRuns final : public RunsOf<pstar::RunResult> {
public:
    AccuracyRuns(const CurveStudy& study, const Flags& flags, const pstar::Experiment& experiment)
        : study_(study),
          flags_(flags),
          experiment_(experiment),
          grid_(grid_of(flags)),
          midpoint_({.run = largest(grid_, costs(grid_)),
                     .images = test_images_of(flags)[0],
                     .classes = experiment.data.train.classes,
                     .test_images = experiment.data.test.size()}),
          name_(network_name(flags, midpoint_.run())),
          symbol_(strength_symbol(flags)) {
        if (has_rounds(flags)) begin_rounds();
    }

    nlohmann::ordered_json configuration() const override { return pstar::configuration(experiment_); }
    std::vector<double> costs(const Grid& grid) const override { return pstar::expected_costs(experiment_, grid); }
    pstar::RunCost measure_cost(const pstar::RunKey& run, double seconds) const override {
        return pstar::measure_cost(experiment_, run, seconds);
    }
    /// `p* 0.83 [0.81, 0.85] (relu, width 256)`, or of rounds `round 7: 1 of 3 networks done`
    std::string so_far() const override {
        if (rounds_) return round_in_words(flags_, *rounds_);
        if (refinement_) return round_in_words(*refinement_);
        const auto p_star = midpoint_.estimate();
        return p_star ? fmt::format("{}* {} ({})", symbol_, in_words(*p_star), name_) : std::string();
    }

    pstar::Results results() const {
        return {experiment_.settings, grid_.runs(), chosen_outcomes(), experiment_.data.train.classes,
                experiment_.data.test.size()};
    }
    /// How runs were chosen round by round; nothing where they were not.
    std::vector<std::string> rounds() const {
        if (refinement_) return rounds_in_words(flags_, grid_, *refinement_);
        return rounds_ ? rounds_in_words(flags_, *rounds_) : std::vector<std::string>{};
    }

private:
    Outcomes chosen_outcomes() const {
        if (refinement_) return refinement_->chosen(outcomes());
        return rounds_ ? rounds_->chosen(outcomes()) : outcomes();
    }
    void refine(Options& options) {
        refinement_.emplace(grid_,
                            pstar::RefinementOptions{.strengths = flags_.strength,
                                                     .accuracy_step = flags_.refinement->accuracy_step,
                                                     .settings = experiment_.settings,
                                                     .classes = experiment_.data.train.classes,
                                                     .test_images = experiment_.data.test.size(),
                                                     .stuck = pstar::stuck_networks_named(flags_.curves->stuck)});
        options.next_round = [this](std::size_t round, std::span<const pstar::Outcome<pstar::RunResult>> outcomes) {
            return (*refinement_)(round, outcomes);
        };
    }
    void begin_rounds() {
        const auto joint = parse_interval(flags_.curves->until_interval).joint;
        pstar::CurveRoundsOptions options{
            .design = design_of(flags_),
            .settings = experiment_.settings,
            .classes = experiment_.data.train.classes,
            .test_images = experiment_.data.test.size(),
            .family = pstar::family_named(flags_.curves->family),
            .stuck = pstar::stuck_networks_named(flags_.curves->stuck),
            .joint = joint,
            .are_compared = [this](const auto& a,
                                   const auto& b) { return study_.are_compared(flags_, experiment_.data.train, a, b); },
            .costs = costs(grid_)};
        try {
            rounds_.emplace(grid_, std::move(options));
        } catch (const std::invalid_argument&) {
            if (joint == pstar::JointGoal::none) throw;
            throw UsageError(fmt::format(
                "--until-interval {}: asks for networks of two sizes at least, such as --width 64,256{}",
                flags_.curves->until_interval, joint == pstar::JointGoal::difference ? ", or of two kinds" : ""));
        }
    }
    void choose_runs(Options& options) override {
        if (flags_.refinement) return refine(options);
        if (!rounds_) return;
        options.next_round = [this](std::size_t round, std::span<const pstar::Outcome<pstar::RunResult>> outcomes) {
            return (*rounds_)(round, outcomes);
        };
    }
    Outcomes sweep(const Grid& grid, const Options& options) const override {
        return pstar::run(experiment_, grid, options).outcomes;
    }
    void watch(const pstar::RunKey& run, const pstar::RunResult& result) override { midpoint_.add(run, result); }

    const CurveStudy& study_;
    const Flags& flags_;
    const pstar::Experiment& experiment_;
    Grid grid_;
    std::optional<pstar::CurveRounds> rounds_;
    std::optional<pstar::RefinementRounds> refinement_;
    pstar::RunningMidpoint midpoint_;
    std::string name_, symbol_;
};

class CurveStudyRunning final : public Study {
public:
    CurveStudyRunning(const CurveStudy& study, const Flags& flags, const pstar::Experiment& experiment)
        : study_(study), flags_(flags), experiment_(experiment), runs_(study, flags, experiment) {}

    StudyRuns& runs() override { return runs_; }
    void write_tables(const OutputFolder& out) const override {
        const auto results = runs_.results();
        pstar::write_runs_csv(out / "runs.csv", results);
        pstar::write_summary_csv(out / "summary.csv", pstar::summarise(results));
        if (has_transfer(flags_)) pstar::write_transfer_csv(out / "transfer.csv", results);
    }
    std::vector<std::string> tell(const OutputFolder& out) const override {
        const auto results = runs_.results();
        const auto curves = pstar::fit_curves(results, pstar::family_named(flags_.curves->family),
                                              pstar::stuck_networks_named(flags_.curves->stuck));
        pstar::write_fits_csv(out / "fits.csv", curves);
        std::vector<pstar::NamedCurve> named;
        for (const auto& curve : curves) named.push_back({&curve, network_name(flags_, curve.measured.run)});
        pstar::write_fits_tex(out / "fits.tex", named, strength_symbol(flags_));
        const auto ended = runs_.tally();
        const auto rounds = runs_.rounds();
        auto found = study_.tell(
            {flags_, experiment_.data, ended, results, curves, command_of(study_.name, flags_), can_draw(), rounds},
            out);
        found.insert(found.end(), rounds.begin(), rounds.end());
        return found;
    }

private:
    const CurveStudy& study_;
    const Flags& flags_;
    const pstar::Experiment& experiment_;
    AccuracyRuns runs_;
};

}  // namespace

int run_curve_study(int argc, char** argv, const Flags& defaults, const CurveStudy& study) {
    auto with_curves = defaults;
    if (!with_curves.curves) with_curves.curves.emplace();
    return run_study_program(argc, argv, with_curves,
                             {.name = study.name,
                              .description = study.description,
                              .example = study.example,
                              .table = study.table,
                              .streams = study.streams,
                              .choose_networks = study.choose_networks,
                              .begin = [&study](const Flags& flags, const pstar::Experiment& experiment) {
                                  return std::make_unique<CurveStudyRunning>(study, flags, experiment);
                              }});
}

}  // namespace study
