#include <pstar/scaling/curve/descent.hpp>

#include <array>
#include <cmath>

#include <pstar/scaling/curve/search.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

#include "catch.hpp"

namespace descent_test {

using namespace pstar;

namespace {

// NIST StRD, Rat42 (pasture yield, Ratkowsky 1983): y = b1 / (1 + exp(b2 - b3 x)), nine points, unit weights.
CurveData rat42() {
    CurveData data{Vector<double>(9), Vector<double>(9), Vector<double>::Ones(9)};
    data.x << 9, 14, 21, 28, 42, 57, 63, 70, 79;
    data.y << 8.93, 10.80, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08;
    return data;
}
SigmoidCurve rising(double b1, double b2, double b3) {
    return {b2 / b3, -1 / b3, 0, b1};
}

}  // namespace

TEST_CASE("Rat42: both of NIST's starts arrive at the certified values") {
    for (const auto& b : {std::array{100.0, 1.0, 0.1}, std::array{75.0, 2.5, 0.07}}) {
        const auto fit = descend(rat42(), {.lower = 0.0}, rising(b[0], b[1], b[2]));
        CHECK(fit.converged);
        CHECK(fit.curve.upper == Approx(72.462237576).epsilon(1e-8));
        CHECK(-fit.curve.p_star / fit.curve.width == Approx(2.6180768402).epsilon(1e-8));
        CHECK(-1 / fit.curve.width == Approx(0.067359200066).epsilon(1e-8));
        CHECK(fit.deviance == Approx(8.0565229338).epsilon(1e-10));
    }
}

TEST_CASE("Rat42 mirrored falls, and the search needs no start") {
    auto data = rat42();
    data.x = (-data.x).reverse().eval();
    data.y = data.y.reverse().eval();
    const auto fit = search_falling<SigmoidCurve>(data, {.lower = 0.0});
    CHECK(fit.converged);
    CHECK(fit.curve.upper == Approx(72.462237576).epsilon(1e-8));
    CHECK(1 / fit.curve.width == Approx(0.067359200066).epsilon(1e-8));
    CHECK(fit.deviance == Approx(8.0565229338).epsilon(1e-10));
}

TEST_CASE("weights count: a point of tiny error is passed, one of huge error is ignored") {
    const SigmoidCurve truth{30, -12, 0, 70};
    auto data = rat42();
    for (Eigen::Index i = 0; i < 9; ++i) data.y[i] = truth(data.x[i]);
    data.y[4] += 10;
    data.e[4] = 1e8;
    const auto fit = descend(data, {.lower = 0.0}, rising(75, 2.5, 0.07));
    CHECK(fit.curve.p_star == Approx(30).epsilon(1e-8));
    data.e[4] = 1e-6;
    const auto bent = descend(data, {.lower = 0.0}, rising(75, 2.5, 0.07));
    CHECK(bent.curve(data.x[4]) == Approx(data.y[4]).epsilon(1e-9));
}

TEST_CASE("the search finds planted falling curves wherever they lie, to 1e-8") {
    Vector<double> x = Vector<double>::LinSpaced(21, 0, 1);
    for (const double p_star : {0.1, 0.33, 0.5, 0.77, 0.9})
        for (const double width : {0.02, 0.05, 0.2})
            for (const bool known : {false, true}) {
                const SigmoidCurve truth{p_star, width, 0.1, 0.97};
                CurveData data{x, x.unaryExpr(truth), Vector<double>::Ones(21)};
                const auto fit = search_falling<SigmoidCurve>(
                    data, known ? KnownLevels{.lower = 0.1, .upper = 0.97} : KnownLevels{});
                CHECK(fit.curve.p_star == Approx(p_star).epsilon(1e-8));
                CHECK(fit.curve.width == Approx(width).epsilon(1e-8));
                CHECK(fit.curve.lower == Approx(0.1).epsilon(1e-8));
                CHECK(fit.curve.upper == Approx(0.97).epsilon(1e-8));
            }
}

TEST_CASE("a descent does not depend on the unit of strength") {
    const auto expected = descend(rat42(), {.lower = 0.0}, rising(75, 2.5, 0.07));
    for (const int power : {-900, -80, -20, 20, 80, 900}) {
        auto data = rat42();
        for (double& x : data.x) x = std::ldexp(x, power);
        const auto start = rising(75, 2.5, 0.07);
        const auto fit = descend(data, {.lower = 0.0},
                                 SigmoidCurve{std::ldexp(start.p_star, power), std::ldexp(start.width, power), 0, 75});
        CAPTURE(power);
        CHECK(fit.deviance == Approx(expected.deviance).epsilon(1e-12));
        CHECK(std::ldexp(fit.curve.p_star, -power) == Approx(expected.curve.p_star).epsilon(1e-9));
        CHECK(std::ldexp(fit.curve.width, -power) == Approx(expected.curve.width).epsilon(1e-9));
    }
}

}  // namespace descent_test
