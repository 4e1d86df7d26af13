#include <pstar/rbm/trajectory_tempering.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace trajectory_tempering_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

Vector<double> counts(const Matrix<double>& v) {
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

/// From no weights to two modes, 0000 and 1111, that Gibbs sweeps hardly ever leave.
std::vector<Rbm<double>> ladder() {
    std::vector<Rbm<double>> models;
    for (const double share : {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}) {
        Rbm<double> rbm(4, 2, Seed{1}, 0.0);
        rbm.weights.setConstant(4.5 * share);
        rbm.visible_bias.setConstant(-4.5 * share);
        rbm.hidden_bias.setConstant(-8.8 * share);
        models.push_back(rbm);
    }
    return models;
}

}  // namespace

TEST_CASE("every model of the ladder is sampled from, and exchanges are as frequent as enumeration says", "[long]") {
    const auto models = ladder();
    constexpr std::size_t chains = 4'000;
    TrajectoryTempering<double> tempering(models, chains, Seed{3});
    CHECK(std::isnan(tempering.exchange_rates()[0]));
    for (int sweep = 0; sweep < 80; ++sweep) tempering.sweep();
    std::vector<Vector<double>> p;
    for (std::size_t t = 0; t < models.size(); ++t) {
        p.push_back(joint(models[t]).rowwise().sum());
        CHECK(chi_squared(counts(tempering.at(t)), p[t]) < 37.7);  // 15 degrees of freedom: once in a thousand seeds
    }
    const auto rates = tempering.exchange_rates();
    REQUIRE(rates.size() == 5);
    for (std::size_t t = 0; t < 5; ++t) {
        double expected = 0;
        for (Eigen::Index v = 0; v < 16; ++v)
            for (Eigen::Index w = 0; w < 16; ++w) expected += std::min(p[t][v] * p[t + 1][w], p[t][w] * p[t + 1][v]);
        CHECK(rates[t] == Approx(expected).margin(0.02));  // chains begin elsewhere: a few of 40 proposals
    }
    CHECK(tempering.arrivals() > 1);
    const Matrix<double> start = Matrix<double>::Zero(chains, 4);
    CHECK(chi_squared(counts(gibbs_chains(models.back(), start, 80, Seed{2}).visible), p.back()) > 1'000);
}

TEST_CASE("a ladder whose models have nothing in common passes nothing, and says so") {
    auto models = ladder();
    models.erase(models.begin() + 2, models.end());
    models[0].visible_bias.setConstant(-40);
    models[1].visible_bias.setConstant(40);
    const auto found = trajectory_tempering<double>(models, 100, 20, Seed{1});
    CHECK(found.exchange_rates == std::vector<double>{0});
    CHECK(found.arrivals == 0);
    CHECK(found.visible == Matrix<double>::Ones(100, 4));
}

TEST_CASE("a trajectory is sampled the same way again, on any number of threads; sizes are checked") {
    const auto models = ladder();
    const auto run = [&](std::size_t threads, std::uint64_t seed) {
        return with_threads(threads, [&] { return trajectory_tempering<double>(models, 3000, 5, Seed{seed}).visible; });
    };
    CHECK(run(1, 4) == run(2, 4));
    CHECK(run(1, 4) != run(1, 5));
    const std::vector<Rbm<double>> one(models.begin(), models.begin() + 1);
    CHECK_THROWS_AS(trajectory_tempering<double>(one, 2, 1, Seed{}), std::invalid_argument);
    CHECK_THROWS_AS(trajectory_tempering<double>(models, 0, 1, Seed{}), std::invalid_argument);
    CHECK_THROWS_AS(trajectory_tempering<double>(models, 2, 0, Seed{}), std::invalid_argument);
    auto mixed = models;
    mixed[1] = Rbm<double>(5, 2);
    CHECK_THROWS_AS(trajectory_tempering<double>(mixed, 2, 1, Seed{}), std::invalid_argument);
}

}  // namespace trajectory_tempering_test
