#include <pstar/rbm/tempered_chains.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace tempered_chains_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

std::vector<std::uint32_t> first_numbers(std::size_t count) {
    std::vector<std::uint32_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0U);
    return numbers;
}

/// p_beta(v) of every state, between `base` and the RBM.
Vector<double> at_temperature(const Rbm<double>& rbm, const Vector<double>& base, double beta) {
    auto scaled = rbm;
    scaled.weights *= beta;
    scaled.hidden_bias *= beta;
    scaled.visible_bias = (1 - beta) * base + beta * rbm.visible_bias;
    return joint(scaled).rowwise().sum();
}

Vector<double> counts(const ConstMatrixMap<double>& v) {
    Vector<double> result = Vector<double>::Zero(static_cast<Eigen::Index>(states(v.cols())));
    for (Eigen::Index n = 0; n < v.rows(); ++n) {
        Eigen::Index number = 0;
        for (Eigen::Index i = 0; i < v.cols(); ++i) number += static_cast<Eigen::Index>(v(n, i)) << i;
        ++result[number];
    }
    return result;
}
double chi_squared(const Vector<double>& found, const Vector<double>& p) {
    const double total = found.sum();
    return ((found - total * p).array().square() / (total * p.array())).sum();
}

/// Two modes, 0000 and 1111, that Gibbs sweeps hardly ever leave: two hidden units that see all pixels alike.
Rbm<double> two_modes() {
    Rbm<double> rbm(4, 2, Seed{1}, 0.0);
    rbm.weights.setConstant(4.5);
    rbm.visible_bias.setConstant(-4.5);
    rbm.hidden_bias.setConstant(-8.8);
    return rbm;
}

}  // namespace

TEST_CASE("tempered chains have the distribution of their temperature, and exchange as often as enumeration says",
          "[long]") {
    const auto rbm = random_rbm(4, 3, 5, 1.2);
    const Vector<double> base = random_rbm(4, 3, 6).visible_bias;
    const std::vector<double> betas{1, 0.6, 0.25, 0};
    constexpr std::size_t chains = 20'000;
    TemperedChains<double> tempered(rbm, base, betas, chains);
    const auto numbers = first_numbers(tempered.rows());
    GibbsDraws draws(Seed{11}, 0, numbers);
    for (int sweep = 0; sweep < 40; ++sweep) tempered.sweep(draws);
    std::vector<Vector<double>> p;
    for (std::size_t t = 0; t < betas.size(); ++t) {
        p.push_back(at_temperature(rbm, base, betas[t]));
        CHECK(chi_squared(counts(tempered.at(t)), p[t]) < 37.7);  // 15 degrees of freedom: once in a thousand seeds
    }
    CHECK(tempered.coldest() == tempered.at(0));
    const auto rates = tempered.exchange_rates();
    REQUIRE(rates.size() == 3);
    for (std::size_t t = 0; t < 3; ++t) {
        double expected = 0;
        for (Eigen::Index v = 0; v < 16; ++v)
            for (Eigen::Index w = 0; w < 16; ++w) expected += std::min(p[t][v] * p[t + 1][w], p[t][w] * p[t + 1][v]);
        CHECK(rates[t] == Approx(expected).margin(5 * 0.5 / std::sqrt(chains)));  // 20 proposals of each chain
        CHECK(rates[t] < 0.999);
    }
}

TEST_CASE("tempering crosses between modes that Gibbs chains stay in", "[long]") {
    const auto rbm = two_modes();
    const Vector<double> base = Vector<double>::Zero(4), p = at_temperature(rbm, base, 1);
    REQUIRE((p[0] > 0.3 && p[15] > 0.3));
    constexpr Eigen::Index chains = 4'000;
    TemperedChains<double> tempered(rbm, base, even_temperatures(6), chains);
    const auto numbers = first_numbers(tempered.rows());
    GibbsDraws draws(Seed{2}, 0, numbers);
    for (int sweep = 0; sweep < 60; ++sweep) tempered.sweep(draws);
    CHECK(chi_squared(counts(tempered.coldest()), p) < 37.7);
    const Matrix<double> start = Matrix<double>::Zero(chains, 4);
    const auto stuck = gibbs_chains(rbm, start, 60, Seed{2});
    CHECK(chi_squared(counts(rows_of(stuck.visible)), p) > 1'000);
}

TEST_CASE("tempered chains of grey pixels have the means of their density", "[long]") {
    auto rbm = random_rbm(3, 2, 5, 2);
    rbm.visible_units = VisibleUnits::truncated_exponential;
    constexpr std::size_t chains = 20'000;
    TemperedChains<double> tempered(rbm, rbm.visible_bias, even_temperatures(3), chains);
    const auto numbers = first_numbers(tempered.rows());
    GibbsDraws draws(Seed{11}, 0, numbers);
    for (int sweep = 0; sweep < 40; ++sweep) tempered.sweep(draws);
    // p(h) is proportional to exp(c.h) prod_i (e^a_i - 1)/a_i, and E[v | h] is known.
    const Matrix<double> h = all_states(2);
    const auto means = visible_probabilities(rbm, h);
    Vector<double> weight(4);
    for (Eigen::Index k = 0; k < 4; ++k) {
        const Vector<double> a = rbm.visible_bias + rbm.weights * h.row(k).transpose();
        weight[k] = std::exp(rbm.hidden_bias.dot(h.row(k)));
        for (const double x : a) weight[k] *= std::expm1(x) / x;
    }
    const Vector<double> expected = means.transpose() * weight / weight.sum();
    CHECK((tempered.coldest().colwise().mean().transpose() - expected).cwiseAbs().maxCoeff() <
          5 * 0.5 / std::sqrt(chains));
}

TEST_CASE("tempered chains are the same on any number of threads; temperatures are checked") {
    const auto rbm = random_rbm(300, 200, 3, 0.1);
    const auto run = [&](std::size_t threads) {
        return with_threads(threads, [&] {
            Rbm<float> small(300, 200);
            small.weights = rbm.weights.cast<float>();
            TemperedChains<float> tempered(small, small.visible_bias, even_temperatures(4), 50);
            const auto numbers = first_numbers(tempered.rows());
            GibbsDraws draws(Seed{4}, 0, numbers);
            for (int sweep = 0; sweep < 3; ++sweep) tempered.sweep(draws);
            return Matrix<float>(tempered.coldest());
        });
    };
    CHECK(run(1) == run(2));
    CHECK(even_temperatures(3) == std::vector<double>{1, 0.5, 0});
    CHECK_THROWS_AS(even_temperatures(1), std::invalid_argument);
    const auto refused = [&](const std::vector<double>& betas, std::size_t chains) {
        CHECK_THROWS_AS(TemperedChains<double>(rbm, rbm.visible_bias, betas, chains), std::invalid_argument);
    };
    refused({1}, 2);
    refused({0.9, 0}, 2);
    refused({1, 1, 0}, 2);
    refused({1, -0.5}, 2);
    refused({1, 0}, 0);
}

}  // namespace tempered_chains_test
