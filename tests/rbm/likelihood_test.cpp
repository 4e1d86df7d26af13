#include <pstar/core/math.hpp>
#include <pstar/rbm/ais.hpp>
#include <pstar/rbm/log_partition.hpp>
#include <pstar/rbm/monitor.hpp>
#include <pstar/rbm/pseudo_likelihood.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace likelihood_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("log Z over either layer is log Z over all states") {
    for (const auto& [visible, hidden] : {std::pair{1, 1}, {2, 6}, {7, 3}, {5, 5}}) {
        const auto rbm = random_rbm(static_cast<std::size_t>(visible), static_cast<std::size_t>(hidden), 3);
        CHECK(log_partition(rbm) == Approx(log_z(rbm)).epsilon(1e-13));
        const auto p = log_probabilities(rbm, all_states(visible), log_partition(rbm));
        double total = 0;
        for (const double value : p) total += std::exp(value);
        CHECK(total == Approx(1).epsilon(1e-13));
    }
}

TEST_CASE("log Z of RBMs without weights between the layers") {
    // Without weights Z = prod (1 + e^b) prod (1 + e^c); 12 units take several blocks, biases of 300 overflow exp(.).
    auto rbm = random_rbm(900, 12, 5);
    rbm.weights.setZero();
    rbm.hidden_bias *= 300;
    double expected = 0;
    for (const double b : rbm.visible_bias) expected += softplus(b);
    for (const double c : rbm.hidden_bias) expected += softplus(c);
    CHECK(log_partition(rbm) == Approx(expected).epsilon(1e-13));
    CHECK_THROWS_WITH(log_partition(random_rbm(21, 21, 1)), Catch::Contains("ais_log_partition"));
}

TEST_CASE("AIS agrees with enumeration within its error", "[long]") {
    const auto check = [](auto zero, const Rbm<double>& exact, const Vector<double>& base, std::uint64_t seed) {
        using Scalar = decltype(zero);
        Rbm<Scalar> rbm(exact.visible(), exact.n_components());
        rbm.weights = exact.weights.cast<Scalar>();
        rbm.visible_bias = exact.visible_bias.cast<Scalar>();
        rbm.hidden_bias = exact.hidden_bias.cast<Scalar>();
        const auto found = ais_log_partition(rbm, Vector<Scalar>(base.cast<Scalar>()),
                                             {.chains = 100, .betas = ais_schedule(500), .seed = seed});
        const double truth = log_partition(exact);
        CHECK(found.standard_error < 0.2);
        CHECK(std::abs(found.log_z - truth) < 4 * found.standard_error);
        CHECK((found.low < found.log_z && found.log_z < found.high));
        CHECK((found.effective_chains > 25 && found.effective_chains <= 100));
        CHECK(found.status == AisStatus::estimated);
        return (found.log_z - truth) / found.standard_error;
    };
    double squares = 0;
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const auto rbm = random_rbm(30, 8, 40 + seed, 0.6);
        const Vector<double> base = seed % 2 == 0 ? Vector<double>(Vector<double>::Zero(30)) : rbm.visible_bias;
        const double a = check(0.0F, rbm, base, seed), b = check(0.0, rbm, base, seed + 100);
        squares += a * a + b * b;
    }
    CHECK(squares > 2);   // chi^2 with 12 degrees of freedom: the error is neither too large ...
    CHECK(squares < 33);  // ... nor too small, each but once in a thousand
}

TEST_CASE("AIS is exact where nothing is to be annealed") {
    auto rbm = random_rbm(20, 5, 3);
    rbm.weights.setZero();
    rbm.hidden_bias.setZero();
    const auto found = ais_log_partition(rbm, rbm.visible_bias, {.chains = 3, .betas = {0, 0.5, 1}});
    CHECK(found.log_z == Approx(log_partition(rbm)).epsilon(1e-14));
    CHECK(found.log_z_base == Approx(found.log_z).epsilon(1e-14));
    CHECK(found.standard_error < 1e-12);
    CHECK(found.effective_chains == Approx(3));
    CHECK(found.status == AisStatus::few_chains);  // three cannot show what they have missed
}

