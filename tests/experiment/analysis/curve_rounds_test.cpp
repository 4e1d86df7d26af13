#include <pstar/experiment/analysis/curve_rounds.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/experiment/experiment_grid.hpp>

#include "catch.hpp"
#include "planted_results.hpp"

namespace curve_rounds_test {

namespace {

/// Wider networks fall later, and every seed shifts its curve.
double accuracy(const pstar::RunKey& run) {
    pstar::RandomSequence shift({pstar::Seed{11}, pstar::Stream::user, static_cast<std::uint32_t>(run.repeat), 0});
    pstar::RandomSequence own({pstar::Seed{12}, pstar::Stream::user, static_cast<std::uint32_t>(run.repeat),
                               static_cast<std::uint32_t>(std::llround(1000 * run.strength) + 2000 * run.width)});
    const pstar::SigmoidCurve curve{run.width == 16 ? 0.5 : 0.7, 0.05, 0.1, 0.95};
    return std::clamp(curve(run.strength - 0.01 * shift.normal()) + 0.005 * own.normal(), 0.0, 1.0);
}

pstar::Grid<pstar::RunKey> grid() {
    std::vector<double> strengths;
    for (int i = 0; i <= 50; ++i) strengths.push_back(i / 50.0);
    return pstar::ExperimentGrid{.strengths = strengths, .widths = {16, 64}, .repeats = 30}.grid(100);
}

pstar::CurveRoundsOptions options(double half_width) {
    return {.design = {.half_width = half_width, .least_seeds = 5},
            .settings = {.test_corrupted = false},
            .classes = 10,
            .test_images = 1000};
}

}  // namespace

TEST_CASE("rounds end when the interval of every network is as narrow as wanted", "[long]") {
    const auto all = grid();
    pstar::CurveRounds rounds(all, options(0.015));
    std::vector<planted::Outcome> outcomes(all.size());
    std::size_t round = 0, runs = 0;
    for (auto wanted = rounds(0, outcomes); !wanted.empty(); wanted = rounds(++round, outcomes)) {
        REQUIRE(round < 60);
        if (round == 0) CHECK(wanted.size() == 2 * 4 * 3);
        for (const auto i : wanted) {
            REQUIRE(outcomes[i].skipped());  // no run is asked for twice
            outcomes[i] = planted::finished(accuracy(all[i]));
            ++runs;
        }
    }
    CHECK(runs < all.size() / 5);
    const auto chosen = rounds.chosen(outcomes);
    CHECK(std::ranges::count_if(chosen, [](const auto& o) { return !o.skipped(); }) == static_cast<long>(runs));
    const auto fits = pstar::fit_curves({.settings = {.test_corrupted = false},
                                         .runs = all.runs(),
                                         .outcomes = chosen,
                                         .classes = 10,
                                         .test_images = 1000});
    REQUIRE(fits.size() == 2);
    for (std::size_t n = 0; n < 2; ++n) {
        const auto& network = rounds.networks()[n];
        CHECK(network.kind == pstar::BatchKind::reached);
        CHECK(fits[n].fit.source == pstar::IntervalSource::seeds);
        CHECK(network.half_width == (fits[n].fit.p_star.high - fits[n].fit.p_star.low) / 2);
        CHECK(network.half_width <= 0.015);
        CHECK(fits[n].fit.p_star.value == Approx(network.run.width == 16 ? 0.5 : 0.7).margin(0.02));
    }

    // outcomes of other runs, from whatever came before, change nothing
    for (std::size_t i = 0; i < all.size(); ++i)
        if (outcomes[i].skipped()) outcomes[i] = planted::finished(0.5);
    std::size_t again = 0;
    for (round = 0; again <= runs; ++round) {
        const auto wanted = rounds(round, outcomes);
        if (wanted.empty()) break;
        again += wanted.size();
    }
    CHECK(again == runs);
}

TEST_CASE("networks that always fail end with the most seeds") {
    const auto all = grid();
    pstar::CurveRounds rounds(all, options(0.01));
    std::vector<planted::Outcome> outcomes(all.size(), planted::failed());
    std::size_t round = 0;
    while (!rounds(round, outcomes).empty()) REQUIRE(++round < 100);
    for (const auto& network : rounds.networks()) {
        CHECK(network.kind == pstar::BatchKind::exhausted);
        CHECK(network.most_seeds() == 30);
    }
}

TEST_CASE("a design that the grid cannot meet is refused") {
    const auto few = pstar::ExperimentGrid{.strengths = {0, 0.5, 1}, .widths = {16}, .repeats = 30}.grid(100);
    CHECK_THROWS_AS(pstar::CurveRounds(few, options(0.01)), std::invalid_argument);
    CHECK_THROWS_AS(pstar::CurveRounds(grid(), options(0)), std::invalid_argument);
}

}  // namespace curve_rounds_test
