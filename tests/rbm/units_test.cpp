#include <pstar/core/math.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/units.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace units_test {

using namespace pstar;
using namespace pstar::tests;

TEST_CASE("conditional means and free energies are those of the enumerated joint distribution") {
    for (const auto& [visible, hidden] : {std::pair{1, 1}, {3, 2}, {2, 5}, {5, 4}}) {
        const auto rbm = random_rbm(static_cast<std::size_t>(visible), static_cast<std::size_t>(hidden), 3);
        const auto p = joint(rbm);
        const Matrix<double> v = all_states(visible), h = all_states(hidden);
        const auto h_mean = hidden_probabilities(rbm, v);
        const auto v_mean = visible_probabilities(rbm, h);
        const auto f = free_energies(rbm, v);
        const Matrix<double> expected_h = (p * h).array().colwise() / p.rowwise().sum().array();
        const Matrix<double> expected_v = (p.transpose() * v).array().colwise() / p.colwise().sum().transpose().array();
        CHECK((h_mean - expected_h).cwiseAbs().maxCoeff() < 1e-14);
        CHECK((v_mean - expected_v).cwiseAbs().maxCoeff() < 1e-14);
        for (std::size_t n = 0; n < f.size(); ++n)  // exp(-F) = Z p(v)
            CHECK(-f[n] == Approx(log_z(rbm) + std::log(p.row(static_cast<Eigen::Index>(n)).sum())).epsilon(1e-13));
    }
}

TEST_CASE("many rows and grey ones are seen as one row each") {
    const auto rbm = random_rbm(33, 21, 5, 0.3);
    RandomSequence next({Seed{1}});
    const Matrix<double> v = Matrix<double>::NullaryExpr(700, 33, [&] { return next.uniform(); });
    const auto h = hidden_probabilities(rbm, v);
    const auto f = free_energies(rbm, v);
    for (const Eigen::Index n : {0, 255, 256, 699}) {
        double expected = -rbm.visible_bias.dot(v.row(n));
        for (Eigen::Index j = 0; j < 21; ++j) {
            const double input = rbm.hidden_bias[j] + v.row(n).dot(rbm.weights.col(j));
            CHECK(h(n, j) == Approx(logistic(input)).epsilon(1e-13));
            expected -= softplus(input);
        }
        CHECK(f[static_cast<std::size_t>(n)] == Approx(expected).epsilon(1e-13));
    }
}

TEST_CASE("free energies stay finite and right where exponentials overflow") {
    auto rbm = random_rbm(2, 700, 1);
    rbm.weights.setZero();
    rbm.visible_bias.setZero();
    for (Eigen::Index j = 0; j < 700; ++j) rbm.hidden_bias[j] = j % 2 == 0 ? 2000 : -2000;
    const Matrix<double> v = Matrix<double>::Zero(1, 2);
    CHECK(free_energies(rbm, v)[0] == Approx(-350 * 2000.0).epsilon(1e-14));
    rbm.hidden_bias.setZero();
    CHECK(free_energies(rbm, v)[0] == Approx(-700 * std::log(2.0)).epsilon(1e-14));
}