TEST_CASE("where AIS has missed modes, its interval holds log Z or says that it cannot", "[long]") {
    std::size_t few = 0, estimated = 0;
    for (const double scale : {1.0, 20.0, 100.0, 1000.0})
        for (std::uint64_t seed = 0; seed < 12; ++seed) {
            auto rbm = random_rbm(4 + seed, 3 + seed % 4, seed, 0.1);
            rbm.weights *= scale;
            rbm.visible_bias *= scale;
            rbm.hidden_bias *= scale;
            const auto found = ais_log_partition(rbm, Vector<double>(Vector<double>::Zero(rbm.weights.rows())),
                                                 {.chains = 100, .betas = ais_schedule(300), .seed = seed});
            const double truth = log_partition(rbm);
            CAPTURE(scale, seed, found.log_z, found.effective_chains);
            CHECK(found.low <= truth + 1e-9 * std::abs(truth));
            CHECK(found.high >= truth - 1e-9 * std::abs(truth));
            if (found.status == AisStatus::few_chains) {
                ++few;
                CHECK(found.high == std::numeric_limits<double>::infinity());
                CHECK(found.explanation().find("more temperatures") != std::string::npos);
            } else {
                ++estimated;
            }
        }
    CHECK(few >= 3);
    CHECK(estimated >= 20);
}

