#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/mnist.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/rbm.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "rbm/enumeration.hpp"

namespace train_rbm_test {

using namespace pstar;
using namespace pstar::tests;

namespace {

const TrainTest& digits() {
    static const TrainTest data = synthetic_digits({.train = 3'000, .test = 1'000, .seed = 3});
    return data;
}

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool same(const Rbm<float>& a, const Rbm<float>& b) {
    return a.weights == b.weights && a.visible_bias == b.visible_bias && a.hidden_bias == b.hidden_bias;
}

}  // namespace

TEST_CASE("an RBM sees exactly the corrupted images that networks see") {
    const auto& data = digits().train;
    const std::vector<std::uint32_t> indices{5, 2999, 0, 17, 5};
    const Replacement channel{0.4};
    Batch<float> batch;
    batch.fill(data, indices, channel, {Seed{9}, Stream::train_noise, 2});
    Matrix<float> rows(5, 784);
    ImageSource<Replacement>(data, channel, Seed{9}).fill(indices, 2, MatrixMap<float>(rows.data(), 5, 784));
    CHECK(std::equal(rows.data(), rows.data() + rows.size(), batch.images().data));
    CHECK_THROWS_AS(ImageSource<Replacement>(data, Replacement{2}, Seed{}), std::invalid_argument);
}

TEST_CASE("grey pixels are probabilities, cut at one half, or drawn") {
    Matrix<float> grey(1, 4);
    grey << 0, 0.25F, 0.75F, 1;
    const Matrix<float> many = grey.replicate(10'000, 1);
    const RowSource source(many);
    CHECK(visible_rows<float>(source) == many);
    const auto cut = visible_rows<float>(source, GreyLevels::threshold);
    CHECK(cut.row(7) == (Matrix<float>(1, 4) << 0, 0, 1, 1).finished());
    const auto drawn = visible_rows<float>(source, GreyLevels::sampled, Seed{1});
    CHECK(((drawn.array() == 0) || (drawn.array() == 1)).all());
    CHECK((drawn.colwise().mean() - grey).cwiseAbs().maxCoeff() < 5 * 0.5 / 100);  // five standard errors
    CHECK((drawn.col(0).maxCoeff() == 0 && drawn.col(3).minCoeff() == 1));
    CHECK(visible_rows<float>(source, GreyLevels::sampled, Seed{1}, 1) != drawn);  // anew at each pass
    CHECK(visible_rows<float>(source, GreyLevels::sampled, Seed{1}) == drawn);
    Matrix<float> wrong = grey;
    wrong(0, 0) = 1.5F;
    CHECK_THROWS_AS(RowSource(wrong), DataError);
    wrong(0, 0) = std::nanf("");
    CHECK_THROWS_AS(RowSource(wrong), DataError);
}

TEST_CASE("base rates are the log-odds of the means") {
    Matrix<double> rows(4, 3);
    rows << 1, 0, 0.5, 1, 0, 0.5, 0, 0, 0.5, 0, 0, 0.5;
    const auto bias = base_rate_bias<double>(RowSource(rows));
    CHECK(bias[0] == Approx(0).margin(1e-14));
    CHECK(bias[1] == Approx(std::log(0.5 / 4.5)));
    CHECK(bias[2] == Approx(0).margin(1e-14));
}

TEST_CASE("training raises the likelihood of what it sees, by CD and by PCD") {
    // Two patterns of eight units with a tenth of the bits flipped; log-likelihood by enumeration.
    RandomSequence next({Seed{2}});
    Matrix<double> rows(600, 8);
    for (Eigen::Index n = 0; n < rows.rows(); ++n)
        for (Eigen::Index i = 0; i < 8; ++i) rows(n, i) = ((n + i) % 2 == 1) != (next.uniform() < 0.1) ? 1 : 0;
    const auto likelihood = [&](const Rbm<double>& rbm) {
        return mean_of(log_probabilities(rbm, rows, log_partition(rbm)));
    };
    // What is best: a mixture of two patterns, log(1/2) + 8 (0.9 log 0.9 + 0.1 log 0.1) = -3.29 nats on average.
    for (const bool persistent : {false, true}) {
        const auto fit = fit_rbm(rows, {.n_components = 4,
                                        .rbm_n_iter = 150,
                                        .learning_rate = 0.05,
                                        .batch_size = 25,
                                        .persistent = persistent,
                                        .seed = 1});
        CHECK(fit.status == RbmStatus::finished);
        CHECK(fit.steps == 150 * 24);
        CHECK(likelihood(fit.rbm) > -3.4);
        CHECK(likelihood(fit.rbm) < -3.1);
        CHECK(fit.reconstruction_error.size() == (persistent ? 0U : 150U));
    }
    CHECK(likelihood(Rbm<double>(8, 4)) == Approx(-8 * std::log(2)).margin(0.01));
}

TEST_CASE("training is a pure function of its arguments, on any number of threads") {
    const auto data = take(digits().train, 250);
    for (const RbmOptions& options :
         {RbmOptions{.n_components = 20, .rbm_n_iter = 2, .batch_size = 60, .seed = 4},
          RbmOptions{.n_components = 20, .rbm_n_iter = 2, .batch_size = 60, .cd_k = 2, .persistent = true, .seed = 4},
          RbmOptions{.n_components = 20,
          .rbm_n_iter = 2,
          .batch_size = 60,
          .last_step = LastStep::sampled,
          .grey = GreyLevels::sampled,
          .seed = 4}}) {
        const auto learn = [&](RbmOptions with, std::size_t threads) {
            with.threads = threads;
            return fit_rbm(data, Replacement{0.3}, with);
        };
        const auto one = learn(options, 1), two = learn(options, 2);
        CHECK(same(one.rbm, two.rbm));
        CHECK(one.reconstruction_error == two.reconstruction_error);
        CHECK(one.steps == 10);
        auto reseeded = options;
        reseeded.seed = 5;
        CHECK(!same(one.rbm, learn(reseeded, 1).rbm));
    }
}

TEST_CASE("threads change no bit of a training whose products, units and updates they share") {
    const auto data = take(digits().train, 250);
    for (const bool persistent : {false, true}) {
        const auto learn = [&](std::size_t threads) {
            return fit_rbm(data, Replacement{0.3},
                           {.n_components = 300,
                            .rbm_n_iter = 2,
                            .batch_size = 250,
                            .persistent = persistent,
                            .momentum = 0.5,
                            .weight_decay = 1e-3,
                            .threads = threads});
        };
        const auto one = learn(1);
        for (const std::size_t threads : {2, 3}) {
            const auto more = learn(threads);
            CHECK(same(one.rbm, more.rbm));
            CHECK(one.reconstruction_error == more.reconstruction_error);
        }
    }
}

TEST_CASE("training continues where it stopped") {
    const auto data = take(digits().train, 200);
    const ImageSource<Replacement> source(data, Replacement{0.2}, Seed{0});
    RbmOptions options{.n_components = 16, .rbm_n_iter = 4};
    const auto whole = fit_rbm<float>(source, options);
    options.rbm_n_iter = 3;
    auto part = fit_rbm<float>(source, options);
    options.rbm_n_iter = 1;
    train_rbm(part, source, options, 3);
    CHECK(same(whole.rbm, part.rbm));
    CHECK(whole.reconstruction_error == part.reconstruction_error);
    CHECK(whole.steps == part.steps);
}

TEST_CASE("progress is reported after each pass; divergence is a status") {
    const auto data = take(digits().train, 200);
    std::vector<std::size_t> passes;
    const auto fit = fit_rbm(data, Identity{},
                             {.n_components = 16, .rbm_n_iter = 3, .batch_size = 10, .on_pass = [&](const RbmPass& p) {
                                  passes.push_back(p.pass);
                                  CHECK(p.reconstruction_error.value() > 0);
                              }});
    CHECK(passes == std::vector<std::size_t>{0, 1, 2});
    CHECK(fit.reconstruction_error[2] < fit.reconstruction_error[0]);
    const auto lost = fit_rbm(data, Identity{}, {.n_components = 16, .learning_rate = 3e38, .batch_size = 5});
    CHECK(lost.status == RbmStatus::diverged);
    const auto refused = [&](const RbmOptions& options) {
        CHECK_THROWS_AS(fit_rbm(data, Identity{}, options), std::invalid_argument);
    };
    refused({.n_components = 0});
    refused({.learning_rate = 0});
    refused({.batch_size = 0});
    refused({.cd_k = 0});
    refused({.momentum = 1});
    refused({.weight_decay = std::nan("")});
    CHECK_THROWS_AS(fit_rbm(Dataset{}, Identity{}), std::invalid_argument);
}

TEST_CASE("the pipeline classifies clean and corrupted digits", "[long]") {
    const Replacement channel{0.2};
    const RbmClassifierOptions options{
        .rbm = {.n_components = 64, .rbm_n_iter = 4, .learning_rate = 0.1, .batch_size = 20, .seed = 1}};
    const auto fit = fit_rbm_classifier(digits().train, channel, options);
    CHECK(fit.rbm.status == RbmStatus::finished);
    CHECK(fit.softmax.status != LbfgsStatus::not_finite);
    const auto clean = evaluate(fit.classifier, digits().test);
    const auto noisy = evaluate(fit.classifier, digits().test, channel, {.seed = 1});
    CHECK(clean.total == 1000);
    CHECK(noisy.accuracy > 0.5);
    CHECK(clean.accuracy > 0.5);
    CHECK(noisy.cross_entropy < std::log(10));
    CHECK(evaluate(fit.classifier, digits().test, channel, {.seed = 1, .draw = 1}).cross_entropy !=
          noisy.cross_entropy);

    const auto p = probabilities(fit.classifier, digits().test, channel, {.seed = 1});
    double loss = 0;
    for (Eigen::Index n = 0; n < p.rows(); ++n)
        loss -= std::log(static_cast<double>(p(n, digits().test.label(static_cast<std::size_t>(n)))));
    CHECK(loss / 1000 == Approx(noisy.cross_entropy).epsilon(1e-5));

    const auto twin = fit_rbm_classifier(digits().train, channel, options);
    CHECK(same(twin.classifier.rbm, fit.classifier.rbm));
    CHECK(twin.classifier.softmax.weights == fit.classifier.softmax.weights);
}

TEST_CASE("no classifier is fitted to an RBM that diverged") {
    const auto data = take(digits().train, 200);
    const auto fit =
        fit_rbm_classifier(data, Identity{}, {.rbm = {.n_components = 16, .learning_rate = 3e38, .batch_size = 5}});
    CHECK(fit.rbm.status == RbmStatus::diverged);
    CHECK(fit.softmax.status == LbfgsStatus::not_finite);
    CHECK(fit.classifier.softmax.weights.isZero(0));
}

TEST_CASE("features of the real MNIST give 95% with a linear classifier", "[long]") {
    const char* const directory = std::getenv("PSTAR_MNIST_DIR");
    if (directory == nullptr || *directory == 0) {
        std::cout << "skipped: PSTAR_MNIST_DIR is not set\n";
        return;
    }
    const auto data = load_mnist(directory);
    const auto fit =
        fit_rbm_classifier(data.train, Identity{}, {.rbm = {.rbm_n_iter = 3}, .rbm_classifier_max_iter = 50});
    CHECK(evaluate(fit.classifier, data.test).accuracy >= 0.95);
}

}  // namespace train_rbm_test
