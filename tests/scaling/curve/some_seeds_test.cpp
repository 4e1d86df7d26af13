// Curves whose seeds do not all have a run at every strength.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/bootstrap.hpp>
#include <pstar/scaling/curve/fit.hpp>

#include "catch.hpp"

namespace some_seeds_test {

using namespace pstar;

namespace {

const SigmoidCurve planted{0.6, 0.06, 0.1, 0.97};

/// Every seed shifts its curve by .01; a run is there where `has(strength, seed)`.
CurveRuns measured(std::uint32_t experiment, std::size_t seeds,
                   const std::function<bool(std::size_t strength, std::size_t seed)>& has) {
    CurveRuns runs;
    for (std::size_t i = 0; i <= 20; ++i) {
        runs.strength.push_back(static_cast<double>(i) / 20);
        runs.accuracy.emplace_back(), runs.seed.emplace_back();
    }
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        RandomSequence random({Seed{20261127}, Stream::user, experiment, static_cast<std::uint32_t>(seed)});
        const double shift = 0.01 * random.normal();
        for (std::size_t i = 0; i <= 20; ++i) {
            const double accuracy = planted(runs.strength[i] - shift) + 0.005 * random.normal();
            if (!has(i, seed)) continue;
            runs.accuracy[i].push_back(std::clamp(accuracy, 0.0, 1.0));
            runs.seed[i].push_back(seed + 7);  // any numbers
        }
    }
    return runs;
}

}  // namespace

TEST_CASE("a seed that lacks a run is no reason to forget that runs share seeds") {
    const auto whole = measured(1, 12, [](auto, auto) { return true; });
    const auto lacking = measured(1, 12, [](auto i, auto seed) { return i != 3 || seed != 5; });
    const CurveFitOptions options{.lower = 0.1};
    const auto a = fit_curve(whole, options), b = fit_curve(lacking, options);
    CHECK(a.source == IntervalSource::seeds);
    CHECK(b.source == IntervalSource::seeds);
    CHECK(b.p_star.value == Approx(a.p_star.value).margin(1e-3));
    const auto length = [](const Estimate& estimate) { return estimate.high - estimate.low; };
    CHECK(length(b.p_star) == Approx(length(a.p_star)).epsilon(0.15));
    CHECK(b.interval_dof == Approx(11).margin(0.5));
}

TEST_CASE("seeds without runs in common, or too few of them, are runs") {
    const auto of = [](auto has) { return fit_curve(measured(2, 12, has), {.lower = 0.1}).source; };
    CHECK(of([](auto i, auto seed) { return seed < 2 || i == 3; }) == IntervalSource::seeds);
    CHECK(of([](auto i, auto seed) { return i != 3 || seed == 0; }) == IntervalSource::runs);  // one run at a strength
    auto own = measured(2, 4, [](auto, auto) { return true; });
    std::size_t number = 0;
    for (auto& seeds : own.seed)
        for (auto& seed : seeds) seed = ++number;
    CHECK(fit_curve(own, {.lower = 0.1}).source == IntervalSource::runs);
    CHECK_FALSE(shares_seeds(own));
    CHECK_FALSE(shares_seeds({{0, 1}, {{0.9, 0.9}, {0.1, 0.1}}, {{0, 1}, {0, 1}}}));  // two seeds
    CHECK_FALSE(shares_seeds({{0}, {{0.9, 0.9}}}));                                   // not known
    CHECK(shares_seeds({{0, 1}, {{0.9, 0.9}, {0.1, 0.1}}, {{0, 1}, {1, 2}}}));
    CHECK_THROWS_AS(shares_seeds({{0}, {{0.9, 0.9}}, {{1, 1}}}), std::invalid_argument);
}

TEST_CASE("intervals cover where most seeds have runs near the knee alone", "[long]") {
    // seeds 4 to 23 at four strengths, of which the fit learns p*
    const auto near_knee = [](auto i, auto seed) { return seed < 4 || (i >= 10 && i <= 13); };
    const auto scattered = [](auto i, auto seed) { return (7 * seed + 3 * i) % 3 != 0; };  // a third is missing
    const auto covered = [](const std::function<bool(std::size_t, std::size_t)>& has, std::size_t seeds,
                            bool are_known) {
        std::size_t hits = 0;
        for (std::uint32_t e = 0; e < 200; ++e) {
            auto runs = measured(100 + e, seeds, has);
            if (!are_known) runs.seed.clear();
            hits += contains(fit_curve(runs, {.lower = 0.1, .bootstrap = 200}).p_star, planted.p_star) ? 1 : 0;
        }
        return static_cast<double>(hits) / 200;
    };
    // Monte Carlo error .015
    const double near = covered(near_knee, 24, true), third = covered(scattered, 12, true);
    CHECK((near > 0.905 && near < 0.99));
    CHECK((third > 0.905 && third < 0.99));
    CHECK(covered(near_knee, 24, false) < 0.85);
}

}  // namespace some_seeds_test
