#include <pstar/scaling/logistic.hpp>

#include <cmath>

#include "catch.hpp"

using namespace pstar;

TEST_CASE("the logistic curve agrees with published values") {
    // python-psignifit, tests/test_sigmoids.py: PC = .6 at threshold 10, width 3 between F = .1 and F = .9, rising.
    const double width = 3 / (2 * std::log(9.0));
    const double midpoint = 10 - width * std::log(0.6 / 0.4);
    const LogisticCurve curve{midpoint, -width, 0, 1};
    CHECK(curve(9.5) == Approx(0.4189846).margin(5e-8));
    CHECK(curve(10) == Approx(0.6).margin(5e-8));
    CHECK(curve(11.5) == Approx(0.93103448).margin(5e-8));
    const LogisticCurve with_levels{midpoint, -width, 0.08, 0.88};  // guess .08, lapse .12
    CHECK(with_levels(9.5) == Approx(0.08 + 0.8 * 0.4189846).margin(5e-8));
}

TEST_CASE("value and slope at the midpoint are the levels' mean and drop / (4 width)") {
    const LogisticCurve curve{0.7, 0.05, 0.1, 0.98};
    CHECK(curve(0.7) == Approx(0.54).epsilon(1e-15));
    CHECK(curve.slope() == Approx(4.4).epsilon(1e-15));
    const double h = 1e-5;
    CHECK((curve(0.7 - h) - curve(0.7 + h)) / (2 * h) ==
          Approx(curve.slope()).epsilon(1e-7));  // error of order h^2 / width^2
}

TEST_CASE("the gradient agrees with central differences, falling and rising") {
    for (const LogisticCurve& curve : {LogisticCurve{0.6, 0.07, 0.1, 0.98}, LogisticCurve{0.3, -0.2, 0, 1}}) {
        for (const double p : {-0.5, 0.0, 0.3, 0.55, 0.6, 0.9, 1.5}) {
            const auto g = curve.gradient(p);
            const auto difference = [&](double LogisticCurve::*parameter) {
                const double h = 1e-6;
                auto more = curve, less = curve;
                more.*parameter += h;
                less.*parameter -= h;
                return (more(p) - less(p)) / (2 * h);
            };
            CHECK(g.p_star == Approx(difference(&LogisticCurve::p_star)).epsilon(1e-6).margin(1e-9));
            CHECK(g.width == Approx(difference(&LogisticCurve::width)).epsilon(1e-6).margin(1e-9));
            CHECK(g.lower == Approx(difference(&LogisticCurve::lower)).epsilon(1e-6).margin(1e-9));
            CHECK(g.upper == Approx(difference(&LogisticCurve::upper)).epsilon(1e-6).margin(1e-9));
        }
    }
}

TEST_CASE("value and gradient stay finite for any strength") {
    const LogisticCurve curve{0.5, 1e-300, 0.1, 0.9};
    for (const double p : {-1e300, -1.0, 0.0, 0.5, 1.0, 1e300}) {
        const auto g = curve.gradient(p);
        CHECK(std::isfinite(curve(p)));
        if (p != 0.5) CHECK((g.p_star == 0 && g.width == 0));
        CHECK(g.lower + g.upper == 1);
    }
    CHECK(curve(-1e300) == 0.9);
    CHECK(curve(1e300) == 0.1);
}

TEST_CASE("impossible curves are refused") {
    CHECK_THROWS_WITH((LogisticCurve{0, 0, 0, 1}.validate()), Catch::Contains("width (= 0)"));
    CHECK_THROWS_AS((LogisticCurve{NAN, 1, 0, 1}.validate()), std::invalid_argument);
    CHECK_NOTHROW((LogisticCurve{0, -1, 0, 1}.validate()));
}
