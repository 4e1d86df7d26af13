// Falling curves without a family: their numbers, the pooling that makes them fall, the process behind them.
#include <cmath>
#include <vector>

#include <Eigen/Cholesky>

#include <pstar/core/random.hpp>
#include <pstar/scaling/curve/monotone_curve.hpp>
#include <pstar/scaling/detail/residual_process.hpp>

#include "catch.hpp"

namespace monotone_curve_test {

using namespace pstar;

namespace {

/// A cubic of strength that falls on [0, 1], at uneven strengths.
double cubic(double p) {
    return 0.9 - 0.1 * p - 0.9 * p * p + 0.6 * p * p * p;
}
MonotoneCurve sampled() {
    MonotoneCurve curve;
    for (const double p : {0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.5, 0.6, 0.8, 0.9, 1.0})
        curve.strength.push_back(p), curve.accuracy.push_back(cubic(p));
    return curve;
}

}  // namespace

TEST_CASE("the numbers of a sampled cubic are those of the cubic") {
    const auto curve = sampled();
    for (const double p : {0.02, 0.3, 0.55, 0.97}) CHECK(curve.crossing(cubic(p)) == Approx(p).epsilon(1e-10));
    CHECK(std::isnan(curve.crossing(0.91)));
    CHECK(std::isnan(curve.crossing(0.49)));
    // A'' = -1.8 + 3.6 p: steepest at .5, slope .1 + 1.8 / 2 - 1.8 / 4; the slope is a parabola in p
    CHECK(curve.steepest().place == Approx(0.5).epsilon(1e-10));
    CHECK(curve.steepest().height == Approx(0.55).epsilon(1e-10));
    CHECK((curve(-1) == 0.9 && curve(2) == cubic(1)));
    CHECK(curve(0.25) == Approx((cubic(0.2) + cubic(0.3)) / 2));
}

TEST_CASE("heights that rise are pooled into the nearest ones that do not") {
    std::vector<double> heights{5, 3, 4, 4, 1, 2, 0};
    make_falling(heights);
    const double pooled = 11.0 / 3;
    CHECK(heights == std::vector<double>{5, pooled, pooled, pooled, 1.5, 1.5, 0});
    std::vector<double> rising{1, 2, 3};
    make_falling(rising);
    CHECK(rising == std::vector<double>(3, 2));

    // nearer than any other falling heights: moving along one of many falling directions never helps
    RandomSequence random({Seed{3}, Stream::user});
    std::vector<double> measured(12);
    for (double& y : measured) y = random.normal();
    auto fitted = measured;
    make_falling(fitted);
    const auto distance = [&](const std::vector<double>& f) {
        double sum = 0;
        for (std::size_t i = 0; i < f.size(); ++i) sum += std::pow(f[i] - measured[i], 2);
        return sum;
    };
    for (int trial = 0; trial < 200; ++trial) {
        std::vector<double> other(12);
        for (double& y : other) y = random.normal();
        std::sort(other.rbegin(), other.rend());
        auto mixed = fitted;
        for (std::size_t i = 0; i < 12; ++i) mixed[i] += 0.01 * (other[i] - fitted[i]);
        CHECK(distance(fitted) <= distance(mixed));
    }
}

TEST_CASE("a residual process of one likely kernel is kriging with it") {
    // residuals of much smaller errors than themselves: the mean passes them, and lies between them as Eigen says
    const std::vector<double> x{0, 0.2, 0.4, 0.6, 0.8, 1};
    std::vector<double> grid, residuals;
    std::vector<std::size_t> at;
    for (int i = 0; i <= 20; ++i) grid.push_back(i / 20.0);
    for (std::size_t i = 0; i < x.size(); ++i) at.push_back(4 * i), residuals.push_back(0.01 * std::sin(4 * x[i]));
    const detail::ResidualProcess process(grid, at, std::vector<double>(6, 1e-7), residuals);
    const auto mean = process.mean(residuals);
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(mean[at[i]] == Approx(residuals[i]).margin(1e-6));
    // a smooth function between its points: an error of order h^4 f'''' / 384, here 2e-5 at most, near the ends more
    for (std::size_t g = 0; g < grid.size(); ++g) CHECK(mean[g] == Approx(0.01 * std::sin(4 * grid[g])).margin(5e-4));
    // twice the residuals, twice the mean: it is linear
    auto twice = residuals;
    for (double& r : twice) r *= 2;
    CHECK(process.mean(twice)[3] == Approx(2 * mean[3]));

    RandomSequence random({Seed{1}, Stream::user});
    const auto missed = process.missed(400, residuals, random);
    REQUIRE(missed.size() == 400);
    double at_point = 0, between = 0;
    for (const auto& draw : missed) at_point += std::pow(draw[4], 2), between += std::pow(draw[2], 2);
    CHECK(std::sqrt(at_point / 400) < 1e-6);  // nothing is missed where it was seen
    CHECK(std::sqrt(between / 400) > 1e-5);
    CHECK(std::sqrt(between / 400) < 2e-3);
}

TEST_CASE("a triangle solves what Eigen solves") {
    const std::size_t n = 7;
    std::vector<double> m(n * n), b(n);
    Eigen::MatrixXd matrix(7, 7);
    Eigen::VectorXd right(7);
    for (std::size_t i = 0; i < n; ++i) {
        b[i] = static_cast<double>(i) - 2.5;
        right[static_cast<Eigen::Index>(i)] = b[i];
        for (std::size_t j = 0; j < n; ++j) {
            m[i * n + j] =
                detail::matern(0.3 * (static_cast<double>(i) - static_cast<double>(j)), 0.7) + (i == j ? 0.01 : 0);
            matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = m[i * n + j];
        }
    }
    detail::solve_cholesky(detail::cholesky(m, n), b);
    const Eigen::VectorXd expected = matrix.ldlt().solve(right);
    for (std::size_t i = 0; i < n; ++i) CHECK(b[i] == Approx(expected[static_cast<Eigen::Index>(i)]).epsilon(1e-9));
    CHECK(detail::matern(0, 1) == 1);
    CHECK(detail::matern(-0.5, 0.8) ==
          Approx((1 + std::sqrt(5.0) * 0.625 + 5 * 0.625 * 0.625 / 3) * std::exp(-std::sqrt(5.0) * 0.625)));
}

}  // namespace monotone_curve_test
