#include <pstar/core/lbfgs.hpp>
#include <pstar/core/random.hpp>

#include <vector>

#include <Eigen/Cholesky>

#include "catch.hpp"

namespace lbfgs_test {

using namespace pstar;

namespace {

/// Rosenbrock's valley in any even dimension: sum over pairs of 100 (b - a^2)^2 + (1 - a)^2; minimum 0 at all ones.
template <class Scalar>
Scalar rosenbrock(std::span<const Scalar> x, std::span<Scalar> g) {
    Scalar sum = 0;
    for (std::size_t i = 0; i < x.size(); i += 2) {
        const Scalar bend = x[i + 1] - x[i] * x[i], rest = 1 - x[i];
        sum += 100 * bend * bend + rest * rest;
        g[i] = -400 * x[i] * bend - 2 * rest;
        g[i + 1] = 200 * bend;
    }
    return sum;
}

/// 1/2 (x - m).A (x - m) with A = Q diag(1 .. condition) Q^T, Q a product of Householder reflections.
struct Quadratic {
    Matrix<double> a;
    Vector<double> centre;

    Quadratic(Eigen::Index n, double condition, std::uint64_t seed) : centre(n) {
        RandomSequence next({Seed{seed}});
        a = Matrix<double>::Zero(n, n);
        for (Eigen::Index i = 0; i < n; ++i) {
            a(i, i) = std::pow(condition, static_cast<double>(i) / static_cast<double>(n - 1));
            centre[i] = next.normal();
        }
        for (int reflection = 0; reflection < 2; ++reflection) {
            const Vector<double> v = Vector<double>::NullaryExpr(n, [&] { return next.normal(); }).normalized();
            const Matrix<double> h = Matrix<double>::Identity(n, n) - 2 * v * v.transpose();
            a = (h * a * h).eval();
        }
    }
    double operator()(std::span<const double> x, std::span<double> g) const {
        const Vector<double> d = ConstVectorMap<double>(x.data(), std::ssize(x)) - centre;
        VectorMap<double>(g.data(), std::ssize(g)) = a * d;
        return 0.5 * d.dot(a * d);
    }
};

}  // namespace

TEST_CASE("L-BFGS finds the bottom of Rosenbrock's valley in float, double and long double") {
    // The gradient is 0 within the tolerance t, the least curvature there is 0.4: x is right to 2.5 t and rounding.
    const auto check = [](auto zero, double tolerance, double bound) {
        using Scalar = decltype(zero);
        std::vector<Scalar> x{Scalar(-1.2), 1, Scalar(-1.2), 1, 3, -4};
        const auto result = lbfgs<Scalar>(rosenbrock<Scalar>, x, {.max_iter = 500, .tolerance = tolerance});
        CHECK(result.status == LbfgsStatus::converged);
        CHECK(result.gradient_norm <= Scalar(tolerance));
        CHECK(result.evaluations >= result.iterations);
        for (const auto value : x) CHECK(static_cast<double>(value) == Approx(1).margin(bound));
    };
    check(0.0F, 1e-3, 5e-3);
    check(0.0, 1e-9, 1e-8);
    check(0.0L, 1e-12, 1e-11);
}

TEST_CASE("L-BFGS minimises quadratics of known optimum") {
    for (const auto& [n, condition] : {std::pair{2, 10.0}, {20, 1e3}, {50, 1e4}}) {
        const Quadratic f(n, condition, 7);
        std::vector<double> x(static_cast<std::size_t>(n));
        const auto result = lbfgs<double>(f, x, {.max_iter = 2000, .tolerance = 1e-10});
        REQUIRE(result.status == LbfgsStatus::converged);
        // |x - m| <= |gradient| / least eigenvalue (1)
        CHECK((ConstVectorMap<double>(x.data(), n) - f.centre).lpNorm<Eigen::Infinity>() < 1e-9);
        CHECK(result.value < 1e-18);
    }
}

TEST_CASE("with the inverse Hessian as preconditioner a quadratic takes one step") {
    const Quadratic f(50, 1e6, 3);
    const Eigen::LLT<Matrix<double>> factor(f.a);
    const auto solve = [&](std::span<double> q) {
        VectorMap<double> v(q.data(), std::ssize(q));
        v = factor.solve(v).eval();
    };
    std::vector<double> x(50), plain(50);
    const LbfgsOptions options{.max_iter = 1000, .tolerance = 1e-6};
    const auto result = lbfgs<double>(f, x, options, solve);
    CHECK(result.status == LbfgsStatus::converged);
    CHECK(result.iterations <= 2);  // a second one for rounding
    CHECK(lbfgs<double>(f, plain, options).iterations > 20);
}

TEST_CASE("what keeps L-BFGS from converging is a status") {
    std::vector<double> x{-1.2, 1};
    const auto few = lbfgs<double>(rosenbrock<double>, x, {.max_iter = 3});
    CHECK(few.status == LbfgsStatus::max_iterations);
    CHECK(few.iterations == 3);
    CHECK(few.value < 24.2);  // where it starts
    std::vector<double> g(2);
    CHECK(rosenbrock<double>(x, g) == few.value);  // x is the point reported

    std::vector<double> y{1, 1};
    const auto uphill = [](std::span<const double> at, std::span<double> gradient) {
        gradient[0] = -2 * at[0], gradient[1] = -2 * at[1];  // the wrong sign
        return at[0] * at[0] + at[1] * at[1];
    };
    CHECK(lbfgs<double>(uphill, y).status == LbfgsStatus::stalled);
    CHECK((y == std::vector<double>{1, 1}));

    const auto nowhere = [](std::span<const double>, std::span<double> gradient) {
        gradient[0] = gradient[1] = 0;
        return std::nan("");
    };
    CHECK(lbfgs<double>(nowhere, y).status == LbfgsStatus::not_finite);
    std::vector<double> there{1, 1};
    const auto done = lbfgs<double>(rosenbrock<double>, there);
    CHECK((done.status == LbfgsStatus::converged && done.iterations == 0 && done.evaluations == 1));
    CHECK_THROWS_AS(lbfgs<double>(rosenbrock<double>, there, {.memory = 0}), std::invalid_argument);
    CHECK_THROWS_AS(lbfgs<double>(rosenbrock<double>, there, {.sufficient_decrease = 0.95}), std::invalid_argument);
}

TEST_CASE("L-BFGS backs off where the objective is not finite") {
    // x - log x, minimum 1 at 1; a first step of length 1 to the right of 0.5 is fine, to the left it is not.
    const auto barrier = [](std::span<const double> x, std::span<double> g) {
        g[0] = 1 - 1 / x[0];
        return x[0] - std::log(x[0]);
    };
    std::vector<double> x{40};
    const auto result = lbfgs<double>(barrier, x, {.tolerance = 1e-9});
    CHECK(result.status == LbfgsStatus::converged);
    CHECK(x[0] == Approx(1).epsilon(1e-8));
}

}  // namespace lbfgs_test
