#include <pstar/scaling/curve/spread.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

namespace spread_test {

using namespace pstar;

namespace {

/// Runs whose sd peaks like a bell at `centre`.
CurveRuns bell_runs(double centre, std::size_t repeats, std::uint32_t experiment) {
    RandomSequence random({Seed{5}, Stream::user, experiment});
    CurveRuns runs;
    for (int i = 0; i <= 10; ++i) {
        const double p = i / 10.0, sd = 0.002 + 0.03 * std::exp(-std::pow((p - centre) / 0.1, 2));
        runs.strength.push_back(p);
        runs.accuracy.emplace_back();
        for (std::size_t r = 0; r < repeats; ++r) runs.accuracy.back().push_back(0.5 + sd * random.normal());
    }
    return runs;
}

}  // namespace

TEST_CASE("stddev and interval agree with a worked example") {
    // sd of .1 .2 .3 .4 .5 is sqrt(.025); chi-squared with 4 degrees of freedom: .4844 and 11.1433 (NIST table)
    const auto spread = spread_across_runs({{0, 1, 2}, {{.1, .2, .3, .4, .5}, {.5, .5}, {.2}}});
    REQUIRE(spread.points.size() == 2);  // one run has no spread
    CHECK(spread.status == SpreadStatus::too_few_runs);
    const auto stddev = spread.points[0].stddev;
    CHECK(stddev.value == Approx(std::sqrt(.025)));
    CHECK(stddev.low == Approx(std::sqrt(4 * .025 / 11.1433)).epsilon(1e-4));
    CHECK(stddev.high == Approx(std::sqrt(4 * .025 / .4844)).epsilon(1e-4));
    CHECK(spread.points[1].stddev.value == 0);
}

TEST_CASE("a parabola's peak is found exactly, on an uneven grid too") {
    const auto parabola = [](double x) { return 2 - 3 * (x - 0.43) * (x - 0.43); };
    const std::vector<double> x{0, 0.3, 0.5, 0.9};
    std::vector<double> y;
    for (const double place : x) y.push_back(parabola(place));
    const auto peak = detail::parabola_peak(x, y);
    CHECK(peak.inside);
    CHECK(peak.place == Approx(0.43).epsilon(1e-12));
    CHECK(peak.height == Approx(2).epsilon(1e-12));
    CHECK_FALSE(detail::parabola_peak(x, std::vector<double>{4, 3, 2, 1}).inside);
}

TEST_CASE("the peak of a bell-shaped spread is bracketed") {
    int hits = 0, ok = 0, heights = 0;
    for (std::uint32_t experiment = 0; experiment < 200; ++experiment) {
        const auto spread = spread_across_runs(bell_runs(0.63, 5, experiment), {.bootstrap = 200});
        heights += spread.height.low <= 0.032 && 0.032 <= spread.height.high;
        hits += spread.peak.low <= 0.63 && 0.63 <= spread.peak.high;
        ok += spread.status == SpreadStatus::ok;
        CHECK((spread.peak.low <= spread.peak.value && spread.peak.value <= spread.peak.high));
    }
    CHECK(hits >= 178);  // 95% of 200 less four standard deviations
    CHECK(ok >= 190);
    CHECK(heights >= 178);
}

TEST_CASE("equal spreads are called flat, a peak at the end is called open") {
    int flat = 0;
    for (std::uint32_t experiment = 0; experiment < 200; ++experiment)
        flat += spread_across_runs(bell_runs(100, 5, experiment), {.bootstrap = 100}).status == SpreadStatus::flat;
    CHECK(flat >= 178);  // Bartlett's test at 5%: 190 expected, sd 3.1
    CHECK(spread_across_runs(bell_runs(1.1, 20, 0)).status == SpreadStatus::at_edge);
}

TEST_CASE("Bartlett's statistic agrees with a worked example") {
    // Three groups of 5, 5 and 3 runs with variances 1, 4 and 9, by hand: pooled (4 + 16 + 18) / 10 = 3.8;
    // 10 log 3.8 - 4 log 1 - 4 log 4 - 2 log 9 over the correction 1 + (1/4 + 1/4 + 1/2 - 1/10) / 6 = 1.15; two degrees
    // of freedom.
    const std::vector<SpreadPoint> points{{0, 5, {1, 0, 0}}, {1, 5, {2, 0, 0}}, {2, 3, {3, 0, 0}}};
    const double statistic = (10 * std::log(3.8) - 4 * std::log(4.0) - 2 * std::log(9.0)) / 1.15;
    CHECK(detail::bartlett_p_value(points) == Approx(std::exp(-statistic / 2)).epsilon(1e-10));
}

TEST_CASE("the same seed gives the same interval, in any order of strengths") {
    auto runs = bell_runs(0.5, 4, 1);
    const auto a = spread_across_runs(runs);
    std::swap(runs.strength[1], runs.strength[8]);
    std::swap(runs.accuracy[1], runs.accuracy[8]);
    const auto b = spread_across_runs(runs);
    CHECK((a.peak.low == b.peak.low && a.peak.high == b.peak.high && a.peak.value == b.peak.value));
    CHECK_THROWS_AS(spread_across_runs(runs, {.confidence = 0}), std::invalid_argument);
}

TEST_CASE("the unit of strength only rescales the peak") {
    const auto plain = spread_across_runs(bell_runs(0.42, 20, 1));
    REQUIRE(plain.status == SpreadStatus::ok);
    for (const int exponent : {-1000, -300, 300, 1000}) {
        auto runs = bell_runs(0.42, 20, 1);
        for (double& strength : runs.strength) strength = std::scalbn(strength, exponent);
        const auto other = spread_across_runs(runs);
        INFO(exponent);
        CHECK(other.status == plain.status);
        CHECK(other.peak.low == std::scalbn(plain.peak.low, exponent));
        CHECK(other.peak.value == std::scalbn(plain.peak.value, exponent));
        CHECK(other.peak.high == std::scalbn(plain.peak.high, exponent));
        CHECK(other.height.value == plain.height.value);
        CHECK(other.bartlett_p_value == plain.bartlett_p_value);
    }
}

}  // namespace spread_test
