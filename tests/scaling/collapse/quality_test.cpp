#include <cmath>
#include <cstdint>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/scaling/collapse/quality.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>

#include "catch.hpp"

namespace quality_test {

using namespace pstar;

namespace {

/// The data of pyfssa's tutorial: a = L^(zeta/nu) exp(-(x + 1)^2), da = a / 10, noise-free.
std::vector<SizeCurve> tutorial() {
    std::vector<SizeCurve> curves;
    for (const double size : {10, 31, 100, 316, 1000}) {
        SizeCurve curve{size, {}, {}, {}};
        for (int i = 0; i < 200; ++i) {
            const double rho = -0.5 + 1.3 * i / 199, x = std::pow(size, 1 / 2.5) * (rho - 0.5);
            const double a = std::pow(size, 1.5 / 2.5) * std::exp(-(x + 1) * (x + 1));
            curve.strength.push_back(rho), curve.accuracy.push_back(a), curve.error.push_back(a / 10);
        }
        curves.push_back(curve);
    }
    return curves;
}

/// Logistic curves of sizes 16, 32 and 64 that collapse with p_c = 1/2 and nu = 4/3, except that the last is `late`.
std::vector<SizeCurve> logistic_curves(int points, double noise, std::uint32_t experiment, double late = 0) {
    RandomSequence random({Seed{3}, Stream::user, experiment});
    std::vector<SizeCurve> curves;
    for (const double size : {16, 32, 64}) {
        SizeCurve curve{size, {}, {}, {}};
        for (int i = 0; i < points; ++i) {
            const double p = i / (points - 1.0), x = std::pow(size, 0.75) * (p - 0.5 - (size > 50 ? late : 0));
            curve.strength.push_back(p), curve.error.push_back(0.005);
            curve.accuracy.push_back(1 / (1 + std::exp(x)) + noise * random.normal());
        }
        curves.push_back(curve);
    }
    return curves;
}

}  // namespace

TEST_CASE("Houdayer and Hartmann's S agrees with the numbers that pyfssa published") {
    const auto curves = tutorial();
    const auto at = [&](double p_c, double nu, double zeta) { return line_quality(scale(curves, {p_c, nu, zeta})); };
    // fssa.autoscale in the tutorial of pyfssa 0.7.6: .17526760830186447 there; the two differ by cancellation in the
    // sums of weights that span many orders of magnitude
    CHECK(at(.49998651420931617, 2.5029600101429974, 1.4952017139156362).s_by_size ==
          Approx(.17526760830186).epsilon(1e-9));
    CHECK(at(.5, 2.5, 1.5).s_by_size == Approx(.2001030).margin(5e-8));
    CHECK(at(.25, 2.5, 1.5).s_by_size == Approx(117.66).margin(5e-3));
    CHECK(at(.5, 2.5, 1.5).points == 1000);
    CHECK(at(.5, 2.5, 1.5).overlapping == 926);
}

TEST_CASE("the master line goes through the pairs around x, weighted") {
    // at x = -1: (-10, -100 +- 1), (10, 100 +- 1) of one size and (-2, -4 +- .2), (0, 0 +- .1) of another
    const std::vector<ScaledCurve> curves{
        {{1, 2}, {0, 0}, {1, 1}}, {{-10, 10}, {-100, 100}, {1, 1}}, {{-2, 0, 0.5}, {-4, 0, 7}, {.2, .1, 1}}};
    const double w[] = {1, 1, 25, 100}, x[] = {-10, 10, -2, 0}, y[] = {-100, 100, -4, 0};
    double k = 0, kx = 0, ky = 0, kxx = 0, kxy = 0;
    for (int l = 0; l < 4; ++l)
        k += w[l], kx += w[l] * x[l], ky += w[l] * y[l], kxx += w[l] * x[l] * x[l], kxy += w[l] * x[l] * y[l];
    const double delta = k * kxx - kx * kx;
    const auto line = detail::line_through_others(curves, 0, -1);
    CHECK(line.mean == Approx(((kxx * ky - kx * kxy) - (k * kxy - kx * ky)) / delta).epsilon(1e-13));
    CHECK(line.variance == Approx((kxx + 2 * kx + k) / delta).epsilon(1e-13));
}

TEST_CASE("only points between two of another size count") {
    // pyfssa's test_jprimes: left ends belong to an interval, right ends do not
    const std::vector<ScaledCurve> curves{{{0, 1, 2}, {0, 1, 2}, {.05, .05, .05}},
                                          {{.5, 1.5, 2.5}, {.5, 1.5, 2.5}, {.05, .05, .05}},
                                          {{-.25, .25, .75}, {-.25, .25, .75}, {.05, .05, .05}}};
    CHECK(detail::bracket(curves[0], 0.5) == 0);
    CHECK(detail::bracket(curves[0], 1) == 1);
    CHECK(detail::bracket(curves[0], 2) == 3);
    CHECK(detail::bracket(curves[0], -0.1) == 3);
    const auto quality = line_quality(curves);
    CHECK(quality.overlapping == 7);  // not 2.5 and -.25
    CHECK(quality.points == 9);
    CHECK(quality.s == Approx(0).margin(1e-25));  // points on a line
    auto bent = curves;
    bent[1].y[1] = 1;
    CHECK(line_quality(bent).s > 1);

    const std::vector<ScaledCurve> apart{{{0, 1}, {0, 1}, {1, 1}}, {{2, 3}, {0, 1}, {1, 1}}};
    CHECK(line_quality(apart).overlapping == 0);
    CHECK(std::isnan(line_quality(apart).s));
    CHECK(std::isnan(smooth_quality(apart).s_by_size));
}

TEST_CASE("on a coarse grid the line misses the bend, the smooth master curve does not") {
    for (const int points : {11, 21, 51}) {
        const auto curves = scale(logistic_curves(points, 0, 0), {0.5, 4.0 / 3, 0});
        const double line = line_quality(curves).s, smooth = smooth_quality(curves).s;
        CAPTURE(points, line, smooth);
        CHECK(smooth < 0.05);  // the errors are 0.005, so the curve is good to 0.001
        CHECK(smooth < line / 5);
        if (points == 11) CHECK(line > 10);
    }
}

TEST_CASE("with noise S is about 1 at the truth and large for curves that do not collapse") {
    for (const int points : {11, 21, 51}) {
        constexpr int experiments = 40;
        double smooth = 0, late = 0;
        for (std::uint32_t e = 0; e < experiments; ++e) {
            smooth += smooth_quality(scale(logistic_curves(points, 0.005, e), {0.5, 4.0 / 3, 0})).s / experiments;
            late += smooth_quality(scale(logistic_curves(points, 0.005, e, 0.03), {0.5, 4.0 / 3, 0})).s / experiments;
        }
        CAPTURE(points, smooth, late);
        // sd of S is at most sqrt(2 / 27 terms), somewhat more as terms share their master curve: .33; of the mean .052
        CHECK(smooth > 0.75);
        CHECK(smooth < 1.2);
        CHECK(late > 20);
    }
}

TEST_CASE("S does not mind the units of x and y, nor the order of sizes") {
    auto curves = scale(logistic_curves(21, 0.005, 1), {0.5, 4.0 / 3, 0});
    const double line = line_quality(curves).s, smooth = smooth_quality(curves).s;
    std::swap(curves[0], curves[2]);
    for (auto& curve : curves)
        for (std::size_t j = 0; j < curve.points(); ++j)
            curve.x[j] = 1000 * curve.x[j] + 7, curve.y[j] = 50 * curve.y[j] - 3, curve.dy[j] *= 50;
    CHECK(line_quality(curves).s == Approx(line).epsilon(1e-9));
    CHECK(smooth_quality(curves).s == Approx(smooth).epsilon(1e-6));
}

TEST_CASE("a proxy's values may come in any order") {
    const SizeCurve curve{64, {0.1, 0.2, 0.3}, {0.9, 0.7, 0.2}, {0.01, 0.02, 0.03}};
    const auto scaled = against_proxy(curve, std::vector<double>{3, 1, 2});
    CHECK(scaled.x == std::vector<double>{1, 2, 3});
    CHECK(scaled.y == std::vector<double>{0.7, 0.2, 0.9});
    CHECK(scaled.dy == std::vector<double>{0.02, 0.03, 0.01});
    CHECK_THROWS_WITH(against_proxy(curve, std::vector<double>{1, 2}), Catch::Contains("number of proxy values"));
    CHECK_THROWS_WITH(against_proxy(curve, std::vector<double>{1, INFINITY, 2}), Catch::Contains("finite"));
}

}  // namespace quality_test
