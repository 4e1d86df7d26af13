#include <pstar/scaling/detail/least_squares.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include <unsupported/Eigen/LevenbergMarquardt>

#include <pstar/core/random.hpp>

#include "catch.hpp"

namespace least_squares_test {

using namespace pstar;
using detail::FewParameters;
using detail::LevenbergMarquardt;

namespace {

/// Residuals and their Jacobian (m, n) of a model; each is called for residual i.
struct Problem {
    std::size_t n, m;
    std::function<double(const FewParameters&, std::size_t)> residual;
    std::function<FewParameters(const FewParameters&, std::size_t)> gradient;

    void evaluate(const FewParameters& theta, std::span<double> out) const {
        for (std::size_t i = 0; i < m; ++i) out[i] = residual(theta, i);
    }
    void differentiate(const FewParameters& theta, std::span<double> out) const {
        for (std::size_t i = 0; i < m; ++i) {
            const auto g = gradient(theta, i);
            for (std::size_t k = 0; k < n; ++k) out[k * m + i] = g[k];
        }
    }
};

/// The same for Eigen.
struct Functor : Eigen::DenseFunctor<double> {
    explicit Functor(const Problem& held)
        : DenseFunctor(static_cast<int>(held.n), static_cast<int>(held.m)), problem(held) {}
    FewParameters few(const InputType& theta) const {
        FewParameters result{};
        for (std::size_t k = 0; k < problem.n; ++k) result[k] = theta[static_cast<Eigen::Index>(k)];
        return result;
    }
    int operator()(const InputType& theta, ValueType& out) const {
        problem.evaluate(few(theta), {out.data(), problem.m});
        return 0;
    }
    int df(const InputType& theta, JacobianType& out) const {
        problem.differentiate(few(theta), {out.data(), problem.m * problem.n});
        return 0;
    }
    const Problem& problem;
};

/// A sigmoid, y = c + (d - c) / (1 + exp((x - a) b)), at x = 0, 1/(m-1), ..., 1 with noise.
Problem sigmoid(const FewParameters& truth, std::size_t m, double noise, std::uint64_t seed) {
    const auto x = [m](std::size_t i) { return static_cast<double>(i) / static_cast<double>(m - 1); };
    const auto model = [](const FewParameters& t, double at) {
        return t[2] + (t[3] - t[2]) / (1 + std::exp((at - t[0]) * t[1]));
    };
    RandomSequence random({Seed{seed}, Stream::test_noise});
    std::vector<double> y(m);
    for (std::size_t i = 0; i < m; ++i) y[i] = model(truth, x(i)) + noise * random.normal();
    return {4, m, [=](const FewParameters& t, std::size_t i) { return model(t, x(i)) - y[i]; },
            [=](const FewParameters& t, std::size_t i) -> FewParameters {
                const double s = 1 / (1 + std::exp((x(i) - t[0]) * t[1])), slope = (t[3] - t[2]) * s * (1 - s);
                return {slope * t[1], -slope * (x(i) - t[0]), 1 - s, s};
            }};
}

}  // namespace

TEST_CASE("LevenbergMarquardt goes where Eigen's goes, from near and far") {
    RandomSequence random({Seed{1}, Stream::test_noise});
    int converged = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const FewParameters truth{random.uniform(0.2, 0.8), random.uniform(3, 60), random.uniform(0, 0.2),
                                  random.uniform(0.7, 1)};
        const auto problem = sigmoid(truth, 5 + seed % 30, 0.02, seed);
        const double away = seed % 3 == 0 ? 0.1 : 1;
        FewParameters start = truth;
        for (double& t : start) t *= 1 + away * random.uniform(-1, 1);

        const auto ours = LevenbergMarquardt(problem, 4, problem.m).minimise(start, 1e-14, 400);
        Functor functor(problem);
        Eigen::LevenbergMarquardt<Functor> theirs(functor);
        theirs.setFtol(1e-14), theirs.setXtol(1e-14), theirs.setMaxfev(400);
        Eigen::VectorXd theta = Eigen::Map<const Eigen::VectorXd>(start.data(), 4);
        const auto status = theirs.minimize(theta);
        CAPTURE(seed, status);
        const bool theirs_converged = status != Eigen::LevenbergMarquardtSpace::TooManyFunctionEvaluation;
        if (!ours.converged || !theirs_converged) continue;  // on their way to infinity, along which ours goes further
        ++converged;
        // both stop where |r| no longer falls: theta is then known to the root of the rounding
        CHECK(ours.norm == Approx(theirs.fnorm()).epsilon(1e-9));
    }
    CHECK(converged >= 285);
}

