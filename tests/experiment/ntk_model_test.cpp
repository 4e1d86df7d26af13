// Kernel ridge regression with the infinitely wide network's tangent kernel, as runs of a sweep.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include <pstar/core/blas.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/ntk_model.hpp>
#include <pstar/ntk/kernel_ridge.hpp>

#include "catch.hpp"
#include "experiment/shorthand.hpp"

namespace ntk_model_test {

namespace {

const pstar::TrainTest& digits() {
    static const auto data = pstar::synthetic_digits({.train = 300, .test = 100});
    return data;
}

pstar::ExperimentSettings settings(double ridge = 0.01) {
    return {.epochs = 1, .seed = pstar::Seed{5}, .baseline = {.ridge = ridge}};
}

const pstar::RunKey regression{
    .model = "ntk", .width = 0, .depth = 2, .train_samples = 200, .strength = 0.5, .repeat = 1};

std::string numbers(const pstar::RunKey& run, const pstar::ExperimentSettings& how = settings()) {
    return nlohmann::json(shorthand::run_one(run, how, digits())).dump();
}

}  // namespace

TEST_CASE("a run of the infinite network is its kernel's ridge regression") {
    const auto result = shorthand::run_one(regression, settings(), digits());
    const pstar::Replacement channel{.p = 0.5};
    pstar::KernelRidge<float> model(pstar::InfiniteNtk{.hidden_layers = 2},
                                    {.ridge = 0.01, .seed = pstar::repeat_seed(pstar::Seed{5}, 1).value});
    REQUIRE(model.fit(pstar::take(digits().train, 200), channel) == pstar::KernelRidgeStatus::fitted);
    CHECK(result.status == pstar::TrainStatus::finished);
    CHECK(result.test_accuracy == model.accuracy(digits().test));
    CHECK(result.test_accuracy_corrupted == model.accuracy(digits().test, channel));

    const auto f = model.predict(digits().test);
    double squares = 0;
    for (std::size_t n = 0; n < 100; ++n)
        for (std::size_t k = 0; k < 10; ++k)
            squares += std::pow(f(n, k) - (digits().test.label(n) == k ? 1.0 : 0.0), 2);
    CHECK(result.test_loss == Approx(squares / 1000).epsilon(1e-12));
    CHECK(result.test_loss > 0);
    CHECK(result.train_loss < result.test_loss);
    // Whoever knows nothing scores the classes' means: 1 in 10 is missed by 0.9, nine by 0.1.
    CHECK(result.test_loss_corrupted < 1.1 * 0.09);
}

TEST_CASE("a run's activation is its kernel's, and nngp has the other kernel") {
    for (const auto phi : {pstar::Activation::relu, pstar::Activation::tanh, pstar::Activation::gelu}) {
        auto run = regression;
        run.activation = phi;
        const auto of_kernel = [&](const std::string& model, pstar::WideKernel kernel) {
            INFO(model << " of " << to_string(phi));
            run.model = model;
            const auto result = shorthand::run_one(run, settings(), digits());
            const auto seed = pstar::repeat_seed(pstar::Seed{5}, 1).value;
            pstar::KernelRidge<float> expected(pstar::InfiniteNtk{.hidden_layers = 2, .activation = phi},
                                               {.ridge = 0.01, .seed = seed, .kernel = kernel});
            REQUIRE(expected.fit(pstar::take(digits().train, 200), pstar::Replacement{.p = 0.5}) ==
                    pstar::KernelRidgeStatus::fitted);
            CHECK(result.test_accuracy == expected.accuracy(digits().test));
            CHECK(result.test_accuracy > 0.3);  // guessing 100 images has 0.1 +- 0.03
            return result.test_loss;
        };
        CHECK(of_kernel("ntk", pstar::WideKernel::ntk) != of_kernel("nngp", pstar::WideKernel::nngp));
    }
}

TEST_CASE("the finite width and the depth of a kernel are the run's") {
    const auto base = numbers(regression);
    CHECK(numbers(regression) == base);
    auto other = regression;
    other.width = 256;
    CHECK(numbers(other) != base);
    other = regression;
    other.depth = 1;
    CHECK(numbers(other) != base);
    other = regression;
    other.repeat = 0;
    CHECK(numbers(other) != base);
    CHECK(numbers(regression, settings(0.1)) != base);
    CHECK(shorthand::configuration(settings(0.1), digits()) != shorthand::configuration(settings(), digits()));

    other = regression;
    other.activation = pstar::Activation::tanh;
    CHECK(numbers(other) != base);
    other = regression;
    other.batch_size = 7;  // is ignored
    CHECK(numbers(other) == base);
    auto how = settings();
    how.epochs = 9, how.loss = pstar::Loss::softmax_mse;
    CHECK(numbers(regression, how) == base);
}

TEST_CASE("a ridge too small is a run that diverged; what makes no kernel is refused") {
    // Every image twice: the kernel is singular, and in float its rounding errors are far above such a ridge.
    auto twice = pstar::take(digits().train, 300);
    for (std::size_t n = 150; n < 300; ++n) std::ranges::copy(twice.image(n - 150), twice.image(n).begin());
    auto run = regression;
    run.train_samples = 300, run.strength = 0;
    const auto result = shorthand::run_one(run, settings(1e-12), {twice, digits().test});
    CHECK(result.status == pstar::TrainStatus::diverged);
    CHECK(std::isnan(result.test_accuracy));
    run.depth = 0;
    CHECK_THROWS_AS(shorthand::run_one(run, settings(), digits()), std::invalid_argument);
    CHECK_THROWS_AS(shorthand::run_one(regression, settings(0), digits()), std::invalid_argument);
    CHECK_NOTHROW(pstar::check_ntk_fits(10'000, 784));
    CHECK_THROWS_WITH(pstar::check_ntk_fits(10'000'000, 784, "nngp"), Catch::Contains("nngp: train_samples"));
    // 4 (10^7)^2 bytes: 400 TB
    CHECK_THROWS_WITH(
        pstar::check_ntk_fits(10'000'000, 784),
        Catch::Contains("ntk: train_samples (= 10000000) must be smaller") && Catch::Contains("4e+05 GB"));
}

TEST_CASE("an ntk beside a network in one sweep, in two threads as in one") {
    const auto grid = pstar::ExperimentGrid{.specs = {{"ntk", 0, 1}, {"mlp", 8, 1}},
                                            .strengths = {0, 0.5},
                                            .train_samples = {200},
                                            .batch_sizes = {20},
                                            .repeats = 2}
                          .grid();
    const auto one = shorthand::run(grid, settings(), digits(), {.threads = 1});
    const auto two = shorthand::run(grid, settings(), digits(), {.threads = 2});
    REQUIRE(one.size() == 8);
    for (std::size_t i = 0; i < one.size(); ++i) {
        REQUIRE(one[i].value);
        CHECK(nlohmann::json(*one[i].value).dump() == nlohmann::json(*two[i].value).dump());
    }
    CHECK(grid.key(grid[0])["model_type"] == "ntk");
    // Without corruption nothing is drawn: repeats are equal.
    CHECK(one[0].value->test_accuracy == one[1].value->test_accuracy);
    CHECK(one[0].value->test_accuracy > 0.5);
}

TEST_CASE("sizes and costs of an ntk") {
    CHECK(shorthand::parameter_count(regression, digits().train) == 201 * 10);
    auto larger = regression;
    larger.train_samples = 300;
    const auto cost = [](const auto& run) { return shorthand::expected_cost(run, settings(), digits()); };
    CHECK(cost(larger) > 1.5 * cost(regression));
}

// The truth is of this moment and other programs use the host, so a factor of 3 either way is allowed.
TEST_CASE("the time of an ntk is estimated from fits to fewer images", "[long]") {
    const auto data = pstar::synthetic_digits({.train = 2000, .test = 500});
    auto run = regression;
    run.train_samples = 2000;
    double estimated = 1e9, truth = 1e9;
    for (int i = 0; i < 3; ++i) {
        estimated = std::min(estimated, shorthand::measure_cost(run, settings(), data, 0.02).seconds);
        truth = std::min(truth, pstar::detail::seconds_taken([&] { shorthand::run_one(run, settings(), data); }));
    }
    INFO(estimated << " s estimated, " << truth << " s taken");
    CHECK(estimated < 3 * truth);
    CHECK(truth < 3 * estimated);
    CHECK(shorthand::measure_cost(run, settings(), data, 0.001).bytes > 4 * 2000.0 * 2000.0);
}

}  // namespace ntk_model_test
