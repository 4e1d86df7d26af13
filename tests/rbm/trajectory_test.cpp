#include <pstar/rbm/log_partition.hpp>
#include <pstar/rbm/train_rbm.hpp>
#include <pstar/rbm/trajectory.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace trajectory_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

/// Two patterns of ten units with a tenth of the bits flipped.
const Matrix<double>& patterns() {
    static const Matrix<double> rows = [] {
        RandomSequence next({Seed{2}});
        Matrix<double> r(400, 10);
        for (Eigen::Index n = 0; n < r.rows(); ++n)
            for (Eigen::Index i = 0; i < 10; ++i) r(n, i) = ((n + i) % 2 == 1) != (next.uniform() < 0.1) ? 1 : 0;
        return r;
    }();
    return rows;
}

RbmOptions small_training() {
    return {.n_components = 5, .rbm_n_iter = 20, .learning_rate = 0.1, .batch_size = 20, .seed = 1};
}

}  // namespace

TEST_CASE("log Z along a training agrees with enumeration after every pass", "[long]") {
    std::size_t models = 0;
    double squares = 0;
    for (const std::size_t between : {10, 30})
        for (const auto units : {VisibleUnits::binary, VisibleUnits::truncated_exponential}) {
            auto options = small_training();
            options.visible_units = units;
            options.annealing_chains = 1000;
            options.annealing_between = between;
            std::vector<double> truth;
            RbmFit<double> fit = fit_rbm(patterns(), options), again{.rbm = Rbm<double>(10, 5, Seed{1})};
            again.rbm.visible_units = units;
            again.rbm.visible_bias = base_rate_bias<double>(RowSource(patterns()), units);
            options.on_pass = [&](const RbmPass& pass) {
                truth.push_back(log_partition(again.rbm));
                REQUIRE(pass.log_z);
                CHECK(std::abs(pass.log_z->log_z - truth.back()) < 4 * pass.log_z->standard_error + 1e-9);
                CHECK(pass.log_z->standard_error < 0.05);
                CHECK(pass.log_z->effective_chains > 250);
                ++models;
            };
            train_rbm(again, RowSource(patterns()), options);
            REQUIRE(fit.log_z.size() == 20);
            CHECK(fit.log_z.back().log_z == again.log_z.back().log_z);
            squares += std::pow((fit.log_z.back().log_z - truth.back()) / fit.log_z.back().standard_error, 2);
        }
    CHECK(models == 80);
    CHECK(squares < 18.5);  // chi^2 with 4 degrees of freedom: once in a thousand
}

TEST_CASE("chains that measure log Z change nothing that is learnt") {
    auto options = small_training();
    const auto plain = fit_rbm(patterns(), options);
    options.annealing_chains = 10;
    options.models_kept = 5;
    const auto watched = fit_rbm(patterns(), options);
    CHECK(plain.rbm.weights == watched.rbm.weights);
    CHECK(plain.log_z.empty());
    CHECK(plain.trajectory.empty());
}

TEST_CASE("models are kept after steps that grow geometrically, from one without weights to the last") {
    CHECK(detail::steps_kept(1000, 3) == std::vector<std::size_t>{10, 100, 1000});
    CHECK(detail::steps_kept(3, 10) == std::vector<std::size_t>{2, 3});
    CHECK(detail::steps_kept(0, 3).empty());
    auto options = small_training();
    options.models_kept = 6;
    const auto fit = fit_rbm(patterns(), options);
    REQUIRE(fit.trajectory.size() == 1 + detail::steps_kept(400, 6).size());
    std::vector<std::size_t> steps{0};
    for (const auto step : detail::steps_kept(400, 6)) steps.push_back(step);
    CHECK(fit.trajectory_steps == steps);
    CHECK(fit.trajectory.front().weights.isZero(0));
    CHECK(fit.trajectory.back().weights == fit.rbm.weights);
    CHECK(fit.trajectory[1].weights != fit.trajectory[2].weights);
}

TEST_CASE("log Z of models that were kept agrees with enumeration") {
    auto options = small_training();
    options.models_kept = 6;
    const auto fit = fit_rbm(patterns(), options);
    const IndependentModel<double> start{fit.trajectory[0].visible_bias, fit.trajectory[0].hidden_bias};
    const auto found = trajectory_log_partitions<double>(start, fit.trajectory, {.chains = 500, .between = 20});
    REQUIRE(found.size() == fit.trajectory.size());
    CHECK(found[0].log_z == Approx(start.log_z()).epsilon(1e-12));
    for (std::size_t t = 0; t < found.size(); ++t) {
        CHECK(std::abs(found[t].log_z - log_partition(fit.trajectory[t])) < 4 * found[t].standard_error + 1e-9);
        CHECK(found[t].standard_error < 0.05);
    }
    CHECK(found.back().standard_error > 0);
    CHECK_THROWS_AS(trajectory_log_partitions<double>(start, {}, {}), std::invalid_argument);
    CHECK_THROWS_AS(trajectory_log_partitions<double>(start, fit.trajectory, {.chains = 1}), std::invalid_argument);
    CHECK_THROWS_AS(trajectory_log_partitions<double>(start, fit.trajectory, {.between = 0}), std::invalid_argument);
    CHECK_THROWS_AS(TrajectoryAnnealing<double>(start, 10, Seed{}).advance(Rbm<double>(10, 4)), std::invalid_argument);
}

TEST_CASE("models that go too far at once leave few chains, and the estimate says so") {
    const auto far = random_rbm(10, 5, 4, 6);
    TrajectoryAnnealing<double> annealing({Vector<double>::Zero(10), Vector<double>::Zero(5)}, 100, Seed{1});
    annealing.advance(far);
    CHECK(annealing.estimate().status == AisStatus::few_chains);
    CHECK(annealing.estimate().high >= log_partition(far));
    auto broken = far;
    broken.visible_bias[0] = std::nan("");
    annealing.advance(broken);
    CHECK(annealing.estimate().status == AisStatus::not_finite);
    CHECK(annealing.estimate().explanation().find("learning rate") != std::string::npos);
}

}  // namespace trajectory_test
