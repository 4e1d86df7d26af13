#include "common/run/curve_study.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/curve_rounds.hpp>
#include <pstar/experiment/analysis/fit_tables.hpp>
#include <pstar/experiment/analysis/running_midpoint.hpp>
#include <pstar/experiment/analysis/transfer.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/tables.hpp>
#include <pstar/report/accuracy_figure.hpp>

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

/// `p* +- 0.01`, `slope +- 0.2`.
std::string within_in_words(const Flags& flags, const pstar::CurveDesign& design, double half_width) {
    const auto name = design.quantity == pstar::CurveQuantity::slope ? "slope" : strength_symbol(flags) + "*";
    return std::isfinite(half_width) ? fmt::format("{} +- {:.2g}", name, half_width) : name + " open";
}

/// `round 7, 1 of 3 networks done, p* +- 0.013 at worst`
std::string round_in_words(const Flags& flags, const pstar::CurveRounds& rounds) {
    const auto& networks = rounds.networks();
    const auto done = std::ranges::count_if(networks, [](const auto& network) { return !network.is_open(); });
    const auto widest = std::ranges::max(networks, {}, &pstar::CurveRounds::NetworkRuns::half_width).half_width;
    return fmt::format("round {}, {} of {} done, {} at worst", rounds.round() + 1, done,
                       counted(networks.size(), "network"), within_in_words(flags, rounds.design(), widest));
}

/// What became of a network whose runs were chosen round by round.
std::string outcome_in_words(const Flags& flags, const pstar::CurveRounds& rounds,
                             const pstar::CurveRounds::NetworkRuns& network) {
    const auto what =
        fmt::format("{}: {} from {} ({} at {})", network_name(flags, network.run),
                    within_in_words(flags, rounds.design(), network.half_width), counted(network.runs(), "run"),
                    counted(network.seeds, "seed"), counted(network.strengths.size(), "strength"));
    switch (network.kind) {
        case pstar::BatchKind::reached:
            return what + ".";
        case pstar::BatchKind::no_knee:
            return what + ". Not reached: the curve has no knee within the strengths.";
        case pstar::BatchKind::exhausted:
            return fmt::format(
                "{}. Not reached: {} at all strengths are not expected to do; give --repeats a larger end.", what,
                counted(flags.repeats.most, "seed"));
        default:
            return what + ". Not reached yet.";
    }
}

std::vector<std::string> rounds_in_words(const Flags& flags, const pstar::CurveRounds& rounds) {
    std::size_t runs = 0;
    for (const auto& network : rounds.networks()) runs += network.runs();
    std::vector<std::string> lines{fmt::format("{} were chosen round by round, for a 95% interval of at most {}.",
                                               counted(runs, "run"),
                                               within_in_words(flags, rounds.design(), rounds.design().half_width))};
    for (const auto& network : rounds.networks()) lines.push_back(outcome_in_words(flags, rounds, network));
    return lines;
}

/// Runs that measure accuracies. What they say so far is p* of one curve, that of the largest network.
class AccuracyRuns final : public RunsOf<pstar::RunResult> {
public:
    AccuracyRuns(const Flags& flags, const pstar::Experiment& experiment)
        : flags_(flags),
          experiment_(experiment),
          grid_(grid_of(flags)),
          midpoint_({.run = largest(grid_, costs(grid_)),
                     .images = test_images_of(flags)[0],
                     .classes = experiment.data.train.classes,
                     .test_images = experiment.data.test.size()}),
          name_(network_name(flags, midpoint_.run())),
          symbol_(strength_symbol(flags)) {}

    nlohmann::ordered_json configuration() const override { return pstar::configuration(experiment_); }
    std::vector<double> costs(const Grid& grid) const override { return pstar::expected_costs(experiment_, grid); }
    pstar::RunCost measure_cost(const pstar::RunKey& run, double seconds) const override {
        return pstar::measure_cost(experiment_, run, seconds);
    }
    /// `p* 0.83 [0.81, 0.85] (relu, width 256)`, or of rounds `round 7: 1 of 3 networks done`
    std::string so_far() const override {
        if (rounds_) return round_in_words(flags_, *rounds_);
        const auto p_star = midpoint_.estimate();
        return p_star ? fmt::format("{}* {} ({})", symbol_, in_words(*p_star), name_) : std::string();
    }

    pstar::Results results() const {
        return {experiment_.settings, grid_.runs(), rounds_ ? rounds_->chosen(outcomes()) : outcomes(),
                experiment_.data.train.classes, experiment_.data.test.size()};
    }
    /// How runs were chosen round by round; nothing where they were not.
    std::vector<std::string> rounds() const {
        return rounds_ ? rounds_in_words(flags_, *rounds_) : std::vector<std::string>{};
    }

private:
    void choose_runs(Options& options) override {
        if (!has_rounds(flags_)) return;
        rounds_.emplace(grid_, pstar::CurveRoundsOptions{.design = design_of(flags_),
                                                         .settings = experiment_.settings,
                                                         .classes = experiment_.data.train.classes,
                                                         .test_images = experiment_.data.test.size(),
                                                         .family = pstar::family_named(flags_.curves->family),
                                                         .stuck = pstar::stuck_networks_named(flags_.curves->stuck)});
        options.next_round = [this](std::size_t round, std::span<const pstar::Outcome<pstar::RunResult>> outcomes) {
            return (*rounds_)(round, outcomes);
        };
    }
    Outcomes sweep(const Grid& grid, const Options& options) const override {
        return pstar::run(experiment_, grid, options).outcomes;
    }
    void watch(const pstar::RunKey& run, const pstar::RunResult& result) override { midpoint_.add(run, result); }

    const Flags& flags_;
    const pstar::Experiment& experiment_;
    Grid grid_;
    std::optional<pstar::CurveRounds> rounds_;
    pstar::RunningMidpoint midpoint_;
    std::string name_, symbol_;
};

class CurveStudyRunning final : public Study {
public:
    CurveStudyRunning(const CurveStudy& study, const Flags& flags, const pstar::Experiment& experiment)
        : study_(study), flags_(flags), experiment_(experiment), runs_(flags, experiment) {}

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
    with_curves.curves.emplace();
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
