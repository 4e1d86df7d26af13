#include <pstar/scaling/curve/runs.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>

#include "catch.hpp"

namespace runs_test {

using namespace pstar;

namespace {

/// Four seeds that shift the curve, at eleven strengths.
SeedCurves four_seeds() {
    RandomSequence random({Seed{12}, Stream::user});
    SeedCurves curves;
    for (int i = 0; i <= 10; ++i) curves.strength.push_back(i / 10.0);
    for (int r = 0; r < 4; ++r) {
        const SigmoidCurve own{0.6 + 0.02 * random.normal(), 0.05, 0.1, 0.97};
        curves.accuracy.emplace_back();
        for (const double p : curves.strength) curves.accuracy.back().push_back(own(p) + 0.002 * random.normal());
    }
    return curves;
}

bool equal(const CurveFit& a, const CurveFit& b) {
    return a.source == b.source && a.p_star.value == b.p_star.value && a.p_star.low == b.p_star.low &&
           a.p_star.high == b.p_star.high && a.slope.high == b.slope.high && a.deviance == b.deviance;
}

}  // namespace

TEST_CASE("runs with seeds give the curves of the seeds that are complete, by hand") {
    // strengths and seeds in any order; seed 9 has no run at .5
    const CurveRuns runs{{1, 0, 0.5}, {{0.1, 0.2, 0.3}, {0.9, 0.8, 0.7}, {0.4, 0.5}}, {{9, 4, 2}, {2, 9, 4}, {4, 2}}};
    const auto curves = seed_curves(runs);
    CHECK(curves.strength == std::vector{0.0, 0.5, 1.0});
    REQUIRE(curves.accuracy.size() == 2);
    CHECK(curves.accuracy[0] == std::vector{0.9, 0.5, 0.3});  // seed 2
    CHECK(curves.accuracy[1] == std::vector{0.7, 0.4, 0.2});  // seed 4
    CHECK_FALSE(same_seeds(runs));
}

TEST_CASE("seeds are paired by their numbers, not by their places") {
    const CurveRuns first{{0, 1}, {{0.9, 0.8, 0.7}, {0.3, 0.2, 0.1}}, {{0, 1, 2}, {0, 1, 2}}};
    const CurveRuns second{{0, 2}, {{0.6, 0.5, 0.4}, {0.35, 0.25}}, {{3, 2, 1}, {2, 1}}};  // 0 is missing, 3 incomplete
    const auto [a, b] = paired(first, second);
    CHECK(a.accuracy == std::vector<std::vector<double>>{{0.8, 0.2}, {0.7, 0.1}});
    CHECK(b.accuracy == std::vector<std::vector<double>>{{0.4, 0.25}, {0.5, 0.35}});
    CHECK(b.strength == std::vector{0.0, 2.0});
    CHECK(paired(first, CurveRuns{{0}, {{0.5}}, {{7}}}).first.accuracy.empty());
}

TEST_CASE(
    "a fit takes whole seeds where every strength has the same ones, some seeds where some lack runs, and else runs") {
    const CurveFitOptions options{.lower = 0.1, .bootstrap = 100, .test_images = 1000};
    const auto curves = four_seeds();
    auto runs = by_strength(curves);
    CHECK(same_seeds(runs));
    CHECK(fit_curve(runs, options).source == IntervalSource::seeds);
    CHECK(equal(fit_curve(runs, options), fit_curve(curves, options)));

    auto mixed = runs;  // the same runs, strengths and seeds in another order
    std::swap(mixed.strength[2], mixed.strength[7]);
    std::swap(mixed.accuracy[2], mixed.accuracy[7]);
    CHECK(equal(fit_curve(mixed, options), fit_curve(curves, options)));

    auto unknown = runs;
    unknown.seed.clear();
    CHECK_FALSE(same_seeds(unknown));
    const auto without = fit_curve(unknown, options);
    CHECK(without.source == IntervalSource::runs);
    CHECK(without.p_star.value == fit_curve(runs, options).p_star.value);  // the points are the same, the interval not

    auto other = runs;  // as many runs, but one of another seed
    other.seed[3][1] = 17;
    CHECK_FALSE(same_seeds(other));
    CHECK(fit_curve(other, options).source == IntervalSource::seeds);
    CHECK(fit_curve(other, options).p_star.value == without.p_star.value);
    CHECK(seed_curves(other).accuracy.size() == 3);
}

TEST_CASE("curves paired by their seeds have the difference of the curves that were measured together") {
    const auto curves = four_seeds();
    auto later = curves;
    for (auto& accuracies : later.accuracy)
        accuracies.insert(accuracies.begin(), accuracies.front()),
            accuracies.pop_back();  // one step of .1 to the right
    const CurveFitOptions options{.lower = 0.1, .bootstrap = 100};
    auto first = by_strength(later), second = by_strength(curves);
    for (std::size_t i = 0; i < second.strength.size(); ++i) {  // the same seeds in reverse order
        std::reverse(second.seed[i].begin(), second.seed[i].end());
        std::reverse(second.accuracy[i].begin(), second.accuracy[i].end());
    }
    const auto [a, b] = paired(first, second);
    const auto found = midpoint_difference(a, b, options), expected = midpoint_difference(later, curves, options);
    CHECK(found.difference.value == expected.difference.value);
    CHECK(found.standard_error == expected.standard_error);
    CHECK(found.difference.value == Approx(0.1).margin(0.005));
}

TEST_CASE("seeds that do not match their runs are refused by name") {
    using Catch::Contains;
    CHECK_THROWS_WITH(seed_curves(CurveRuns{{0, 1}, {{0.5}, {0.4}}}), Contains("number of seed lists (= 0)"));
    CHECK_THROWS_WITH(seed_curves(CurveRuns{{0}, {{0.5, 0.4}}, {{1}}}),
                      Contains("number of seeds at one strength (= 1)"));
    CHECK_THROWS_WITH(seed_curves(CurveRuns{{0}, {{0.5, 0.4}}, {{6, 6}}}), Contains("seed (= 6)"));
    CHECK_THROWS_WITH(fit_curve(CurveRuns{{0}, {{0.5, 0.4}}, {{6, 6}}}), Contains("occur once at a strength"));
    CHECK_THROWS_WITH(paired({{0}, {{0.5}}, {{1}}}, {{0}, {{0.5}}}), Contains("paired: number of seed lists"));
}

}  // namespace runs_test
