/// What `CurveRounds` takes to reach, for a number of several networks, the interval of even grids of 21 strengths and
/// 20 seeds, and whether its interval still covers.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <pstar/experiment/analysis/curve_rounds.hpp>
#include <pstar/experiment/analysis/paired_differences.hpp>
#include <pstar/experiment/experiment_grid.hpp>
#include <pstar/scaling/collapse/fit.hpp>
#include <pstar/scaling/curve/fit.hpp>

#include "planted.hpp"
#include "table.hpp"

namespace coverage {
namespace {

using pstar::JointGoal;
using Outcomes = std::vector<pstar::Outcome<pstar::RunResult>>;

constexpr std::size_t strengths = 101, most_seeds = 40, grid_seeds = 20;
const pstar::CollapseOptions collapse_options{.bootstrap = 100};

/// Logistic curves of several widths; a seed shifts all of them by a normal number of sd `shared`, each by one of its
/// own. Accuracies are counted on `images` test images.
struct Planted {
    JointGoal goal;
    double shared = 0, own = 0;

    std::vector<std::size_t> widths() const {
        return goal == JointGoal::difference ? std::vector<std::size_t>{16, 64} : std::vector<std::size_t>{16, 32, 64};
    }
    double truth() const { return goal == JointGoal::difference ? -0.05 : goal == JointGoal::nu ? 1.5 : 0.6; }
    /// p* is .55 and .6, the width .05 and .04; or p_c = .6, nu = 1.5 and a width of .08 at 16.
    pstar::SigmoidCurve curve(std::size_t width) const {
        if (goal != JointGoal::difference)
            return {0.6, 0.08 * std::pow(static_cast<double>(width) / 16, -1 / 1.5), 0.1, 0.97};
        if (width == 16) return {0.55, 0.05, 0.1, 0.97};
        return {0.6, 0.04, 0.1, 0.97};
    }
    double accuracy(std::size_t width, double p, std::size_t seed, std::uint32_t experiment) const {
        const auto place = static_cast<std::uint32_t>(2000 * seed), apart = static_cast<std::uint32_t>(width) << 20;
        const auto normal = [&](std::uint32_t at) {
            pstar::RandomSequence random({pstar::Seed{20261127}, pstar::Stream::user, experiment, at});
            return random.normal();
        };
        const double shift = shared * normal(place + 1998) + own * normal(apart + place + 1999);
        const PlantedSeeds counted{curve(width), 0.1, 0.97, {}, 128 * experiment + static_cast<std::uint32_t>(width)};
        return counted(p, seed, shift);
    }
};

pstar::Grid<pstar::RunKey> grid_of(const Planted& planted, std::size_t steps, std::size_t seeds) {
    return pstar::ExperimentGrid{.strengths = even(steps), .widths = planted.widths(), .repeats = seeds}.grid(images);
}

/// The number of several networks, from the runs with an outcome.
pstar::Estimate estimate(const Planted& planted, const pstar::Grid<pstar::RunKey>& grid, Outcomes outcomes) {
    const auto fits = pstar::fit_curves({.settings = {.test_corrupted = false},
                                         .runs = grid.runs(),
                                         .outcomes = std::move(outcomes),
                                         .classes = 10,
                                         .test_images = images});
    if (planted.goal == JointGoal::difference) return pstar::paired_difference(fits[0], fits[1]).found.difference;
    std::vector<pstar::SizeRuns> sizes;
    for (const auto& curve : fits) {
        const auto runs = pstar::by_strength(pstar::seed_curves(curve.measured.runs));
        sizes.push_back({static_cast<double>(curve.measured.run.width), runs.strength, runs.accuracy});
    }
    const auto found = pstar::fit_collapse(pstar::curves_of_runs(sizes, {.same_seeds = true, .test_images = images}),
                                           collapse_options);
    return planted.goal == JointGoal::nu ? found.nu : found.p_c;
}

pstar::Outcome<pstar::RunResult> measured(const Planted& planted, const pstar::RunKey& run, std::uint32_t experiment) {
    return {pstar::RunResult{.test_loss = 1,
                             .test_accuracy = planted.accuracy(run.width, run.strength, run.repeat, experiment)},
            ""};
}

double wanted(const Planted& planted) {
    const auto grid = grid_of(planted, 20, grid_seeds);
    return even_grids_half_width([&](std::uint32_t experiment) {
        Outcomes outcomes(grid.size());
        for (std::size_t i = 0; i < grid.size(); ++i) outcomes[i] = measured(planted, grid[i], experiment);
        return estimate(planted, grid, std::move(outcomes));
    });
}

Outcome by_rounds(const Planted& planted, double half_width, std::uint32_t experiment) {
    const auto grid = grid_of(planted, strengths - 1, most_seeds);
    pstar::CurveRounds rounds(grid, {.design = {.half_width = half_width, .least_seeds = 8},
                                     .settings = {.test_corrupted = false},
                                     .classes = 10,
                                     .test_images = images,
                                     .joint = planted.goal,
                                     .collapse = collapse_options});
    Outcomes outcomes(grid.size());
    std::size_t round = 0, runs = 0;
    for (auto wanted = rounds(0, outcomes); !wanted.empty(); wanted = rounds(++round, outcomes)) {
        for (const auto i : wanted) outcomes[i] = measured(planted, grid[i], experiment);
        runs += wanted.size();
    }
    const auto found = estimate(planted, grid, rounds.chosen(outcomes));
    const auto of_grid = 21 * grid_seeds * planted.widths().size();
    const auto& joint = rounds.joints()[0];
    return {{contains(found, planted.truth()) ? 1.0 : 0.0, joint.kind == pstar::BatchKind::reached ? 1.0 : 0.0},
            {half_width, static_cast<double>(runs), static_cast<double>(runs) / static_cast<double>(of_grid),
             static_cast<double>(rounds.networks()[0].most_seeds()), static_cast<double>(round)}};
}

Row row(const char* text, Planted planted) {
    return row_with_goal(
        text, 200, [planted] { return wanted(planted); },
        [planted](double half_width, std::uint32_t experiment) { return by_rounds(planted, half_width, experiment); });
}

}  // namespace

Table joint_goals() {
    return {"joint-goals",
            {"noise", "of", "wanted", "runs", "share of the even grid", "seeds", "rounds", "coverage", "reached"},
            {row("binomial | difference", {JointGoal::difference}),
             row("both shifted alike, sd .03 | difference", {JointGoal::difference, 0.03}),
             row("shifted alike, sd .02, and apart, sd .005 | difference", {JointGoal::difference, 0.02, 0.005}),
             row("binomial | ν", {JointGoal::nu}), row("shifted apart, sd .005 | ν", {JointGoal::nu, 0, 0.005}),
             row("binomial | p_c", {JointGoal::p_c}), row("shifted apart, sd .005 | p_c", {JointGoal::p_c, 0, 0.005})}};
}

}  // namespace coverage
