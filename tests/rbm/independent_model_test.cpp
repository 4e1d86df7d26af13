#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/independent_model.hpp>
#include <pstar/rbm/log_partition.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace independent_model_test {

using namespace pstar;
using namespace pstar::tests;

TEST_CASE("log Z of an independent model is that of an RBM without weights") {
    auto rbm = random_rbm(5, 3, 4);
    rbm.weights.setZero();
    for (const auto units : {VisibleUnits::binary, VisibleUnits::truncated_exponential}) {
        rbm.visible_units = units;
        const IndependentModel<double> model{rbm.visible_bias, rbm.hidden_bias, units};
        CHECK(model.log_z() == Approx(log_partition(rbm)).epsilon(1e-13));
    }
    const auto base = base_rate_model(rbm, rbm.visible_bias);
    CHECK(base.hidden_bias.isZero(0));
    CHECK(base.visible_bias == rbm.visible_bias);
    CHECK_THROWS_AS(base_rate_model(rbm, rbm.hidden_bias), std::invalid_argument);
}

TEST_CASE("an independent model of rows has their means in both layers") {
    const auto rbm = random_rbm(4, 3, 9);
    const Matrix<double> v = rows_of_states({1, 1, 7, 12, 15, 3}, 4).replicate(500, 1);
    const auto model = independent_model_of(rbm, v);
    const auto h = hidden_probabilities(rbm, v);
    for (Eigen::Index i = 0; i < 4; ++i)
        CHECK(1 / (1 + std::exp(-model.visible_bias[i])) == Approx(v.col(i).mean()).margin(1e-3));
    for (Eigen::Index j = 0; j < 3; ++j)
        CHECK(1 / (1 + std::exp(-model.hidden_bias[j])) == Approx(h.col(j).mean()).margin(1e-3));
    const Matrix<double> ones = Matrix<double>::Ones(1, 4);
    CHECK(independent_model_of(rbm, ones).finite());
    const Matrix<double> none(0, 4);
    CHECK_THROWS_AS(independent_model_of(rbm, none), std::invalid_argument);
}

TEST_CASE("the mean field solves its equations and comes closer to the RBM than an independent model of rates") {
    const auto rbm = random_rbm(6, 4, 3, 0.4);
    const auto model = mean_field_model(rbm);
    const Matrix<double> v = (1 + (-model.visible_bias).array().exp()).inverse().matrix().transpose(),
                         h = (1 + (-model.hidden_bias).array().exp()).inverse().matrix().transpose();
    CHECK((visible_probabilities(rbm, h) - v).cwiseAbs().maxCoeff() < 1e-12);
    CHECK((hidden_probabilities(rbm, v) - h).cwiseAbs().maxCoeff() < 1e-12);
    // sum q log(q/p) of a product q over all states
    const Matrix<double> p = joint(rbm);
    const auto divergence = [&](const Vector<double>& of_v, const Vector<double>& of_h) {
        Rbm<double> independent(6, 4, Seed{}, 0);
        independent.visible_bias = of_v, independent.hidden_bias = of_h;
        const Matrix<double> q = joint(independent);
        return (q.array() * (q.array() / p.array()).log()).sum();
    };
    const double found = divergence(model.visible_bias, model.hidden_bias);
    CHECK(found > 0);
    CHECK(found < divergence(rbm.visible_bias, rbm.hidden_bias));
    const double step = 1e-3;
    for (Eigen::Index j = 0; j < 4; ++j)
        for (const double by : {-step, step}) {
            Vector<double> moved = model.hidden_bias;
            moved[j] += by;
            CHECK(divergence(model.visible_bias, moved) > found);
        }
}

TEST_CASE("AIS from every independent model agrees with enumeration", "[long]") {
    double squares = 0;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const auto rbm = random_rbm(30, 8, 40 + seed, 0.6);
        const double truth = log_partition(rbm);
        const auto rows = gibbs_chains(rbm, Matrix<double>(Matrix<double>::Zero(200, 30)), 50, Seed{seed}).visible;
        for (const auto& base :
             {base_rate_model(rbm, rbm.visible_bias), mean_field_model(rbm), independent_model_of(rbm, rows)}) {
            const auto found = ais_log_partition(rbm, base, {.chains = 200, .betas = ais_schedule(300), .seed = seed});
            CHECK(found.standard_error < 0.1);
            CHECK(found.log_z_base == Approx(base.log_z()));
            CHECK(std::abs(found.log_z - truth) < 4 * found.standard_error);
            squares += std::pow((found.log_z - truth) / found.standard_error, 2);
        }
    }
    CHECK(squares > 3.4);   // chi^2 with 15 degrees of freedom: the error is neither too large ...
    CHECK(squares < 37.7);  // ... nor too small, each but once in a thousand
    const auto rbm = random_rbm(3, 2, 1);
    const IndependentModel<double> wrong{Vector<double>::Zero(3), Vector<double>::Zero(3)};
    CHECK_THROWS_AS(ais_log_partition(rbm, wrong), std::invalid_argument);
}

TEST_CASE("a tuned schedule has its temperatures where the variance of the weights grows", "[long]") {
    const auto even = detail::schedule_of_density({0, 0, 0, 0}, 8);
    REQUIRE(even.size() == 9);
    for (std::size_t k = 0; k <= 8; ++k) CHECK(even[k] == Approx(static_cast<double>(k) / 8));
    const auto late = detail::schedule_of_density({1, 3}, 80);  // a quarter of the steps up to 1/2
    REQUIRE(late.size() == 81);
    CHECK(late[20] == Approx(0.5));
    CHECK(late[50] == Approx(0.75));

    // From the mean field the weights vary late: the tuned schedule leaves more effective chains than an even one.
    const auto rbm = random_rbm(40, 14, 7, 1.0);
    const auto base = mean_field_model(rbm);
    const double truth = log_partition(rbm);
    const auto tuned = tuned_ais_schedule(rbm, base, 100, {.seed = 3});
    REQUIRE(tuned.size() == 101);
    CHECK(std::ranges::adjacent_find(tuned, std::ranges::greater_equal{}) == tuned.end());
    std::vector<double> evenly;
    for (int k = 0; k <= 100; ++k) evenly.push_back(k / 100.0);
    const auto found = ais_log_partition(rbm, base, {.chains = 1000, .betas = tuned, .seed = 1});
    const auto plain = ais_log_partition(rbm, base, {.chains = 1000, .betas = evenly, .seed = 1});
    CHECK(std::abs(found.log_z - truth) < 4 * found.standard_error);
    CHECK(found.effective_chains > plain.effective_chains);

    const Matrix<double> start = Matrix<double>::Zero(200, 40);
    const auto whole = tuned_log_partition(rbm, start, {.chains = 500, .temperatures = 300, .seed = 2});
    CHECK(std::abs(whole.log_z - truth) < 4 * whole.standard_error);
    CHECK(whole.standard_error < 0.05);
    CHECK_THROWS_AS(tuned_ais_schedule(rbm, base, 24), std::invalid_argument);
    CHECK_THROWS_AS(tuned_ais_schedule(rbm, base, 100, {.temperatures = 49}), std::invalid_argument);
    CHECK_THROWS_AS(tuned_ais_schedule(rbm, base, 100, {.chains = 1}), std::invalid_argument);
}

}  // namespace independent_model_test
