#include <pstar/rbm/diagnostics.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace diagnostics_test {

using namespace pstar;
using namespace pstar::tests;

TEST_CASE("the weight spectrum has the singular values that weights were made of") {
    // W = 3 u v^T + 0.5 w z^T of orthonormal vectors, in both shapes.
    for (const auto& [visible, hidden] : {std::pair{4, 6}, {6, 4}}) {
        Rbm<float> rbm(static_cast<std::size_t>(visible), static_cast<std::size_t>(hidden));
        rbm.weights.setZero();
        for (Eigen::Index i = 0; i < 2; ++i) rbm.weights(i, 0) = 3 * std::sqrt(0.5F);
        rbm.weights(2, 1) = 0.3F, rbm.weights(2, 3) = 0.4F;
        const auto found = weight_spectrum(rbm);
        REQUIRE(found.size() == 4);
        CHECK(found[0] == Approx(3).epsilon(1e-6));
        CHECK(found[1] == Approx(0.5).epsilon(1e-6));
        CHECK(found[2] < 1e-6);
        rbm.weights(0, 0) = std::nanf("");
        CHECK(weight_spectrum(rbm).empty());
    }
}

TEST_CASE("overlaps of chains are 1 for the same image, -1 for its negative, 0 for half of it") {
    Matrix<float> v(3, 4);
    v << 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0;
    CHECK(chain_overlaps(v) == std::vector<double>{-1, 0, 0});
    const Matrix<float> same = v.topRows(1).replicate(2, 1);
    CHECK(chain_overlaps(same) == std::vector<double>{1});
    const Matrix<float> one = v.topRows(1);
    CHECK_THROWS_AS(chain_overlaps(one), std::invalid_argument);
}

TEST_CASE("the autocorrelation time of an autoregression is (1 + a)/(1 - a)", "[long]") {
    for (const double a : {0.0, 0.5, 0.9}) {
        RandomSequence next({Seed{3}});
        Matrix<double> x(200, 2'000);  // the window leaves the time an error of 3% at a = 0.9
        for (Eigen::Index n = 0; n < x.rows(); ++n) {
            x(n, 0) = next.normal() / std::sqrt(1 - a * a);
            for (Eigen::Index t = 1; t < x.cols(); ++t) x(n, t) = a * x(n, t - 1) + next.normal();
        }
        const auto found = autocorrelation(x);
        CHECK(found.enough);
        CHECK(found.time == Approx((1 + a) / (1 - a)).epsilon(0.1));
        for (const std::size_t t : {1, 2, 5}) CHECK(found.rho[t] == Approx(std::pow(a, t)).margin(0.02));
        const auto brief = autocorrelation(x.leftCols(8));
        if (a == 0.9) CHECK(!brief.enough);
    }
    const auto still = autocorrelation(Matrix<double>::Constant(3, 10, 7));
    CHECK((std::isnan(still.time) && !still.enough));
    CHECK_THROWS_AS(autocorrelation(Matrix<double>::Zero(3, 3)), std::invalid_argument);
}

TEST_CASE("free energies of chains decorrelate as the kernel of a Gibbs sweep says") {
    // rho(1) = cov(F(v), F(v'))/var(F(v)) under p(v) T(v -> v'), by enumeration.
    const auto rbm = random_rbm(4, 2, 3, 1.5);
    const Vector<double> p = joint(rbm).rowwise().sum();
    const Matrix<double> all = all_states(4);
    const auto values = free_energies(rbm, all);
    Vector<double> f = ConstVectorMap<double>(values.data(), 16);
    f.array() -= p.dot(f);
    const double variance = p.dot(f.cwiseProduct(f));
    const double rho = (p.cwiseProduct(f)).dot(gibbs_kernel(rbm) * f) / variance;
    const Matrix<double> start = Matrix<double>::Zero(500, 4);
    const Matrix<double> series = free_energy_series(rbm, start, 200, Seed{1}).rightCols(150);
    const auto found = autocorrelation(series);
    CHECK(found.rho[1] == Approx(rho).margin(0.02));
    CHECK(rho > 0.1);
}

}  // namespace diagnostics_test
