// RBMs and softmax regression as runs of a sweep.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/rbm/rbm_classifier.hpp>

#include <pstar/corruption/replacement.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/experiment/rbm_model.hpp>

#include "catch.hpp"
#include "experiment/shorthand.hpp"

namespace rbm_model_test {

namespace {

const pstar::TrainTest& digits() {
    static const auto data = pstar::synthetic_digits({.train = 300, .test = 100});
    return data;
}

pstar::ExperimentSettings settings() {
    return {
        .epochs = 1, .seed = pstar::Seed{5}, .baseline = {.rbm_n_iter = 2, .learning_rate = 0.05, .batch_size = 20}};
}

/// 12 runs: an RBM, softmax regression and an MLP.
pstar::Grid<pstar::RunKey> grid() {
    return pstar::ExperimentGrid{.specs = {{"rbm", 12, 1}, {"softmax", 0, 0}, {"mlp", 8, 1}},
                                 .strengths = {0, 0.5},
                                 .train_samples = {200},
                                 .batch_sizes = {20},
                                 .repeats = 2}
        .grid();
}

const pstar::RunKey rbm_run{
    .model = "rbm", .width = 12, .depth = 1, .train_samples = 200, .batch_size = 20, .strength = 0.5, .repeat = 1};

pstar::RunKey regression() {
    auto run = rbm_run;
    run.model = "softmax";
    return run;
}

std::string shown(const pstar::RunResult& result) {
    return nlohmann::json(result).dump();
}

}  // namespace

TEST_CASE("a run of an RBM is the classifier on its features") {
    const auto result = shorthand::run_one(rbm_run, settings(), digits());
    const auto seed = pstar::repeat_seed(pstar::Seed{5}, 1).value;
    const pstar::Replacement channel{.p = 0.5};
    const auto train = pstar::take(digits().train, 200);
    const auto fit = pstar::fit_rbm_classifier(
        train, channel,
        {.rbm = {.n_components = 12, .rbm_n_iter = 2, .learning_rate = 0.05, .batch_size = 20, .seed = seed}});
    CHECK(result.status == pstar::TrainStatus::finished);
    CHECK(result.test_accuracy == pstar::evaluate(fit.classifier, digits().test).accuracy);
    // In a program the library may be compiled with other flags, which round sums of floats in another order.
    CHECK(result.test_loss == Approx(pstar::evaluate(fit.classifier, digits().test).cross_entropy).epsilon(1e-7));
    const auto noisy = pstar::evaluate(fit.classifier, digits().test, channel, {.seed = seed});
    CHECK(result.test_accuracy_corrupted == noisy.accuracy);
    CHECK(result.test_loss_corrupted == Approx(noisy.cross_entropy).epsilon(1e-7));

    // The classifier has seen the noise of the pass after the RBM's two.
    const pstar::ImageSource source(train, channel, pstar::Seed{seed});
    const auto features = pstar::hidden_probabilities(fit.rbm.rbm, pstar::visible_rows<float>(source, {}, {}, 2));
    const auto score = pstar::score(fit.classifier.softmax, features, train.all_labels());
    CHECK(result.train_loss == Approx(score.cross_entropy).epsilon(1e-5));  // sums of 200 floats in another order
}

TEST_CASE("softmax regression sees the pixels that networks see in their first epoch") {
    const auto result = shorthand::run_one(regression(), settings(), digits());
    const pstar::Seed seed = pstar::repeat_seed(pstar::Seed{5}, 1);
    const pstar::Replacement channel{.p = 0.5};
    const auto rows = [&](const pstar::Dataset& data, pstar::Stream stream) {
        std::vector<std::uint32_t> all(data.size());
        std::iota(all.begin(), all.end(), 0U);
        pstar::Batch<float> batch;
        batch.fill(data, all, channel, {seed, stream, 0});
        const auto pixels = batch.images().elements();
        return pstar::Matrix<float>(pstar::ConstMatrixMap<float>(pixels.data(), std::ssize(all), 784));
    };
    const auto train = pstar::take(digits().train, 200);
    pstar::SoftmaxRegression model(784, 10);
    const auto seen = rows(train, pstar::Stream::train_noise);
    pstar::fit_softmax(model, seen, train.all_labels(), pstar::RbmClassifierOptions{}.softmax());
    const auto noisy = pstar::score(model, rows(digits().test, pstar::Stream::test_noise), digits().test.all_labels());
    CHECK(result.test_accuracy_corrupted == noisy.accuracy);
    CHECK(result.test_loss_corrupted == Approx(noisy.cross_entropy).epsilon(1e-7));
    CHECK(result.train_loss == Approx(pstar::score(model, seen, train.all_labels()).cross_entropy).epsilon(1e-5));
}

TEST_CASE("models of all kinds in one sweep: the same numbers from one thread and from two") {
    const auto one = shorthand::run(grid(), settings(), digits(), {.threads = 1});
    const auto two = shorthand::run(grid(), settings(), digits(), {.threads = 2});
    REQUIRE(one.size() == 12);
    for (std::size_t i = 0; i < one.size(); ++i) {
        INFO(grid().key(grid()[i]).dump());
        REQUIRE(one[i].value);
        CHECK(std::isfinite(one[i].value->test_loss));
        CHECK(shown(*one[i].value) == shown(*two[i].value));
    }
    CHECK(grid().key(grid()[0])["model_type"] == "rbm");
    CHECK(grid().key(grid()[4])["model_type"] == "softmax");
}

TEST_CASE("a classical run is a function of its key and the options that concern it") {
    const auto numbers = [](const pstar::RunKey& run, const pstar::ExperimentSettings& how) {
        return shown(shorthand::run_one(run, how, digits()));
    };
    const auto base = numbers(rbm_run, settings()), of_pixels = numbers(regression(), settings());
    CHECK(numbers(rbm_run, settings()) == base);

    auto other = rbm_run;
    other.repeat = 0;
    CHECK(numbers(other, settings()) != base);
    other = rbm_run;
    other.activation = pstar::Activation::tanh, other.depth = 0, other.batch_size = 7;  // say nothing
    CHECK(numbers(other, settings()) == base);
    other = regression();
    other.width = 0;
    CHECK(numbers(other, settings()) == of_pixels);

    std::vector<pstar::BaselineOptions> changes(10, settings().baseline);
    changes[0].rbm_n_iter = 3;
    changes[1].learning_rate = 0.3;
    changes[2].batch_size = 30;
    changes[3].cd_k = 2;
    changes[4].persistent = true;
    changes[5].classifier_max_iter = 0;
    changes[6].persistent = true, changes[6].chains = 7;
    changes[7].persistent = true, changes[7].temperatures = 2;
    changes[8].centred = true;
    changes[9].final_rate = 0.1;
    for (const auto& changed : changes) {
        auto how = settings();
        how.baseline = changed;
        INFO("change " << &changed - changes.data());
        CHECK(numbers(rbm_run, how) != base);
        CHECK((numbers(regression(), how) != of_pixels) == (changed.classifier_max_iter == 0));
        CHECK(shorthand::configuration(how, digits()) != shorthand::configuration(settings(), digits()));
    }
}

TEST_CASE("a plain RBM is an RBM by CD-1, whatever the learner of the other one") {
    const auto numbers = [](const pstar::RunKey& run, const pstar::ExperimentSettings& how) {
        return shown(shorthand::run_one(run, how, digits()));
    };
    auto better = settings();
    better.baseline.persistent = better.baseline.centred = true;
    better.baseline.chains = 90, better.baseline.temperatures = 2, better.baseline.final_rate = 0.2;
    auto plain = rbm_run;
    plain.model = "rbm_plain";
    CHECK(numbers(plain, better) == numbers(plain, settings()));
    CHECK(numbers(plain, settings()) == numbers(rbm_run, settings()));
    CHECK(pstar::with_plain_rbm(better).baseline.temperatures == 1);
    CHECK(numbers(rbm_run, better) != numbers(rbm_run, settings()));
    CHECK(shorthand::expected_cost(rbm_run, better, digits()) > shorthand::expected_cost(plain, better, digits()));
}

TEST_CASE("an RBM that diverges is a run that diverged; sizes that make no RBM are refused") {
    auto wild = settings();
    wild.baseline.learning_rate = 1e300;  // infinite as a float
    const auto result = shorthand::run_one(rbm_run, wild, digits());
    CHECK(result.status == pstar::TrainStatus::diverged);
    CHECK(std::isnan(result.test_accuracy));
    auto empty = rbm_run;
    empty.width = 0;
    CHECK_THROWS_AS(shorthand::run_one(empty, settings(), digits()), std::invalid_argument);
    CHECK_THROWS_AS(shorthand::measure_cost(empty, settings(), digits()), std::invalid_argument);
    CHECK_THROWS_WITH(pstar::with_network(rbm_run.spec(), digits().train, pstar::Seed{0}, [](auto&) {}),
                      Catch::Contains("model (= rbm) must be a kind of network"));
    auto greedy = regression();
    greedy.train_samples = 301;
    CHECK_THROWS_AS(shorthand::run_one(greedy, settings(), digits()), std::invalid_argument);
}

TEST_CASE("sizes and costs of classical models") {
    CHECK(shorthand::parameter_count(rbm_run, digits().train) == 784 * 12 + 784 + 12 + 13 * 10);
    CHECK(shorthand::parameter_count(regression(), digits().train) == 7850);

    auto more = settings();
    more.baseline.rbm_n_iter = 20;
    const auto cost = [](const auto& run, const auto& how) { return shorthand::expected_cost(run, how, digits()); };
    CHECK(cost(rbm_run, more) > 4 * cost(rbm_run, settings()));
    CHECK(cost(regression(), more) == cost(regression(), settings()));
    more.baseline.cd_k = 10;
    CHECK(cost(rbm_run, more) > 10 * cost(rbm_run, settings()));
}

// The truth is of this moment and other programs use the host, so a factor of 3 either way is allowed.
TEST_CASE("the time of a classical run is estimated from fits to fewer images", "[long]") {
    const auto data = pstar::synthetic_digits({.train = 2000, .test = 500});
    for (auto run : {rbm_run, regression()}) {
        run.train_samples = 2000;
        run.width = 64;
        auto how = settings();
        how.baseline.rbm_n_iter = 6;
        double estimated = 1e9, truth = 1e9;
        for (int i = 0; i < 3; ++i) {
            estimated = std::min(estimated, shorthand::measure_cost(run, how, data, 0.02).seconds);
            truth = std::min(truth, pstar::detail::seconds_taken([&] { shorthand::run_one(run, how, data); }));
        }
        INFO(run.model << ": " << estimated << " s estimated, " << truth << " s taken");
        CHECK(estimated < 3 * truth);
        CHECK(truth < 3 * estimated);
        const double features = run.model == "rbm" ? 64 : 784;
        CHECK(shorthand::measure_cost(run, how, data, 0.001).bytes > 4 * 2000 * features);
    }
}

}  // namespace rbm_model_test
