#include <pstar/experiment/analysis/refinement_rounds.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include <pstar/experiment/experiment_grid.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

#include "catch.hpp"
#include "planted_results.hpp"

namespace refinement_rounds_test {

namespace {

const std::vector<double> coarse{0, 0.2, 0.4, 0.6, 0.8, 1};

/// Wider networks fall later and more steeply.
double accuracy(const pstar::RunKey& run) {
    const auto curve =
        run.width == 16 ? pstar::SigmoidCurve{0.5, 0.1, 0.1, 0.9} : pstar::SigmoidCurve{0.7, 0.02, 0.1, 1};
    return std::clamp(curve(run.strength) + (run.repeat == 0 ? 0.005 : -0.005), 0.0, 1.0);
}

pstar::Grid<pstar::RunKey> grid(double resolution = 0.0125) {
    return pstar::ExperimentGrid{.strengths = pstar::halved(coarse, resolution), .widths = {16, 64}, .repeats = 2}.grid(
        100);
}

pstar::RefinementOptions options(double step = 0.05) {
    return {.strengths = coarse,
            .accuracy_step = step,
            .settings = {.test_corrupted = false},
            .classes = 10,
            .test_images = 1000};
}

using Plan = std::function<planted::Outcome(const pstar::RunKey&)>;

/// Runs round after round into `outcomes`, at most so many runs more; returns how many that were.
std::size_t sweep(pstar::RefinementRounds& rounds, const pstar::Grid<pstar::RunKey>& all,
                  std::vector<planted::Outcome>& outcomes, const Plan& plan, std::size_t most = 100'000) {
    std::size_t runs = 0;
    for (std::size_t round = 0;; ++round) {
        REQUIRE(round < 20);
        const auto wanted = rounds(round, outcomes);
        if (wanted.empty()) return runs;
        for (const auto i : wanted) {
            if (!outcomes[i].skipped()) continue;
            if (runs == most) return runs;
            outcomes[i] = plan(all[i]);
            ++runs;
        }
    }
}

planted::Outcome finished(const pstar::RunKey& run) {
    return planted::finished(accuracy(run));
}

}  // namespace

TEST_CASE("a planted map is measured finely at its knees, coarsely elsewhere") {
    const auto all = grid();
    pstar::RefinementRounds rounds(all, options());
    std::vector<planted::Outcome> outcomes(all.size());
    const auto runs = sweep(rounds, all, outcomes, finished);
    CHECK(runs == rounds.runs());
    CHECK(runs < all.size() / 3);
    // Every strength, from the curve itself: gaps of more than 0.05 are halved.
    for (const auto& network : rounds.networks()) {
        CHECK(!network.is_open);
        std::set<double> expected(coarse.begin(), coarse.end());
        const std::function<void(double, double)> refine = [&](double left, double right) {
            auto at = network.run;
            at.strength = left;
            const double before = accuracy(at);
            at.strength = right;
            if (before - accuracy(at) <= 0.05 || right - left < 0.013) return;
            const double middle = pstar::detail::rounded_middle(left, right);
            expected.insert(middle);
            refine(left, middle), refine(middle, right);
        };
        for (std::size_t i = 0; i + 1 < coarse.size(); ++i) refine(coarse[i], coarse[i + 1]);
        CHECK(network.strengths == std::vector<double>(expected.begin(), expected.end()));
    }
    const auto& narrow = rounds.networks()[1].strengths;
    CHECK(std::ranges::count_if(narrow, [](double p) { return p > 0.6 && p < 0.8; }) >= 7);
    CHECK(std::ranges::count_if(narrow, [](double p) { return p < 0.6; }) == 3);
    // All seeds at every strength that was chosen, and no other run.
    std::map<std::pair<std::size_t, double>, std::size_t> seeds;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (!outcomes[i].skipped()) ++seeds[{all[i].width, all[i].strength}];
    for (const auto& [point, n] : seeds) CHECK(n == 2);
}

TEST_CASE("a sweep that was killed anywhere ends with the same runs, whatever else a journal has") {
    const auto all = grid();
    std::vector<planted::Outcome> whole(all.size());
    pstar::RefinementRounds uninterrupted(all, options());
    const auto runs = sweep(uninterrupted, all, whole, finished);
    for (const std::size_t killed : {1, 13, 24, 25, 40}) {
        REQUIRE(killed < runs);
        std::vector<planted::Outcome> outcomes(all.size());
        pstar::RefinementRounds first(all, options()), second(all, options());
        CHECK(sweep(first, all, outcomes, finished, killed) == killed);
        CHECK(sweep(second, all, outcomes, finished) == runs - killed);
        for (std::size_t i = 0; i < all.size(); ++i) CHECK(outcomes[i].skipped() == whole[i].skipped());
    }
    auto outcomes = whole;
    for (auto& outcome : outcomes)
        if (outcome.skipped()) outcome = planted::finished(0.3);  // of an earlier sweep with another step
    pstar::RefinementRounds again(all, options());
    CHECK(sweep(again, all, outcomes, finished) == 0);
    CHECK(again.runs() == runs);
    const auto chosen = again.chosen(outcomes);
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(chosen[i].skipped() == whole[i].skipped());
}

TEST_CASE("a finer grid adds runs to those of a coarser one; a larger step needs fewer") {
    const auto runs_of = [](double resolution, double step) {
        const auto all = grid(resolution);
        std::vector<planted::Outcome> outcomes(all.size());
        pstar::RefinementRounds rounds(all, options(step));
        sweep(rounds, all, outcomes, finished);
        std::set<std::pair<std::size_t, double>> points;
        for (const auto& network : rounds.networks())
            for (const double p : network.strengths) points.insert({network.run.width, p});
        return points;
    };
    const auto some = runs_of(0.05, 0.05), more = runs_of(0.0125, 0.05), few = runs_of(0.0125, 0.3);
    CHECK(some.size() < more.size());
    CHECK(std::ranges::includes(more, some));
    CHECK(few.size() < more.size());
    CHECK(runs_of(0.0125, 1).size() == 2 * coarse.size());
    CHECK(runs_of(0.2, 0).size() == 2 * coarse.size());
}

TEST_CASE("strengths whose runs all failed are passed over, both kinds of test images count") {
    const auto all = grid();
    std::vector<planted::Outcome> outcomes(all.size());
    pstar::RefinementRounds rounds(all, options());
    sweep(rounds, all, outcomes, [](const pstar::RunKey& run) {
        return run.width == 16 || run.strength == 0.6 || run.strength == 0.7 ? planted::failed() : finished(run);
    });
    CHECK(rounds.networks()[0].strengths == coarse);  // nothing is known of it
    CHECK(rounds.networks()[1].strengths.size() > coarse.size());

    auto both = options();
    both.settings.test_corrupted = true;
    pstar::RefinementRounds of_both(all, both);
    std::vector<planted::Outcome> of_two(all.size());
    sweep(of_both, all, of_two, [](const pstar::RunKey& run) {  // clean images stay easy, corrupted ones do not
        return planted::Outcome{
            pstar::RunResult{.test_loss = 1, .test_accuracy = 0.9, .test_accuracy_corrupted = accuracy(run)}, ""};
    });
    std::vector<planted::Outcome> alone(all.size());
    pstar::RefinementRounds of_one(all, options());
    sweep(of_one, all, alone, finished);
    for (std::size_t n = 0; n < 2; ++n) CHECK(of_both.networks()[n].strengths == of_one.networks()[n].strengths);
}

TEST_CASE("strengths that the grid does not have are refused") {
    auto wrong = options();
    wrong.strengths = {0, 0.33, 1};
    CHECK_THROWS_WITH(pstar::RefinementRounds(grid(), wrong), Catch::Contains("strength (= 0.33)"));
    wrong.strengths = {0.2};
    CHECK_THROWS_AS(pstar::RefinementRounds(grid(), wrong), std::invalid_argument);
    wrong.strengths = {0.2, 0};
    CHECK_THROWS_AS(pstar::RefinementRounds(grid(), wrong), std::invalid_argument);
    CHECK_THROWS_AS(pstar::RefinementRounds(grid(), options(-1)), std::invalid_argument);
}

}  // namespace refinement_rounds_test
