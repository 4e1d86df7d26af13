// Two curves with the same seeds: which midpoint is larger?

#include <algorithm>
#include <cmath>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>

#include "catch.hpp"

namespace midpoint_difference_test {

namespace {

const std::vector<double> strengths{0, 0.3, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1};
const pstar::CurveFitOptions chance_known{
    .family = pstar::SigmoidFamily::logistic, .plateau = 0, .lower = 0.1, .bootstrap = 100};

/// Midpoint and noise of a planted curve: a seed moves the midpoint by `shift` by the same amount at all strengths, and
/// every accuracy by `noise` for itself.
struct Planted {
    double p_star, width = 0.05, shift = 0.01, noise = 0.005;
};

pstar::SeedCurves draw(const Planted& planted, std::size_t seeds, const std::vector<double>& shared,
                       pstar::RandomSequence& random) {
    pstar::SeedCurves curves{strengths, {}};
    for (std::size_t r = 0; r < seeds; ++r) {
        const pstar::SigmoidCurve curve{planted.p_star + shared[r] + planted.shift * random.normal(), planted.width,
                                        0.1, 0.97};
        curves.accuracy.emplace_back();
        for (const double p : strengths)
            curves.accuracy[r].push_back(std::clamp(curve(p) + planted.noise * random.normal(), 0.0, 1.0));
    }
    return curves;
}

std::vector<double> shared_shifts(std::size_t seeds, double deviation, pstar::RandomSequence& random) {
    std::vector<double> result;
    for (std::size_t r = 0; r < seeds; ++r) result.push_back(deviation * random.normal());
    return result;
}

/// How often the interval leaves out the planted difference, of `studies`.
double share_missed(std::size_t seeds, double planted, double shared, std::size_t studies) {
    pstar::RandomSequence random({pstar::Seed{11}, pstar::Stream::bootstrap});
    double missed = 0;
    for (std::size_t study = 0; study < studies; ++study) {
        const auto shifts = shared_shifts(seeds, shared, random);
        const auto first = draw({.p_star = 0.7 + planted}, seeds, shifts, random);
        const auto second = draw({.p_star = 0.7}, seeds, shifts, random);
        const auto found = pstar::midpoint_difference(first, second, chance_known);
        REQUIRE(found.status == pstar::DifferenceStatus::ok);
        if (found.difference.low > planted || found.difference.high < planted) ++missed;
    }
    return missed / static_cast<double>(studies);
}

}  // namespace

TEST_CASE("A planted difference of midpoints is found") {
    pstar::RandomSequence random({pstar::Seed{3}, pstar::Stream::bootstrap});
    const std::vector<double> none(5, 0.0);
    const auto late = draw({.p_star = 0.76}, 5, none, random), early = draw({.p_star = 0.68}, 5, none, random);
    const auto found = pstar::midpoint_difference(late, early, chance_known);
    REQUIRE(found.status == pstar::DifferenceStatus::ok);
    CHECK(found.seeds == 5);
    CHECK(found.verdict == pstar::Comparison::larger);
    // The seeds' shifts of 0.01 leave 0.01 sqrt(2 / 5) = 0.0063 on the difference: 0.02 is more than three of those.
    CHECK(found.difference.value == Approx(0.08).margin(0.02));
    CHECK(found.difference.low > 0);
    CHECK(found.share_above == 1.0);

    const auto turned = pstar::midpoint_difference(early, late, chance_known);
    CHECK(turned.verdict == pstar::Comparison::smaller);
    CHECK(turned.difference.value == -found.difference.value);
    CHECK(turned.standard_error == Approx(found.standard_error));
    CHECK(turned.share_above == 0.0);
}

TEST_CASE("The error is that of a paired t interval when every seed shifts its curve") {
    // Noiseless curves with the same shape and many strengths: p* of a mean is nearly the mean of the p*.
    const std::vector<double> shift_of_first{0.0, 0.004, -0.002, 0.006}, shift_of_second{0.002, 0.003, -0.004, 0.001};
    pstar::SeedCurves first, second;
    for (int i = 0; i <= 40; ++i) first.strength.push_back(0.4 + 0.015 * i);
    second.strength = first.strength;
    std::vector<double> differences;
    double mean = 0;
    for (std::size_t r = 0; r < 4; ++r) {
        const pstar::SigmoidCurve a{0.72 + shift_of_first[r], 0.05, 0.1, 0.97};
        const pstar::SigmoidCurve b{0.70 + shift_of_second[r], 0.05, 0.1, 0.97};
        first.accuracy.emplace_back();
        second.accuracy.emplace_back();
        for (const double p : first.strength) first.accuracy[r].push_back(a(p)), second.accuracy[r].push_back(b(p));
        differences.push_back(a.p_star - b.p_star);
        mean += differences[r] / 4;
    }
    double squares = 0;
    for (const double difference : differences) squares += std::pow(difference - mean, 2);
    const auto found = pstar::midpoint_difference(first, second, {.lower = 0.1, .bootstrap = 100, .test_images = 1000});
    REQUIRE(found.status == pstar::DifferenceStatus::ok);
    // Curvature: shifts of a tenth of the width change these by less than a twentieth of themselves.
    CHECK(found.difference.value == Approx(mean).epsilon(0.05));
    CHECK(found.standard_error == Approx(std::sqrt(squares / 3 / 4)).epsilon(0.05));
    CHECK(found.difference.high - found.difference.value == Approx(3.182 * found.standard_error).epsilon(1e-3));
}

TEST_CASE("What a seed does to both curves cancels") {
    pstar::RandomSequence random({pstar::Seed{8}, pstar::Stream::bootstrap});
    const std::size_t seeds = 6;
    const auto shifts = shared_shifts(seeds, 0.02, random);
    const Planted quiet{.p_star = 0.7, .shift = 0, .noise = 0.001};
    const auto first = draw({.p_star = 0.71, .shift = 0, .noise = 0.001}, seeds, shifts, random);
    const auto second = draw(quiet, seeds, shifts, random);
    const auto found = pstar::midpoint_difference(first, second, chance_known);
    REQUIRE(found.status == pstar::DifferenceStatus::ok);
    CHECK(found.verdict == pstar::Comparison::larger);
    // Unpaired, shifts of 0.02 alone would leave 0.02 sqrt(2 / 6) = 0.0115.
    CHECK(found.standard_error < 0.004);
}

TEST_CASE("The interval misses as often as it should", "[long]") {
    // 400 studies at 5% have a standard deviation of 1.1%: 1.5% and 9% are more than three of them away.
    const auto [seeds, planted] =
        GENERATE(std::pair<std::size_t, double>{3, 0.0}, std::pair<std::size_t, double>{5, 0.0},
                 std::pair<std::size_t, double>{5, 0.02});
    INFO(seeds << " seeds, difference " << planted);
    const double missed = share_missed(seeds, planted, 0.01, 400);
    CHECK(missed > 0.015);
    CHECK(missed < 0.09);
}

TEST_CASE("Curves that no family describes are compared by the smooth curves through them") {
    pstar::RandomSequence random({pstar::Seed{21}, pstar::Stream::user});
    pstar::SeedCurves first, second;
    for (int i = 0; i <= 20; ++i) first.strength.push_back(0.05 * i);
    second.strength = first.strength;
    const auto two_steps = [](double p) {
        return 0.1 + 0.3 * pstar::logistic((0.3 - p) / 0.05) + 0.55 * pstar::logistic((0.7 - p) / 0.05);
    };
    for (std::size_t r = 0; r < 6; ++r) {
        const double shift = 0.01 * random.normal();
        first.accuracy.emplace_back(), second.accuracy.emplace_back();
        for (const double p : first.strength) {
            first.accuracy[r].push_back(two_steps(p - shift - 0.02) + 0.002 * random.normal());
            second.accuracy[r].push_back(two_steps(p - shift) + 0.002 * random.normal());
        }
    }
    const auto found = pstar::midpoint_difference(first, second, {.lower = 0.1, .bootstrap = 100});
    REQUIRE(found.status == pstar::DifferenceStatus::ok);
    CHECK(found.first.status == pstar::CurveStatus::smooth);
    CHECK(found.second.status == pstar::CurveStatus::smooth);
    CHECK(found.verdict == pstar::Comparison::larger);
    CHECK(pstar::contains(found.difference, 0.02));
    CHECK(found.standard_error < 0.003);  // what a seed does to both cancels: unpaired it is .01 sqrt(2 / 6) = .006
}

TEST_CASE("The same curve twice is undecided") {
    pstar::RandomSequence random({pstar::Seed{5}, pstar::Stream::bootstrap});
    const auto curve = draw({.p_star = 0.7}, 4, std::vector<double>(4, 0.0), random);
    const auto found = pstar::midpoint_difference(curve, curve, chance_known);
    REQUIRE(found.status == pstar::DifferenceStatus::ok);
    CHECK(found.verdict == pstar::Comparison::undecided);
    CHECK(found.difference.value == 0.0);
    CHECK(found.share_above == 0.5);
}

TEST_CASE("Where the data cannot answer, a status says why") {
    pstar::RandomSequence random({pstar::Seed{6}, pstar::Stream::bootstrap});
    const std::vector<double> none(5, 0.0);
    const auto check_open = [](const pstar::MidpointDifference& found, pstar::DifferenceStatus status) {
        CHECK(found.status == status);
        CHECK(found.verdict == pstar::Comparison::undecided);
        CHECK(std::isnan(found.difference.value));
        CHECK(std::isinf(found.difference.low));
    };
    SECTION("two seeds") {
        const auto late = draw({.p_star = 0.9}, 2, none, random), early = draw({.p_star = 0.6}, 2, none, random);
        check_open(pstar::midpoint_difference(late, early, chance_known), pstar::DifferenceStatus::too_few_seeds);
    }
    SECTION("no seed at all") {
        check_open(pstar::midpoint_difference({strengths, {}}, {strengths, {}}),
                   pstar::DifferenceStatus::too_few_seeds);
    }
    SECTION("one curve never falls") {
        const auto never = draw({.p_star = 3}, 5, none, random), early = draw({.p_star = 0.6}, 5, none, random);
        const auto found = pstar::midpoint_difference(never, early, chance_known);
        check_open(found, pstar::DifferenceStatus::unidentified);
        CHECK(found.first.status == pstar::CurveStatus::no_drop);
        CHECK(found.second.status == pstar::CurveStatus::ok);
    }
    SECTION("one curve is a step") {
        const auto step = draw({.p_star = 0.72, .width = 1e-4, .shift = 0}, 5, none, random);
        const auto early = draw({.p_star = 0.6}, 5, none, random);
        const auto found = pstar::midpoint_difference(step, early, chance_known);
        check_open(found, pstar::DifferenceStatus::unidentified);
        CHECK(found.first.status == pstar::CurveStatus::step);
    }
}

TEST_CASE("Curves that do not belong together are refused") {
    const pstar::SeedCurves two{{0, 1}, {{0.9, 0.1}, {0.9, 0.1}}}, one{{0, 1}, {{0.9, 0.1}}};
    CHECK_THROWS_AS(pstar::midpoint_difference(two, one), std::invalid_argument);
    CHECK_THROWS_AS(pstar::midpoint_difference({{0, 1}, {{0.9}}}, one), std::invalid_argument);
    CHECK_THROWS_AS(pstar::midpoint_difference({{1, 0}, {{0.9, 0.1}}}, one), std::invalid_argument);
}

}  // namespace midpoint_difference_test
