#include <pstar/experiment/analysis/joint_goal.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/experiment/analysis/curve_rounds.hpp>
#include <pstar/experiment/analysis/paired_differences.hpp>
#include <pstar/experiment/experiment_grid.hpp>

#include "catch.hpp"
#include "planted_results.hpp"

namespace joint_goal_test {

namespace {

/// a = .1 + .85 logistic((p* - p) / s): p* is .5 for width 16, else .55, with s = .05; or, for a collapse, p* = .6 and
/// s = .08 (width / 16)^(-1 / 1.5). Every seed shifts its curve, the same for all widths where `shared`.
struct Planted {
    bool collapses = false, shared = true;

    double operator()(const pstar::RunKey& run) const {
        const auto seed = static_cast<std::uint32_t>(run.repeat), width = static_cast<std::uint32_t>(run.width);
        pstar::RandomSequence shift({pstar::Seed{11}, pstar::Stream::user, seed, shared ? 0 : width});
        pstar::RandomSequence own({pstar::Seed{12}, pstar::Stream::user, seed,
                                   static_cast<std::uint32_t>(std::llround(1000 * run.strength)) + 2000 * width});
        const pstar::SigmoidCurve curve{collapses ? 0.6 : (run.width == 16 ? 0.5 : 0.55),
                                        collapses ? 0.08 * std::pow(width / 16.0, -1 / 1.5) : 0.05, 0.1, 0.95};
        const double moved = (collapses ? 0.002 : 0.03) * shift.normal();
        return std::clamp(curve(run.strength - moved) + 0.005 * own.normal(), 0.0, 1.0);
    }
};

pstar::Grid<pstar::RunKey> grid(std::vector<std::size_t> widths) {
    std::vector<double> strengths;
    for (int i = 0; i <= 50; ++i) strengths.push_back(i / 50.0);
    return pstar::ExperimentGrid{.strengths = strengths, .widths = widths, .repeats = 40}.grid(100);
}

pstar::CurveRoundsOptions options(pstar::JointGoal joint, double half_width) {
    return {.design = {.half_width = half_width, .least_seeds = 8},
            .settings = {.test_corrupted = false},
            .classes = 10,
            .test_images = 1000,
            .joint = joint,
            .collapse = {.bootstrap = 100}};
}

struct Done {
    std::set<std::size_t> runs;
    std::vector<planted::Outcome> outcomes;
};

/// Runs whatever is asked for; `outcomes` may hold some already, as after a kill.
Done run_all(pstar::CurveRounds& rounds, const pstar::Grid<pstar::RunKey>& all, const Planted& accuracy,
             std::vector<planted::Outcome> outcomes) {
    Done done{{}, std::move(outcomes)};
    std::size_t round = 0;
    for (auto wanted = rounds(0, done.outcomes); !wanted.empty(); wanted = rounds(++round, done.outcomes)) {
        REQUIRE(round < 100);
        for (const auto i : wanted) {
            REQUIRE(done.runs.insert(i).second);  // no run is asked for twice
            done.outcomes[i] = planted::finished(accuracy(all[i]));
        }
    }
    return done;
}

}  // namespace

TEST_CASE("runs are chosen until the interval of a paired difference is as narrow as wanted", "[long]") {
    const auto all = grid({16, 64});
    pstar::CurveRounds rounds(all, options(pstar::JointGoal::difference, 0.006));
    const auto done = run_all(rounds, all, {}, std::vector<planted::Outcome>(all.size()));
    REQUIRE(rounds.joints().size() == 1);
    const auto& pair = rounds.joints()[0];
    CHECK(pair.kind == pstar::BatchKind::reached);
    CHECK(pair.status == "ok");
    CHECK(pair.half_width <= 0.006);
    CHECK(rounds.networks()[0].kind == pstar::BatchKind::reached);
    // p* alone: a shift of sd .03 over 40 seeds leaves +- .0096
    CHECK(done.runs.size() < all.size() / 10);
    const auto fits = pstar::fit_curves({.settings = {.test_corrupted = false},
                                         .runs = all.runs(),
                                         .outcomes = rounds.chosen(done.outcomes),
                                         .classes = 10,
                                         .test_images = 1000});
    const auto found = pstar::paired_difference(fits[0], fits[1]).found;
    CHECK(found.difference.value == Approx(-0.05).margin(0.01));
    CHECK((found.difference.high - found.difference.low) / 2 == pair.half_width);
    CHECK((fits[0].fit.p_star.high - fits[0].fit.p_star.low) / 2 > pair.half_width);

    // killed anywhere, and gone on: the same runs
    auto left = done.outcomes;
    std::size_t k = 0;
    for (const auto i : done.runs)
        if (++k % 3 == 0) left[i] = planted::Outcome();
    pstar::CurveRounds again(all, options(pstar::JointGoal::difference, 0.006));
    CHECK(run_all(again, all, {}, left).runs == done.runs);
}

TEST_CASE("runs are chosen until an exponent of a collapse is known", "[long]") {
    const auto all = grid({16, 32, 64});
    const Planted collapsing{.collapses = true, .shared = false};
    const auto of = [&](pstar::JointGoal goal, double half_width) {
        pstar::CurveRounds rounds(all, options(goal, half_width));
        const auto done = run_all(rounds, all, collapsing, std::vector<planted::Outcome>(all.size()));
        REQUIRE(rounds.joints().size() == 1);
        CHECK(rounds.joints()[0].networks == std::vector<std::size_t>{0, 1, 2});
        CHECK(rounds.joints()[0].kind == pstar::BatchKind::reached);
        CHECK(rounds.joints()[0].half_width <= half_width);
        return done.runs.size();
    };
    const auto coarse = of(pstar::JointGoal::nu, 0.3), fine = of(pstar::JointGoal::nu, 0.03);
    CHECK(coarse < fine);
    CHECK(fine < all.size() / 2);
    CHECK(of(pstar::JointGoal::p_c, 0.002) < all.size() / 2);
}

TEST_CASE("networks are paired that differ in one axis, or as is asked") {
    const pstar::RunKey mlp{.width = 16};
    auto wide = mlp, cnn = mlp, tanh = mlp, both = mlp;
    wide.width = 64, cnn.model = "cnn", cnn.width = 4, tanh.activation = pstar::Activation::tanh;
    both.width = 64, both.batch_size = 16;
    for (const auto& other : {wide, cnn, tanh}) CHECK(pstar::differ_in_one_axis(mlp, other));
    CHECK_FALSE(pstar::differ_in_one_axis(mlp, mlp));
    CHECK_FALSE(pstar::differ_in_one_axis(mlp, both));
    CHECK_FALSE(pstar::differ_in_one_axis(wide, tanh));

    const auto all = grid({16, 32, 64});
    auto asked = options(pstar::JointGoal::difference, 0.01);
    CHECK(pstar::CurveRounds(all, asked).joints().size() == 3);
    asked.are_compared = [](const auto& a, const auto& b) { return a.width == 16 && b.width == 64; };
    const pstar::CurveRounds rounds(all, asked);
    REQUIRE(rounds.joints().size() == 1);
    CHECK(rounds.joints()[0].networks == std::vector<std::size_t>{0, 2});
}

TEST_CASE("a joint goal asks for networks that have it") {
    for (const auto goal : {pstar::JointGoal::difference, pstar::JointGoal::nu, pstar::JointGoal::p_c})
        CHECK_THROWS_AS(pstar::CurveRounds(grid({16}), options(goal, 0.01)), std::invalid_argument);
}

}  // namespace joint_goal_test