TEST_CASE("one Gibbs sweep is in detailed balance with p(v)") {
    const auto rbm = random_rbm(4, 3, 11);
    const Matrix<double> v = all_states(4), h = all_states(3);
    const auto h_mean = hidden_probabilities(rbm, v);
    const auto v_mean = visible_probabilities(rbm, h);
    const auto chance = [](const auto& mean, const auto& bits) {
        return (bits.array() * mean.array() + (1 - bits.array()) * (1 - mean.array())).prod();
    };
    Matrix<double> kernel(16, 16);  // from the library's own conditional means
    for (Eigen::Index a = 0; a < 16; ++a)
        for (Eigen::Index b = 0; b < 16; ++b) {
            kernel(a, b) = 0;
            for (Eigen::Index k = 0; k < 8; ++k)
                kernel(a, b) += chance(h_mean.row(a), h.row(k)) * chance(v_mean.row(k), v.row(b));
        }
    const Vector<double> p = joint(rbm).rowwise().sum();
    const Matrix<double> flow = p.asDiagonal() * kernel;
    CHECK((flow - flow.transpose()).cwiseAbs().maxCoeff() < 1e-15);
    CHECK((kernel - gibbs_kernel(rbm)).cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("chains visit states as often as the kernel says", "[long]") {
    const auto rbm = random_rbm(3, 2, 21);
    constexpr Eigen::Index chains = 40'000;
    const Matrix<double> start = state(5, 3).transpose().replicate(chains, 1);
    for (const std::size_t steps : {1, 2, 30}) {
        const auto end = gibbs_chains(rbm, start, steps, Seed{7});
        Eigen::RowVectorXd p = Eigen::RowVectorXd::Unit(8, 5);
        const auto kernel = gibbs_kernel(rbm);
        for (std::size_t s = 0; s < steps; ++s) p = (p * kernel).eval();
        Vector<double> count = Vector<double>::Zero(8);
        for (Eigen::Index n = 0; n < chains; ++n) {
            const auto row = end.visible.row(n);
            REQUIRE(((row.array() == 0) || (row.array() == 1)).all());
            count[static_cast<Eigen::Index>(row[0] + 2 * row[1] + 4 * row[2])] += 1;
        }
        const double chi2 =
            ((count.array() - chains * p.transpose().array()).square() / (chains * p.transpose().array())).sum();
        CHECK(chi2 < 24.3);  // 7 degrees of freedom: exceeded once in a thousand seeds
        CHECK((end.mean.colwise().mean() - end.visible.colwise().mean()).cwiseAbs().maxCoeff() <
              0.0125);  // 5 x 1/2/200
    }
}

TEST_CASE("a chain does not depend on the other rows of its batch") {
    const auto rbm = random_rbm(9, 6, 2);
    const Matrix<double> v = Matrix<double>::Ones(5, 9);
    const auto all = gibbs_chains(rbm, v, 3, Seed{4});
    const Matrix<double> first = v.topRows(2);
    const auto few = gibbs_chains(rbm, first, 3, Seed{4});
    CHECK(all.visible.topRows(2) == few.visible);
    CHECK(all.visible.row(0) != all.visible.row(1));
    CHECK(gibbs_chains(rbm, v, 3, Seed{5}).visible != all.visible);
}

TEST_CASE("units are what they are on any number of threads") {
    const auto tiny = random_rbm(784, 64, 3, 0.1);
    Rbm<float> rbm(784, 64);
    rbm.weights = tiny.weights.cast<float>();
    RandomSequence next({Seed{1}});
    const Matrix<float> v = Matrix<float>::NullaryExpr(300, 784, [&] { return static_cast<float>(next.uniform()); });
    const auto sample = [&](std::size_t threads) {
        return with_threads(threads, [&] { return gibbs_chains(rbm, v, 2, Seed{1}); });
    };
    const auto one = sample(1), two = sample(2);
    CHECK(one.visible == two.visible);
    CHECK(one.mean == two.mean);
}

TEST_CASE("sizes that do not fit are refused") {
    const auto rbm = random_rbm(4, 3, 1);
    CHECK_THROWS_AS(Rbm<float>(0, 3), std::invalid_argument);
    CHECK_THROWS_AS(Rbm<float>(3, 0), std::invalid_argument);
    CHECK_THROWS_AS(Rbm<float>(3, 2, Seed{}, -1), std::invalid_argument);
    const Matrix<double> wide = Matrix<double>::Zero(2, 5);
    CHECK_THROWS_WITH(hidden_probabilities(rbm, wide), Catch::Contains("(= 5)"));
    CHECK_THROWS_AS(visible_probabilities(rbm, wide), std::invalid_argument);
    CHECK_THROWS_AS(free_energies(rbm, wide), std::invalid_argument);
    CHECK_THROWS_AS(gibbs_chains(rbm, wide, 1, Seed{}), std::invalid_argument);
    const Matrix<double> good = Matrix<double>::Zero(2, 4);
    CHECK_THROWS_AS(gibbs_chains(rbm, good, 0, Seed{}), std::invalid_argument);
}

}  // namespace units_test
