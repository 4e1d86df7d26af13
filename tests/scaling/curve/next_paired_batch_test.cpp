#include <pstar/scaling/curve/next_paired_batch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include <pstar/core/random.hpp>

#include "catch.hpp"

namespace next_paired_batch_test {

using namespace pstar;

namespace {

/// Two curves; a seed shifts both by the same normal number, and either by one of its own. Runs have noise of sd .01.
struct Pair {
    std::array<SigmoidCurve, 2> curves{{{0.55, 0.05, 0.1, 0.97}, {0.6, 0.04, 0.1, 0.97}}};
    double shared = 0, own = 0;
    std::uint32_t experiment = 0;

    double operator()(std::size_t c, double p, std::size_t seed) const {
        const auto lane = static_cast<std::uint32_t>(4000 * seed), which = static_cast<std::uint32_t>(2000 * c);
        const auto normal = [&](std::uint32_t place) {
            RandomSequence random({Seed{20261127}, Stream::user, experiment, place});
            return random.normal();
        };
        const double shift = shared * normal(lane + 1998) + own * normal(lane + which + 1999);
        return curves[c](p - shift) + 0.01 * normal(lane + which + static_cast<std::uint32_t>(std::llround(1000 * p)));
    }
    SeedCurves measured(std::size_t c, const std::vector<double>& strengths, std::size_t seeds) const {
        SeedCurves result{strengths, {}};
        for (std::size_t seed = 0; seed < seeds; ++seed) {
            result.accuracy.emplace_back();
            for (const double p : strengths) result.accuracy.back().push_back((*this)(c, p, seed));
        }
        return result;
    }
};

CurveDesign design(double half_width) {
    CurveDesign result{.half_width = half_width, .least_seeds = 8, .most_seeds = 40};
    for (int i = 0; i <= 100; ++i) result.strengths.push_back(i / 100.0);
    return result;
}
const CurveFitOptions options{.lower = 0.1, .bootstrap = 200};

struct Ended {
    MidpointDifference found;
    PairedBatch batch;
    std::array<std::vector<double>, 2> strengths;
    std::size_t seeds, batches;
    std::size_t runs() const { return seeds * (strengths[0].size() + strengths[1].size()); }
};

Ended measured_by_batches(const Pair& pair, const CurveDesign& design, std::array<double, 2> cost = {1, 1}) {
    const auto first = first_strengths(design);
    Ended ended{{}, {}, {first, first}, design.least_seeds, 0};
    for (; ended.batches < 200; ++ended.batches) {
        const auto a = pair.measured(0, ended.strengths[0], ended.seeds);
        const auto b = pair.measured(1, ended.strengths[1], ended.seeds);
        ended.found = midpoint_difference(a, b, options);
        ended.batch = next_paired_batch(a, b, ended.found, design, cost);
        if (ended.batch.is_end()) break;
        for (std::size_t c = 0; c < 2; ++c) {
            for (const double p : ended.batch.strengths[c]) {
                REQUIRE(std::ranges::binary_search(design.strengths, p));
                REQUIRE(std::ranges::find(ended.strengths[c], p) == ended.strengths[c].end());
                ended.strengths[c].push_back(p);
            }
            std::ranges::sort(ended.strengths[c]);
        }
        ended.seeds += ended.batch.seeds;
        REQUIRE(ended.seeds <= design.most_seeds);
    }
    return ended;
}

}  // namespace

TEST_CASE("a shift that both curves share asks for no more seeds", "[long]") {
    const auto shared = measured_by_batches({.shared = 0.03}, design(0.003));
    CHECK(shared.batch.kind == BatchKind::reached);
    CHECK(shared.batch.half_width <= 0.003);
    CHECK(shared.found.difference.value == Approx(-0.05).margin(0.006));
    const auto apart = measured_by_batches({.own = 0.01}, design(0.006));
    CHECK(apart.batch.kind == BatchKind::reached);
    // own shifts alone: sd of a mean of n seeds .014 / sqrt(n), t = 2.07: 24 seeds for .006
    CHECK(apart.seeds >= 16);
    CHECK(shared.seeds < apart.seeds);
}

TEST_CASE("intervals of differences that ended a sequence hold the truth", "[long]") {
    constexpr std::uint32_t experiments = 12;
    std::size_t covered = 0;
    for (std::uint32_t e = 0; e < experiments; ++e) {
        const auto ended = measured_by_batches({.shared = 0.02, .own = 0.005, .experiment = e + 1}, design(0.005));
        CHECK(ended.batch.kind == BatchKind::reached);
        CHECK(ended.batches < 40);
        covered += contains(ended.found.difference, -0.05) ? 1 : 0;
    }
    CHECK(covered >= 8);  // of 12 at 95%: fewer in 2 of 10,000 cases
}

TEST_CASE("the curve whose runs cost less gets more strengths") {
    const Pair pair{.experiment = 50};
    const auto cheap = measured_by_batches(pair, design(0.0012), {1, 20});
    const auto dear = measured_by_batches(pair, design(0.0012), {20, 1});
    CHECK(cheap.batch.kind == BatchKind::reached);
    CHECK(cheap.strengths[0].size() > dear.strengths[0].size());
    CHECK(cheap.strengths[1].size() < dear.strengths[1].size());
}

TEST_CASE("a difference that cannot be had ends, and says so") {
    auto small = design(1e-6);
    small.most_seeds = 9;
    const auto ended = measured_by_batches({.own = 0.01}, small);
    CHECK(ended.batch.kind == BatchKind::exhausted);
    CHECK(ended.seeds == 9);
    Pair flat;
    flat.curves[1] = {3, 0.05, 0.1, 0.97};
    CHECK(measured_by_batches(flat, design(0.01)).batch.kind == BatchKind::no_knee);
}

TEST_CASE("what is no pair is refused") {
    const Pair pair;
    const auto strengths = first_strengths(design(0.01));
    const auto a = pair.measured(0, strengths, 8), b = pair.measured(1, strengths, 8);
    const auto found = midpoint_difference(a, b, options);
    CHECK_THROWS_AS(next_paired_batch(a, pair.measured(1, strengths, 7), found, design(0.01)), std::invalid_argument);
    CHECK_THROWS_AS(next_paired_batch(a, b, found, design(0)), std::invalid_argument);
    for (const double cost : {0.0, -1.0, std::numeric_limits<double>::infinity()})
        CHECK_THROWS_AS(next_paired_batch(a, b, found, design(0.01), {1, cost}), std::invalid_argument);
}

}  // namespace next_paired_batch_test
