#include <pstar/scaling/curve/sigmoid_curve.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

namespace sigmoid_curve_test {

using namespace pstar;

namespace {

/// A falling curve of each family.
std::vector<SigmoidCurve> one_of_each(const Plateau& plateau = {}) {
    std::vector<SigmoidCurve> curves;
    for (const auto family : sigmoid_families) curves.push_back({0.6, 0.07, 0.1, 0.98, family, plateau});
    return curves;
}

const Plateau bent{.first = 0.1, .fall = 0.2, .bend = 0.3};

/// The largest |A'| on a fine grid of strengths, and its place.
detail::FamilyPeak steepest_by_force(const SigmoidCurve& curve) {
    detail::FamilyPeak best{0, 0};
    for (double p = 0.1; p < 1; p += 1e-5)
        if (const double slope = std::abs(curve(p + 1e-6) - curve(p - 1e-6)) / 2e-6; slope > best.density)
            best = {p, slope};
    return best;
}

}  // namespace

TEST_CASE("the Gaussian agrees with published values, and the Gumbels and Weibull with their own formulas") {
    // python-psignifit, tests/test_sigmoids.py: PC = .6 at threshold 10, width 3 between F = .1 and F = .9, rising.
    const double z9 = 1.2815515655446004, z6 = 0.2533471031357997;  // quantiles of the normal law
    const double sd = 3 / (2 * z9);
    const SigmoidCurve gaussian{10 - sd * z6, -sd, 0, 1, SigmoidFamily::gaussian};
    CHECK(gaussian(9.5) == Approx(0.43099688).margin(5e-8));
    CHECK(gaussian(10) == Approx(0.6).margin(5e-8));
    CHECK(gaussian(11.5) == Approx(0.93759564).margin(5e-8));
    // the shares of errors as usually written, half of them at p = 0.5: 1 - exp(-exp(u)), u = (p - m) / w, and so on
    const double m = 0.5 - 0.1 * std::log(std::log(2.0)), p = 0.57;
    const SigmoidCurve gumbel{0.5, 0.1, 0, 1, SigmoidFamily::gumbel};
    CHECK(1 - gumbel(p) == Approx(1 - std::exp(-std::exp((p - m) / 0.1))));
    const double rm = 0.5 + 0.1 * std::log(std::log(2.0));
    const SigmoidCurve reversed{0.5, 0.1, 0, 1, SigmoidFamily::reversed_gumbel};
    CHECK(1 - reversed(p) == Approx(std::exp(-std::exp(-(p - rm) / 0.1))));
    const double scale = 0.5 / std::pow(std::log(2.0), 0.1 / 0.5);
    const SigmoidCurve weibull{0.5, 0.1, 0, 1, SigmoidFamily::weibull};
    CHECK(1 - weibull(p) == Approx(1 - std::exp(-std::pow(p / scale, 5))));
    CHECK(weibull(0) == 1);
}

TEST_CASE("in every family, on any plateau, p* is at half height, the slope the steepest, a crossing on the curve") {
    auto curves = one_of_each();
    for (const auto& curve : one_of_each(bent)) curves.push_back(curve);
    for (const auto& curve : curves) {
        CAPTURE(to_string(curve.family), curve.plateau.fall);
        CHECK(curve(0.6) == Approx(0.54).epsilon(1e-13));
        const double h = 1e-5;
        const auto peak = steepest_by_force(curve);
        CHECK(curve.slope() == Approx(peak.density).epsilon(1e-5));
        CHECK(curve.steepest() == Approx(peak.t).margin(2e-3));  // flat there: 1e-5 of the slope is 3e-4 of strength
        for (const double p : {0.3, 0.55, 0.6, 0.66, 0.8})
            CHECK(curve.derivative(p) == Approx((curve(p + h) - curve(p - h)) / (2 * h)).epsilon(1e-5).margin(1e-9));
        CHECK(curve.crossing(0.54) == Approx(0.6).epsilon(1e-12));
        for (const double level : {0.15, 0.5, 0.9, 0.97})
            CHECK(curve(curve.crossing(level)) == Approx(level).epsilon(1e-11));
        CHECK(std::isnan(curve.crossing(0.05)));
        CHECK(std::isnan(curve.crossing(0.99)));
    }
}

TEST_CASE("the logistic curve agrees with published values") {
    // python-psignifit, tests/test_sigmoids.py: PC = .6 at threshold 10, width 3 between F = .1 and F = .9, rising.
    const double width = 3 / (2 * std::log(9.0));
    const double midpoint = 10 - width * std::log(0.6 / 0.4);
    const SigmoidCurve curve{midpoint, -width, 0, 1};
    CHECK(curve(9.5) == Approx(0.4189846).margin(5e-8));
    CHECK(curve(10) == Approx(0.6).margin(5e-8));
    CHECK(curve(11.5) == Approx(0.93103448).margin(5e-8));
    const SigmoidCurve with_levels{midpoint, -width, 0.08, 0.88};  // guess .08, lapse .12
    CHECK(with_levels(9.5) == Approx(0.08 + 0.8 * 0.4189846).margin(5e-8));
}

TEST_CASE("a plateau that slopes is as tall as told at its first strength, and bends down from there") {
    // the knee of a Gumbel curve below u = .83 - .9 (p - .8), as usually written, with its own midpoint
    const double m = 0.94, w = 0.012;
    const auto truth = [&](double p) { return 0.1 + (0.73 - 0.9 * (p - 0.8)) * std::exp(-std::exp((p - m) / w)); };
    double low = 0.8, high = 1;
    while (high - low > 1e-14) (truth((low + high) / 2) > 0.465 ? low : high) = (low + high) / 2;
    const SigmoidCurve curve{low, w, 0.1, 0.83, SigmoidFamily::gumbel, {.first = 0.8, .fall = 0.9}};
    for (double p = 0.8; p <= 1; p += 0.01) CHECK(curve(p) == Approx(truth(p)).epsilon(1e-10));
    // where the plateau itself is below half height there is no such curve
    CHECK(std::isnan(SigmoidCurve{0.6, 0.05, 0.1, 0.9, SigmoidFamily::gumbel, {.first = 0, .fall = 0.7}}(0.5)));
}

TEST_CASE("value and slope at the midpoint are the levels' mean and drop / (4 width)") {
    const SigmoidCurve curve{0.7, 0.05, 0.1, 0.98};
    CHECK(curve(0.7) == Approx(0.54).epsilon(1e-15));
    CHECK(curve.slope() == Approx(4.4).epsilon(1e-15));
    const double h = 1e-5;
    CHECK((curve(0.7 - h) - curve(0.7 + h)) / (2 * h) ==
          Approx(curve.slope()).epsilon(1e-7));  // error of order h^2 / width^2
}

TEST_CASE("the gradient agrees with central differences, falling and rising") {
    auto curves = one_of_each();
    curves.push_back({0.3, -0.2, 0, 1});
    for (const auto& curve : one_of_each(bent)) curves.push_back(curve);
    for (const auto& curve : curves) {
        CAPTURE(to_string(curve.family), curve.plateau.fall);
        for (const double p : {-0.5, 0.0, 0.3, 0.55, 0.6, 0.9, 1.5}) {
            if (curve.family == SigmoidFamily::weibull && p < 0) continue;
            const auto of_plateau = [&](double Plateau::*parameter) {
                const double h = 1e-6;
                auto more = curve, less = curve;
                more.plateau.*parameter += h;
                less.plateau.*parameter -= h;
                return (more(p) - less(p)) / (2 * h);
            };
            CHECK(curve.gradient(p).fall == Approx(of_plateau(&Plateau::fall)).epsilon(1e-6).margin(1e-9));
            CHECK(curve.gradient(p).bend == Approx(of_plateau(&Plateau::bend)).epsilon(1e-6).margin(1e-9));
            const auto g = curve.gradient(p);
            const auto difference = [&](double SigmoidCurve::*parameter) {
                const double h = 1e-6;
                auto more = curve, less = curve;
                more.*parameter += h;
                less.*parameter -= h;
                return (more(p) - less(p)) / (2 * h);
            };
            CHECK(g.p_star == Approx(difference(&SigmoidCurve::p_star)).epsilon(1e-6).margin(1e-9));
            CHECK(g.width == Approx(difference(&SigmoidCurve::width)).epsilon(1e-6).margin(1e-9));
            CHECK(g.lower == Approx(difference(&SigmoidCurve::lower)).epsilon(1e-6).margin(1e-9));
            CHECK(g.upper == Approx(difference(&SigmoidCurve::upper)).epsilon(1e-6).margin(1e-9));
        }
    }
}

TEST_CASE("value and gradient stay finite for any strength") {
    for (const auto family : sigmoid_families) {
        const SigmoidCurve curve{0.5, 1e-300, 0.1, 0.9, family};
        for (const double p : {-1e300, -1.0, 0.0, 0.5, 1.0, 1e300}) {
            if (family == SigmoidFamily::weibull && p < 0) continue;
            const auto g = curve.gradient(p);
            CHECK(std::isfinite(curve(p)));
            if (p != 0.5) CHECK((g.p_star == 0 && g.width == 0));
            CHECK(g.lower + g.upper == 1);
        }
        if (family != SigmoidFamily::weibull) CHECK(curve(-1e300) == 0.9);
        CHECK(curve(0) == 0.9);
        CHECK(curve(1e300) == 0.1);
    }
}

TEST_CASE("impossible curves are refused") {
    CHECK_THROWS_WITH((SigmoidCurve{0, 0, 0, 1}.validate()), Catch::Contains("width (= 0)"));
    CHECK_THROWS_AS((SigmoidCurve{NAN, 1, 0, 1}.validate()), std::invalid_argument);
    CHECK_NOTHROW((SigmoidCurve{0, -1, 0, 1}.validate()));
}

}  // namespace sigmoid_curve_test
