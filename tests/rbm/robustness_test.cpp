// What is extreme ends in finite numbers or in a status that says what happened.
#include <pstar/rbm.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace robustness_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

Matrix<float> noisy_rows(Eigen::Index rows, Eigen::Index columns) {
    RandomSequence next({Seed{5}});
    return Matrix<float>::NullaryExpr(rows, columns, [&] { return next.uniform() < 0.3 ? 1.F : 0.F; });
}

/// Every number that a report would print.
void check_finite(const RbmFit<float>& fit, const Matrix<float>& rows) {
    if (fit.status == RbmStatus::diverged) return;
    REQUIRE(fit.rbm.finite());
    for (const double error : fit.reconstruction_error) CHECK(std::isfinite(error));
    for (const auto& estimate : fit.log_z)
        CHECK((estimate.status == AisStatus::not_finite || std::isfinite(estimate.log_z)));
    const auto log_z = tuned_log_partition(fit.rbm, rows, {.chains = 20, .temperatures = 50, .sweeps = 5});
    if (log_z.status == AisStatus::not_finite) return;
    CHECK(std::isfinite(log_z.log_z));
    CHECK(std::isfinite(log_z.standard_error));
    const Matrix<float> black_or_white = (rows.array() > 0.5F).cast<float>();
    CHECK(std::isfinite(mean_log_probability(fit.rbm, black_or_white, log_z).mean));
    CHECK(std::isfinite(free_energy_gap(fit.rbm, rows, rows)));
}

std::vector<RbmOptions> learners() {
    const RbmOptions base{.n_components = 12, .rbm_n_iter = 3, .batch_size = 10, .annealing_chains = 5};
    std::vector<RbmOptions> all(5, base);
    all[1].persistent = true;
    all[2].centred = true, all[2].momentum = 0.9;
    all[3].persistent = all[3].centred = true, all[3].temperatures = 3, all[3].chains = 15;
    all[4].visible_units = VisibleUnits::truncated_exponential;
    for (auto& options : all) options.annealing_between = 5;
    return all;
}

}  // namespace

TEST_CASE("a learning rate of 5 or more, all-zero, all-one and constant data give finite numbers or diverge") {
    const Matrix<float> rows = noisy_rows(60, 20);
    const std::vector<Matrix<float>> data{rows, Matrix<float>::Zero(60, 20), Matrix<float>::Ones(60, 20),
                                          Matrix<float>::Constant(60, 20, 0.5F)};
    std::size_t finished = 0, diverged = 0;
    for (auto options : learners())
        for (const auto& some : data)
            for (const double rate : {0.05, 5.0, 1e30, 3e38}) {
                options.learning_rate = rate;
                CAPTURE(rate, options.persistent, options.centred, some(0, 0));
                const auto fit = fit_rbm(some, options);
                ++(fit.status == RbmStatus::diverged ? diverged : finished);
                check_finite(fit, some);
            }
    CHECK(finished > 40);
    CHECK(diverged > 0);
}

TEST_CASE("3,000 hidden units learn with a few rows", "[long]") {
    const Matrix<float> rows = noisy_rows(40, 50);
    for (auto options : learners()) {
        options.n_components = 3'000;
        options.rbm_n_iter = 1;
        options.temperatures = std::min<std::size_t>(options.temperatures, 2);
        const auto fit = fit_rbm(rows, options);
        CHECK(fit.status == RbmStatus::finished);
        CHECK(weight_spectrum(fit.rbm).size() == 50);
        check_finite(fit, rows);
    }
}

TEST_CASE("log Z holds within 4 errors as weights grow, or few chains are reported", "[long]") {
    constexpr std::uint64_t seeds = 100;
    for (const double scale : {1.0, 5.0, 20.0}) {
        std::size_t missed = 0, reported = 0;
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            auto rbm = random_rbm(8 + seed % 4, 5 + seed % 4, 1000 + seed, 0.3);
            rbm.weights *= scale;
            const double truth = log_partition(rbm);
            const Matrix<double> start = Matrix<double>::Constant(100, rbm.weights.rows(), 0.5);
            const auto found =
                tuned_log_partition(rbm, start, {.chains = 100, .temperatures = 600, .sweeps = 20, .seed = seed});
            if (found.status != AisStatus::estimated)
                ++reported;
            else if (!(std::abs(found.log_z - truth) <= 4 * found.standard_error + 1e-9))
                ++missed;
        }
        CAPTURE(scale, reported);
        CHECK(missed <= 1);
        CHECK(reported <= 20);  // and it is seldom silent
    }
}

}  // namespace robustness_test