TEST_CASE("LevenbergMarquardt solves linear problems at once, also of any scale") {
    for (const double scale : {1.0, 1e-120, 1e120}) {
        const Problem line{2, 5,
                           [=](const FewParameters& t, std::size_t i) {
                               const auto x = static_cast<double>(i);
                               return scale * (t[0] + t[1] * x - (2 + 3 * x + (i == 2 ? 0.5 : 0)));
                           },
                           [=](const FewParameters&, std::size_t i) -> FewParameters {
                               return {scale, scale * static_cast<double>(i)};
                           }};
        const auto found = LevenbergMarquardt(line, 2, 5).minimise({10, -7}, 1e-14, 400);
        CAPTURE(scale);
        CHECK(found.converged);
        CHECK(found.theta[0] == Approx(2.1).epsilon(1e-12));
        CHECK(found.theta[1] == Approx(3).epsilon(1e-12));
        CHECK(found.norm == Approx(scale * std::sqrt(0.2)).epsilon(1e-12));
    }
}

// Rosenbrock's valley: r = (10 (y - x^2), 1 - x).
TEST_CASE("LevenbergMarquardt follows a bent valley, and says when its evaluations are spent") {
    const Problem valley{
        2, 2, [](const FewParameters& t, std::size_t i) { return i == 0 ? 10 * (t[1] - t[0] * t[0]) : 1 - t[0]; },
        [](const FewParameters& t, std::size_t i) -> FewParameters {
            return i == 0 ? FewParameters{-20 * t[0], 10} : FewParameters{-1, 0};
        }};
    const auto found = LevenbergMarquardt(valley, 2, 2).minimise({-1.2, 1}, 1e-14, 400);
    CHECK(found.converged);
    CHECK(found.theta[0] == Approx(1).epsilon(1e-10));
    CHECK(found.theta[1] == Approx(1).epsilon(1e-10));
    const auto early = LevenbergMarquardt(valley, 2, 2).minimise({-1.2, 1}, 1e-14, 5);
    CHECK_FALSE(early.converged);
    CHECK(early.norm > 1e-3);
}

TEST_CASE("LevenbergMarquardt: parameters that do nothing stay, NaN and infinity end") {
    const Problem flat{3, 4, [](const FewParameters& t, std::size_t i) { return t[0] - static_cast<double>(i); },
                       [](const FewParameters&, std::size_t) -> FewParameters {
                           return {1, 0, 0};
                       }};
    const auto found = LevenbergMarquardt(flat, 3, 4).minimise({0, 5, -6}, 1e-14, 400);
    CHECK(found.converged);
    CHECK(found.theta[0] == Approx(1.5));
    CHECK(found.theta[1] == 5);
    CHECK(found.theta[2] == -6);
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        const Problem broken{1, 2, [=](const FewParameters& t, std::size_t i) { return i == 1 ? bad : t[0]; },
                             [=](const FewParameters&, std::size_t i) -> FewParameters { return {i == 1 ? bad : 1}; }};
        const auto ended = LevenbergMarquardt(broken, 1, 2).minimise({3}, 1e-14, 50);
        CHECK_FALSE((ended.converged && ended.theta[0] == 0));
    }
}

}  // namespace least_squares_test