TEST_CASE("the schedule runs from 0 to 1 in the paper's three parts") {
    const auto betas = ais_schedule();
    REQUIRE(betas.size() == 14'501);
    CHECK((betas[0] == 0 && betas[500] == 0.5 && betas[4500] == 0.9 && betas[14'500] == 1));
    CHECK(betas[1] == Approx(0.001));
    CHECK(betas[501] - betas[500] == Approx(1e-4));
    CHECK(betas[4501] - betas[4500] == Approx(1e-5));
    AisOptions options{.chains = 1};
    CHECK_THROWS_AS(options.validate(), std::invalid_argument);
    options = {.betas = {0, 0.5, 0.5, 1}};
    CHECK_THROWS_WITH(options.validate(), Catch::Contains("increase strictly"));
    options = {.betas = {0.1, 1}};
    CHECK_THROWS_AS(options.validate(), std::invalid_argument);
}

TEST_CASE("the log-pseudo-likelihood is the sum of exact conditionals") {
    const auto rbm = random_rbm(5, 4, 8);
    const Vector<double> p = joint(rbm).rowwise().sum();
    const auto found = pseudo_log_likelihoods(rbm, all_states(5));
    for (std::size_t v = 0; v < 32; ++v) {
        double expected = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            const auto flipped = static_cast<Eigen::Index>(v ^ (std::size_t{1} << i));
            const double own = p[static_cast<Eigen::Index>(v)];
            expected += std::log(own / (own + p[flipped]));
        }
        CHECK(found[v] == Approx(expected).epsilon(1e-12));
    }
    // scikit-learn's way from free energies, F(v) and F with unit i flipped: D log logistic(F' - F).
    const Matrix<double> v = state(19, 5).transpose();
    Matrix<double> flipped = v;
    flipped(0, 2) = 1 - v(0, 2);
    const double term = std::log(logistic(free_energies(rbm, flipped)[0] - free_energies(rbm, v)[0]));
    detail::ConditionalOfUnit<double> conditional(rbm);
    Vector<double> input = rbm.hidden_bias + rbm.weights.transpose() * v.row(0).transpose();
    CHECK(conditional(v.data(), input.data(), simd::softplus_sum(input.data(), 4), 2) == Approx(term).epsilon(1e-12));
}

TEST_CASE("a grey unit counts as the mixture of black and white") {
    // Only unit 0 is grey, and it is not connected: its term is x log p(1) + (1 - x) log p(0), the others' do not
    // change.
    auto rbm = random_rbm(4, 3, 9);
    rbm.weights.row(0).setZero();
    Matrix<double> v(3, 4);
    v << 0.3, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1;
    const auto found = pseudo_log_likelihoods(rbm, v);
    CHECK(found[0] == Approx(0.3 * found[1] + 0.7 * found[2]).epsilon(1e-12));
}

TEST_CASE("the estimate from one unit per row averages to the exact log-pseudo-likelihood") {
    const auto rbm = random_rbm(6, 4, 10);
    const Matrix<double> v = state(37, 6).transpose().replicate(20'000, 1);
    const auto estimates = pseudo_log_likelihood_estimates(rbm, v, Seed{3});
    const double mean = mean_of(estimates);
    double squares = 0;
    for (const double x : estimates) squares += (x - mean) * (x - mean);
    const double error = std::sqrt(squares / 20'000 / 20'000);
    const Matrix<double> row = v.topRows(1);
    CHECK(mean == Approx(pseudo_log_likelihoods(rbm, row)[0]).margin(4 * error));
    CHECK(error > 0);
}

TEST_CASE("what is watched in training") {
    const auto rbm = random_rbm(6, 4, 12);
    const Matrix<double> all = all_states(6), few = all.topRows(10);
    const auto f = free_energies(rbm, all);
    const std::vector<double> first(f.begin(), f.begin() + 10);
    CHECK(free_energy_gap(rbm, few, all) == Approx(mean_of(f) - mean_of(first)));

    // E over h of sum (v - E[v | h])^2 by enumeration, for many copies of one row.
    const Matrix<double> v = state(41, 6).transpose();
    const Matrix<double> h = all_states(4), means = visible_probabilities(rbm, h);
    const auto p = hidden_probabilities(rbm, v);
    double expected = 0;
    for (Eigen::Index k = 0; k < 16; ++k) {
        const double chance =
            (h.row(k).array() * p.row(0).array() + (1 - h.row(k).array()) * (1 - p.row(0).array())).prod();
        expected += chance * (v - means.row(k)).squaredNorm() / 6;
    }
    const Matrix<double> copies = v.replicate(20'000, 1);
    CHECK(reconstruction_error(rbm, copies, Seed{1}) == Approx(expected).margin(5 * 0.5 / std::sqrt(20'000.0)));

    AisEstimate ais{.log_z = log_partition(rbm), .standard_error = 0.1, .low = 0, .high = 0};
    ais.low = ais.log_z - 0.4;
    ais.high = ais.log_z + 0.3;
    const auto found = mean_log_probability(rbm, all, ais);
    CHECK(found.mean == Approx(mean_of(log_probabilities(rbm, all, ais.log_z))));
    CHECK(found.standard_error == 0.1);
    CHECK(found.low == Approx(found.mean - 0.3));
    CHECK(found.high == Approx(found.mean + 0.4));
    CHECK(found.data_error > 0);
}

TEST_CASE("grey rows have no probability under binary units and are refused by name") {
    const auto rbm = random_rbm(6, 4, 3);
    Matrix<double> v = Matrix<double>::Zero(3, 6);
    v(1, 2) = 1;
    CHECK(log_probabilities(rbm, v, log_partition(rbm)).size() == 3);
    for (const double grey : {0.5, 1e-9, 1.5, std::nan("")}) {
        v(2, 4) = grey;
        CHECK_THROWS_AS(log_probabilities(rbm, v, 0), DataError);
        CHECK_THROWS_WITH(mean_log_probability(rbm, v, AisEstimate{}), Catch::Contains("row 2, column 4"));
    }
    auto grey_units = rbm;
    grey_units.visible_units = VisibleUnits::truncated_exponential;
    v(2, 4) = 0.5;
    CHECK(std::isfinite(log_probabilities(grey_units, v, log_partition(grey_units))[2]));
}

}  // namespace likelihood_test
