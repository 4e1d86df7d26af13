#include <pstar/scaling/collapse/master_curve.hpp>

#include <cmath>
#include <numbers>
#include <vector>

#include <Eigen/Dense>

#include <pstar/core/random.hpp>

#include "catch.hpp"

namespace master_curve_test {

using namespace pstar;

namespace {

/// Covariance of the curve at s and t >= 0 behind a start at 0: the polynomial part with sd 3 for f, f', f'', and white
/// noise integrated three times, integral_0^min (s - u)^2 (t - u)^2 / 4 du.
double covariance(double s, double t) {
    const double m = std::min(s, t), d = std::abs(t - s);
    const double noise = (std::pow(m, 5) / 5 + d * std::pow(m, 4) / 2 + d * d * std::pow(m, 3) / 3) / 4;
    return 9 * (1 + s * t + s * s * t * t / 4) + noise;
}

struct Dense {
    Eigen::VectorXd y, mean, variance;
    double log_evidence;
};

/// The same Gaussian process by its covariance matrix.
Dense by_matrices(const std::vector<detail::CurveSample>& samples) {
    std::vector<std::size_t> seen;
    for (std::size_t t = 0; t < samples.size(); ++t)
        if (samples[t].seen) seen.push_back(t);
    const auto n = static_cast<Eigen::Index>(seen.size()), all = static_cast<Eigen::Index>(samples.size());
    const auto at = [&](Eigen::Index i) { return samples[seen[static_cast<std::size_t>(i)]]; };
    const double start = at(0).x;
    Eigen::MatrixXd k(n, n), across(all, n);
    Eigen::VectorXd y(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        y[i] = at(i).y;
        for (Eigen::Index j = 0; j < n; ++j)
            k(i, j) = covariance(at(i).x - start, at(j).x - start) + (i == j ? at(i).variance : 0);
        for (Eigen::Index t = 0; t < all; ++t)
            across(t, i) = covariance(samples[static_cast<std::size_t>(t)].x - start, at(i).x - start);
    }
    const Eigen::LDLT<Eigen::MatrixXd> solver(k);
    Dense dense;
    dense.mean = across * solver.solve(y);
    dense.variance.resize(all);
    for (Eigen::Index t = 0; t < all; ++t) {
        const double x = samples[static_cast<std::size_t>(t)].x - start;
        dense.variance[t] = covariance(x, x) - across.row(t).dot(solver.solve(across.row(t).transpose()));
    }
    dense.log_evidence = -0.5 * (y.dot(solver.solve(y)) + solver.vectorD().array().log().sum() +
                                 static_cast<double>(n) * std::log(2 * std::numbers::pi));
    return dense;
}

std::vector<detail::CurveSample> random_samples(int n, std::uint32_t experiment) {
    RandomSequence random({Seed{9}, Stream::user, experiment});
    std::vector<detail::CurveSample> samples;
    double x = -1;
    for (int i = 0; i < n; ++i) {
        if (i % 4 != 3) x += random.uniform(0, 0.7);  // every fourth coincides with the one before
        const double error = random.uniform(0.02, 0.1);
        samples.push_back({x, std::sin(x) + error * random.normal(), error * error, i == 0 || random.uniform() < 0.7});
    }
    return samples;
}

}  // namespace

TEST_CASE("filter and smoother are the Gaussian process of their covariance") {
    for (const int n : {1, 2, 5, 20})
        for (std::uint32_t experiment = 0; experiment < 5; ++experiment) {
            const auto samples = random_samples(n, experiment);
            const auto dense = by_matrices(samples);
            CAPTURE(n, experiment);
            CHECK(detail::log_evidence(samples) == Approx(dense.log_evidence).epsilon(1e-8));
            const auto smooth = detail::smooth(samples);
            for (std::size_t t = 0; t < smooth.size(); ++t) {
                CHECK(smooth[t].mean == Approx(dense.mean[static_cast<Eigen::Index>(t)]).margin(1e-6));
                CHECK(smooth[t].variance == Approx(dense.variance[static_cast<Eigen::Index>(t)]).margin(1e-6));
            }
        }
}

TEST_CASE("a step in two parts goes as far as one whole") {
    auto whole = detail::unknown_curve();
    detail::take_in(whole, 0.3, whole.p00 + 0.01);
    auto parts = whole;
    detail::advance(whole, 0.9);
    detail::advance(parts, 0.2);
    detail::advance(parts, 0.7);
    CHECK(parts.f == Approx(whole.f).epsilon(1e-12));
    CHECK(parts.p00 == Approx(whole.p00).epsilon(1e-12));
    CHECK(parts.p01 == Approx(whole.p01).epsilon(1e-12));
    CHECK(parts.p02 == Approx(whole.p02).epsilon(1e-12));
    CHECK(parts.p11 == Approx(whole.p11).epsilon(1e-12));
    CHECK(parts.p12 == Approx(whole.p12).epsilon(1e-12));
    CHECK(parts.p22 == Approx(whole.p22).epsilon(1e-12));
}

TEST_CASE("the master curve follows a bend and knows its error") {
    RandomSequence random({Seed{2}, Stream::user});
    std::vector<ScaledCurve> curves(2);
    for (int i = 0; i < 40; ++i) {
        const double x = -4 + 0.2 * i;
        auto& curve = curves[static_cast<std::size_t>(i % 2)];
        curve.x.push_back(x), curve.y.push_back(std::tanh(x) + 0.02 * random.normal()), curve.dy.push_back(0.02);
    }
    const MasterCurve master(curves);
    const std::vector<double> places{1.1, -3, 0.05, -0.7};
    const auto values = master.at(places), without = master.at_without(0, places);
    for (std::size_t i = 0; i < places.size(); ++i) {
        CAPTURE(places[i]);
        const double sd = std::sqrt(values[i].variance);
        CHECK(std::abs(values[i].mean - std::tanh(places[i])) < 4 * sd);
        CHECK(sd < 0.015);  // several points share in it
        CHECK(without[i].variance > values[i].variance);
    }
    const auto outside = master.at(std::vector<double>{8.0});
    CHECK(std::sqrt(outside[0].variance) > 0.3);  // nothing is known there
}

TEST_CASE("smoothness is chosen curve by curve: disagreement is not roughness") {
    std::vector<ScaledCurve> curves(2);
    for (int i = 0; i < 40; ++i) {
        const double x = -4 + 0.2 * i;
        auto& curve = curves[static_cast<std::size_t>(i % 2)];
        curve.x.push_back(x), curve.y.push_back(std::tanh(x)), curve.dy.push_back(0.01);
    }
    const double length = choose_smoothness(curves).length;
    for (double& y : curves[1].y) y += 0.2;
    CHECK(choose_smoothness(curves).length == Approx(length * std::pow(2.2 / 2, 1 / 2.5)).epsilon(0.1));
    CHECK_THROWS_AS(choose_smoothness({}), std::invalid_argument);
}

}  // namespace master_curve_test
