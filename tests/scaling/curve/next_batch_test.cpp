#include <pstar/scaling/curve/next_batch.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/fit.hpp>

#include "catch.hpp"

namespace next_batch_test {

using namespace pstar;

namespace {

const SigmoidCurve narrow{0.62, 0.02, 0.1, 0.97};
constexpr std::size_t images = 1000;

/// Seeds that shift their curves by a normal number, tested on 1,000 images. What a run gives depends on its seed and
/// strength alone.
struct Seeds {
    SigmoidCurve curve;
    double shift;
    std::uint32_t experiment;

    double operator()(double p, std::size_t seed) const {
        const auto lane = static_cast<std::uint32_t>(2000 * seed);
        RandomSequence whole({Seed{20261126}, Stream::user, experiment, lane + 1999});
        const double accuracy = curve(p - shift * whole.normal());
        RandomSequence own(
            {Seed{20261126}, Stream::user, experiment, lane + static_cast<std::uint32_t>(std::llround(1000 * p))});
        std::size_t correct = 0;
        for (std::size_t i = 0; i < images; ++i) correct += own.uniform() < accuracy ? 1 : 0;
        return static_cast<double>(correct) / images;
    }
    /// The first so many seeds at each strength.
    CurveRuns measured(const std::map<double, std::size_t>& seeds) const {
        CurveRuns runs;
        for (const auto& [p, n] : seeds) {
            runs.strength.push_back(p), runs.accuracy.emplace_back(), runs.seed.emplace_back();
            for (std::size_t seed = 0; seed < n; ++seed)
                runs.accuracy.back().push_back((*this)(p, seed)), runs.seed.back().push_back(seed);
        }
        return runs;
    }
    SeedCurves measured(const std::vector<double>& strengths, std::size_t seeds) const {
        SeedCurves curves{strengths, {}};
        for (std::size_t seed = 0; seed < seeds; ++seed) {
            curves.accuracy.emplace_back();
            for (const double p : strengths) curves.accuracy.back().push_back((*this)(p, seed));
        }
        return curves;
    }
};

std::vector<double> even(std::size_t steps) {
    std::vector<double> strengths;
    for (std::size_t i = 0; i <= steps; ++i) strengths.push_back(static_cast<double>(i) / static_cast<double>(steps));
    return strengths;
}

CurveDesign design(double half_width, CurveQuantity quantity = CurveQuantity::p_star) {
    return {.quantity = quantity, .half_width = half_width, .strengths = even(100)};
}
const CurveFitOptions options{.lower = 0.1, .bootstrap = 200, .test_images = images};

double half_width(const Estimate& estimate) {
    return (estimate.high - estimate.low) / 2;
}

struct Ended {
    CurveFit fit;
    CurveBatch batch;
    std::map<double, std::size_t> seeds;
    std::size_t batches;
    std::size_t runs() const {
        return std::accumulate(seeds.begin(), seeds.end(), std::size_t{0},
                               [](auto sum, const auto& own) { return sum + own.second; });
    }
    std::size_t most_seeds() const {
        return std::ranges::max_element(seeds, {}, [](const auto& own) { return own.second; })->second;
    }
};

Ended measured_by_batches(const Seeds& seeds, const CurveDesign& design) {
    Ended ended{{}, {}, {}, 0};
    for (const double p : first_strengths(design)) ended.seeds[p] = design.seeds_to_begin_with();
    for (; ended.batches < 200; ++ended.batches) {
        const auto measured = seeds.measured(ended.seeds);
        ended.fit = fit_curve(measured, options);
        ended.batch = next_batch(measured, ended.fit, design);
        if (ended.batch.is_end()) break;
        REQUIRE(!ended.batch.runs.empty());
        for (const auto& [p, more] : ended.batch.runs) {
            REQUIRE(more > 0);
            REQUIRE(std::ranges::binary_search(design.strengths, p));
            ended.seeds[p] += more;
            REQUIRE(ended.seeds[p] <= design.most_seeds);
        }
        if (design.whole_seeds)
            for (const auto& [p, n] : ended.seeds) REQUIRE(n == ended.most_seeds());
    }
    return ended;
}

}  // namespace

TEST_CASE("the noise of planted seeds is found") {
    for (const double shift : {0.0, 0.01}) {
        INFO(shift);
        const Seeds seeds{{0.6, 0.06, 0.1, 0.97}, shift, 1};
        const auto noise = estimate_seed_noise(seeds.measured(even(20), 100), seeds.curve);
        if (shift == 0)
            CHECK(noise.shift == 0);
        else
            CHECK(noise.shift == Approx(shift).epsilon(0.15));
        for (const double p : {0.5, 0.6, 0.7}) {
            const double a = seeds.curve(p);
            CHECK(noise.variance(seeds.curve, p) == Approx(a * (1 - a) / images).epsilon(0.35));
        }
        // the plateaus share one number, which lies between the variances of counting on either
        CHECK((noise.plateau > 0.97 * 0.03 / images && noise.plateau < 0.1 * 0.9 / images));
        CHECK(noise.variance(seeds.curve, 0.6, 10) == Approx(0.025).epsilon(0.05));  // counting is never beaten
    }
}

TEST_CASE("the noise of seeds is found from a few strengths of most of them") {
    for (const double shift : {0.0, 0.02}) {
        INFO(shift);
        const Seeds seeds{{0.6, 0.06, 0.1, 0.97}, shift, 7};
        std::map<double, std::size_t> design;
        for (const double p : even(10)) design[p] = 4;
        design[0.6] = 100, design[0.65] = 80;
        const auto noise = estimate_seed_noise(seeds.measured(design), seeds.curve);
        CHECK(noise.shift == Approx(shift).epsilon(0.2));
        CHECK(noise.variance(seeds.curve, 0.6) == Approx(0.535 * 0.465 / images).epsilon(0.5));
        // a strength alone shows no shift: all is noise of its runs
        const auto alone = estimate_seed_noise(seeds.measured({{0, 3}, {0.6, 100}, {1, 3}}), seeds.curve);
        CHECK(alone.shift == 0);
        const double along = seeds.curve.derivative(0.6);
        CHECK(alone.variance(seeds.curve, 0.6) ==
              Approx(0.535 * 0.465 / images + along * along * shift * shift).epsilon(0.35));
    }
}

TEST_CASE("noise of seeds that cannot be estimated is refused") {
    const SigmoidCurve curve{0.6, 0.06, 0.1, 0.97};
    CHECK_THROWS_AS(estimate_seed_noise(SeedCurves{{0, 1}, {{0.9, 0.1}}}, curve), std::invalid_argument);
    CHECK_THROWS_AS(estimate_seed_noise(SeedCurves{{0}, {{0.9}, {0.9}}}, curve), std::invalid_argument);
    CHECK_THROWS_AS(estimate_seed_noise(SeedCurves{{0, 1}, {{0.9, 0.1}, {0.9}}}, curve), std::invalid_argument);
    CHECK_THROWS_AS(estimate_seed_noise(SeedCurves{{0, 1}, {{0.9, 0.1}, {0.9, 0.1}}}, {0.6, 0.06, 0.5, 0.5}),
                    std::invalid_argument);
}

TEST_CASE("the first strengths are spread evenly over those that may be measured") {
    auto five = design(0.01);
    five.first = 5;
    CHECK(first_strengths(five) == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
    auto few = design(0.01);
    few.strengths = {0, 0.8, 0.85, 0.9, 1};
    CHECK(first_strengths(few).size() == few.first);
    few.strengths.pop_back();
    CHECK(first_strengths(few) == few.strengths);
}

TEST_CASE("a fall between two strengths is looked into first") {
    const Seeds seeds{narrow, 0, 0};
    const auto measured = seeds.measured(std::vector<double>{0, 0.25, 0.5, 0.75, 1}, 8);
    const auto batch = next_batch(measured, fit_curve(measured, options), design(0.01));
    CHECK(batch.kind == BatchKind::runs);
    REQUIRE(batch.runs.size() == 1);
    CHECK(batch.runs[0].strength == Approx(0.62).margin(0.011));
    CHECK(batch.runs[0].seeds == 3);
}

TEST_CASE("a curve without a knee gets no more runs") {
    const Seeds seeds{{3, 0.05, 0.1, 0.97}, 0, 0};
    const auto measured = seeds.measured(std::vector<double>{0, 0.25, 0.5, 0.75, 1}, 8);
    CHECK(next_batch(measured, fit_curve(measured, options), design(0.01)).kind == BatchKind::no_knee);
}

TEST_CASE("seeds are added where they shift whole curves, strengths where runs have noise of their own") {
    const auto whole = [](double half_width) {
        auto wanted = design(half_width);
        wanted.whole_seeds = true, wanted.least_seeds = 8;
        return wanted;
    };
    const auto noisy = measured_by_batches({{0.62, 0.05, 0.1, 0.97}, 0, 3}, whole(0.001));
    const auto shifting = measured_by_batches({{0.62, 0.05, 0.1, 0.97}, 0.02, 3}, whole(0.01));
    CHECK(noisy.batch.kind == BatchKind::reached);
    CHECK(shifting.batch.kind == BatchKind::reached);
    const auto seeds_a_strength = [](const Ended& ended) {
        return static_cast<double>(ended.most_seeds()) / static_cast<double>(ended.seeds.size());
    };
    CHECK(seeds_a_strength(shifting) > 1.5 * seeds_a_strength(noisy));
}

TEST_CASE("strengths that tell little keep their first seeds") {
    const auto ended = measured_by_batches({narrow, 0.01, 3}, design(0.005));
    CHECK(ended.batch.kind == BatchKind::reached);
    CHECK(ended.fit.source == IntervalSource::seeds);
    CHECK(ended.fit.interval_dof >= 15);  // least_seeds stand behind it
    CHECK(ended.seeds.at(0) <= 5);
    CHECK(ended.seeds.at(1) == 3);
    const auto most = std::ranges::max_element(ended.seeds, {}, [](const auto& own) { return own.second; });
    CHECK(std::abs(most->first - narrow.p_star) < 2 * narrow.width);
    CHECK(most->second >= 15);
}

TEST_CASE("what cannot be reached ends, and says so") {
    auto small = design(1e-6);
    small.most_seeds = 20;
    const auto ended = measured_by_batches({{0.62, 0.05, 0.1, 0.97}, 0.01, 4}, small);
    CHECK(ended.batch.kind == BatchKind::exhausted);
    CHECK(ended.batch.half_width > 1e-6);
    CHECK(ended.runs() < 400);  // as soon as that is clear
}

TEST_CASE("an even grid of 21 strengths and 20 seeds is matched with a third of its runs", "[long]") {
    for (const double shift : {0.0, 0.01}) {
        INFO(shift);
        double wanted = 0;
        constexpr std::uint32_t grids = 20, experiments = 10;
        for (std::uint32_t i = 0; i < grids; ++i)
            wanted +=
                half_width(fit_curve(Seeds{narrow, shift, 1000 + i}.measured(even(20), 20), options).p_star) / grids;
        std::size_t runs = 0, covered = 0;
        for (std::uint32_t i = 0; i < experiments; ++i) {
            const auto ended = measured_by_batches({narrow, shift, i}, design(wanted));
            REQUIRE(ended.batch.kind == BatchKind::reached);
            CHECK(half_width(ended.fit.p_star) <= wanted);
            CHECK(ended.fit.source == IntervalSource::seeds);
            CHECK(ended.batches < 30);
            runs += ended.runs();
            covered += contains(ended.fit.p_star, narrow.p_star) ? 1 : 0;
        }
        CHECK(runs <= experiments * 420 / 3);
        CHECK(covered >= 7);  // of 10 at 95%: fewer in 1 of 1,000 cases
    }
}

TEST_CASE("a design that is not valid is refused") {
    const Seeds seeds{narrow, 0, 0};
    const auto measured = seeds.measured(std::vector<double>{0, 0.25, 0.5, 0.75, 1}, 8);
    const auto fit = fit_curve(measured, options);
    const auto refused = [&](const CurveDesign& wrong) {
        CHECK_THROWS_AS(next_batch(measured, fit, wrong), std::invalid_argument);
        CHECK_THROWS_AS(first_strengths(wrong), std::invalid_argument);
    };
    for (const double width :
         {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
        refused(design(width));
    refused(design(0.01, CurveQuantity::upper));
    auto wrong = design(0.01);
    wrong.strengths = {0, 1};
    refused(wrong);
    wrong = design(0.01);
    wrong.first_seeds = 2;
    refused(wrong);
    wrong = design(0.01);
    wrong.strengths = {0, 0.5, 0.5, 0.7, 1};
    refused(wrong);
    wrong = design(0.01);
    wrong.least_seeds = 2;
    refused(wrong);
    wrong.least_seeds = 150;
    refused(wrong);
    CHECK_THROWS_WITH(next_batch(measured, fit, design(0.01, CurveQuantity::upper)), Catch::Contains("upper"));
    CHECK_THROWS_AS(next_batch(seeds.measured(std::vector<double>{0, 1}, 1), fit, design(0.01)), std::invalid_argument);
    CHECK_THROWS_WITH(next_batch(CurveRuns{{0, 1}, {{0.9, 0.9}, {0.1, 0.1}}}, fit, design(0.01)),
                      Catch::Contains("number of seed lists"));
    CHECK_THROWS_WITH(next_batch(CurveRuns{{0, 1}, {{0.9, 0.9}, {0.1}}, {{0, 1}, {0}}}, fit, design(0.01)),
                      Catch::Contains("number of seeds at one strength (= 1)"));
}

}  // namespace next_batch_test
