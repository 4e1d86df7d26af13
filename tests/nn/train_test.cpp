#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/image_stream.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

namespace train_test {

using namespace pstar;

namespace {

const TrainTest& digits() {
    static const TrainTest data = synthetic_digits({.train = 600, .test = 300, .seed = 3});
    return data;
}

auto small_net(std::uint64_t seed = 1) {
    return mlp<float>({784, 24, 10}, Activation::relu, Seed{seed});
}

std::vector<float> values_of(const Mlp<float>& net) {
    const auto values = net.parameters().values();
    return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("training learns, and is a pure function of its arguments") {
    const TrainOptions options{.epochs = 6, .batch_size = 32, .optimizer = Adam{.lr = 3e-3}, .seed = 5};
    auto net = small_net(), twin = small_net();
    const double before = accuracy(net, digits().test);
    const auto history = train(net, digits().train, Replacement{0.3}, options);
    CHECK(history.status == TrainStatus::finished);
    CHECK(history.loss.size() == 6);
    CHECK(history.steps == 6 * 19);
    CHECK(history.loss.back() < 0.6 * history.loss.front());
    CHECK(accuracy(net, digits().test) > before + 0.3);

    const auto again = train(twin, digits().train, Replacement{0.3}, options);
    CHECK((values_of(net) == values_of(twin)));
    CHECK(again.loss == history.loss);

    auto other = small_net();
    auto reseeded = options;
    reseeded.seed = 6;
    train(other, digits().train, Replacement{0.3}, reseeded);
    CHECK((values_of(net) != values_of(other)));
}

TEST_CASE("a batch is the same however the data are split into batches") {
    const auto& data = digits().train;
    const std::vector<std::uint32_t> indices{5, 599, 0, 17, 5};
    const NoisePlace place{Seed{9}, Stream::train_noise, 2};
    Batch<float> whole, part;
    whole.fill(data, indices, Additive{0.8}, place);
    for (std::size_t n = 0; n < indices.size(); ++n) {
        part.fill(data, std::span(indices).subspan(n, 1), Additive{0.8}, place);
        const auto row = whole.images().elements().subspan(n * 784, 784);
        REQUIRE(std::equal(row.begin(), row.end(), part.images().data));
        CHECK(part.labels()[0] == data.label(indices[n]));
        CHECK(whole.labels()[n] == data.label(indices[n]));
    }
    const std::vector<std::uint32_t> outside{600};
    CHECK_THROWS_AS(part.fill(data, outside, Additive{0.8}, place), std::invalid_argument);
}

TEST_CASE("an epoch's order is a permutation that changes with epoch and seed") {
    std::vector<std::uint32_t> a(100), b(100), c(100);
    epoch_order(Seed{1}, 0, a);
    epoch_order(Seed{1}, 1, b);
    epoch_order(Seed{2}, 0, c);
    CHECK((a != b && a != c && b != c));
    auto sorted = a;
    std::sort(sorted.begin(), sorted.end());
    for (std::uint32_t i = 0; i < 100; ++i) REQUIRE(sorted[i] == i);
}

TEST_CASE("a training step equals the reference: gradient of the loss, then the update") {
    auto net = mlp<double>({784, 5, 10}, Activation::tanh, Seed{2});
    Batch<double> batch;
    const std::vector<std::uint32_t> indices{0, 1, 2, 3, 4, 5, 6};
    batch.fill(digits().train, indices, Replacement{0.5}, {Seed{1}});
    const auto loss_at = [&](const Mlp<double>& at) {
        Tape<double> tape;
        return softmax_mse(at(tape.constant(batch.images())), batch.labels()).item();
    };
    Trainer trainer(net, Sgd{.lr = 0.5}, Loss::softmax_mse);
    const auto start = net;
    CHECK(trainer.step(batch.images(), batch.labels()) == Approx(loss_at(start)).epsilon(1e-13));
    auto probe = start;
    for (const std::size_t i : {0UL, 784UL * 5, 784UL * 5 + 5, start.parameters().size() - 1}) {
        const double h = 1e-5, centre = start.parameters().values()[i];
        probe.parameters().values()[i] = centre + h;
        const double up = loss_at(probe);
        probe.parameters().values()[i] = centre - h;
        const double slope = (up - loss_at(probe)) / (2 * h);
        probe.parameters().values()[i] = centre;
        CHECK(net.parameters().values()[i] == Approx(centre - 0.5 * slope).margin(1e-10));
    }
}

TEST_CASE("evaluation counts; ties go to the first class and NaN is never right") {
    const std::vector<float> tie{1, 3, 3}, nan{1, std::nanf(""), 0};
    CHECK(predicted_class(std::span<const float>(tie)) == 1);
    CHECK(predicted_class(std::span<const float>(nan)) == 3);

    auto net = small_net();
    std::ranges::fill(net.parameters().values(), 0.0F);  // all logits equal: class 0 is predicted
    const auto zeros = std::count(digits().test.labels.begin(), digits().test.labels.end(), 0);
    const auto result = evaluate(net, digits().test);
    CHECK(result.total == 300);
    CHECK(static_cast<long>(result.correct) == zeros);
    CHECK(result.accuracy == Approx(static_cast<double>(zeros) / 300));
    CHECK(result.loss == Approx(std::log(10)).epsilon(1e-6));

    const auto trained = small_net(4);
    const auto clean = evaluate(trained, digits().test, Replacement{0});
    CHECK(clean.loss == Approx(evaluate(trained, digits().test).loss).epsilon(1e-12));
    const auto noisy = evaluate(trained, digits().test, Replacement{0.5}, {.seed = 1});
    CHECK(noisy.loss == evaluate(trained, digits().test, Replacement{0.5}, {.seed = 1}).loss);
    CHECK(noisy.loss != evaluate(trained, digits().test, Replacement{0.5}, {.seed = 1, .draw = 1}).loss);
    CHECK(noisy.loss !=
          evaluate(trained, digits().test, Replacement{0.5}, {.seed = 1, .noise = Noise::independent}).loss);
}

TEST_CASE("divergence is a status") {
    auto net = small_net();
    const auto history = train(net, digits().train, Replacement{0.3}, {.epochs = 5, .optimizer = Sgd{.lr = 1e30}});
    CHECK(history.status == TrainStatus::diverged);
    CHECK(history.loss.size() < 5);
}

TEST_CASE("progress is reported after each epoch") {
    auto net = small_net();
    std::vector<std::size_t> seen;
    train(net, take(digits().train, 64), Replacement{0}, {.epochs = 3, .on_epoch = [&](const EpochReport& report) {
                                                              seen.push_back(report.epoch);
                                                              CHECK(report.loss > 0);
                                                          }});
    CHECK(seen == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("a callback that returns true stops the training after its epoch") {
    auto net = small_net(), twin = small_net();
    const auto data = take(digits().train, 64);
    const auto stopped =
        train(net, data, Replacement{0}, {.epochs = 9, .on_epoch = [](const EpochReport& r) { return r.epoch == 2; }});
    CHECK(stopped.status == TrainStatus::stopped_early);
    CHECK(stopped.loss.size() == 3);
    const auto three =
        train(twin, data, Replacement{0}, {.epochs = 3, .on_epoch = [](const EpochReport& r) { return r.epoch == 2; }});
    CHECK(three.status == TrainStatus::finished);  // nothing was left to do
    CHECK(three.loss == stopped.loss);
    CHECK((values_of(net) == values_of(twin)));
}

TEST_CASE("validation is evaluated after each epoch and changes nothing") {
    auto net = small_net(), twin = small_net();
    std::vector<double> seen;
    const auto history = train(net, digits().train, Replacement{0.3},
                               {.epochs = 3,
                                .on_epoch =
                                    [&](const EpochReport& report) {
                                        REQUIRE(report.validation);
                                        const auto now = evaluate(net, digits().test);
                                        CHECK(report.validation->accuracy == now.accuracy);
                                        CHECK(report.validation->loss == now.loss);
                                        CHECK(report.learning_rate == 1e-3);
                                        seen.push_back(now.accuracy);
                                    },
                                .validation = &digits().test});
    REQUIRE(history.validation.size() == 3);
    const auto largest = std::ranges::max_element(seen);
    CHECK(history.best_epoch == static_cast<std::size_t>(largest - seen.begin()));
    train(twin, digits().train, Replacement{0.3}, {.epochs = 3});
    CHECK((values_of(net) == values_of(twin)));
}

TEST_CASE("early stopping waits as long as it may, and restores the best parameters") {
    // A learning rate that is good for the first two epochs and absurd afterwards: the accuracy falls.
    const LearningRate rate{.decay = [](const TrainingTime& time) { return time.epoch() < 2 ? 1 : 3000.0; }};
    const auto train_with = [&](auto& net, EarlyStopping rule) {
        return train(net, digits().train, Replacement{0},
                     {.epochs = 20,
                      .batch_size = 32,
                      .optimizer = Adam{.lr = 3e-3},
                      .learning_rate = rate,
                      .validation = &digits().test,
                      .early_stopping = rule});
    };
    auto restored = small_net(), kept = small_net(), good = small_net();
    const auto history = train_with(restored, {.patience = 3});
    CHECK(history.status == TrainStatus::stopped_early);
    CHECK(history.best_epoch == 1);
    CHECK(history.validation.size() == 5);  // epochs 2, 3 and 4 were no better
    CHECK(accuracy(restored, digits().test) == history.validation[1].accuracy);
    train(good, digits().train, Replacement{0}, {.epochs = 2, .batch_size = 32, .optimizer = Adam{.lr = 3e-3}});
    CHECK((values_of(restored) == values_of(good)));
    train_with(kept, {.patience = 3, .restore_best = false});
    CHECK(accuracy(kept, digits().test) == history.validation[4].accuracy);
    CHECK(accuracy(kept, digits().test) < history.validation[1].accuracy);

    auto impatient = small_net();
    // No epoch gains 90 points on the first: one epoch of patience is over after the second.
    CHECK(train_with(impatient, {.patience = 1, .min_increase = 0.9}).validation.size() == 2);
}

TEST_CASE("a schedule in training equals steps with those rates") {
    auto net = small_net(), twin = small_net();
    const LearningRate rate{.decay = CosineDecay{.end = 0.1}, .warmup_epochs = 1};
    const auto data = take(digits().train, 70);
    train(net, data, Replacement{0.2},
          {.epochs = 3,
           .batch_size = 32,
           .optimizer = Sgd{.lr = 0.1, .momentum = 0.9},
           .seed = 4,
           .learning_rate = rate});
    Trainer trainer(twin, Sgd{.lr = 0.1, .momentum = 0.9});
    Batch<float> batch;
    std::vector<std::uint32_t> order(70);
    std::size_t step = 0;
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
        epoch_order(Seed{4}, epoch, order);
        for (const std::size_t first : {0, 32, 64}) {
            batch.fill(data, std::span(order).subspan(first, std::min<std::size_t>(32, 70 - first)), Replacement{0.2},
                       {noise_seed(Seed{4}, Replacement{0.2}, Noise::common), Stream::train_noise, epoch});
            trainer.step(batch.images(), batch.labels(), {}, rate.factor({step++, 3, 3}));
        }
    }
    CHECK((values_of(net) == values_of(twin)));
}

namespace {

/// The runner-up's logit minus the true class's, a mean over the batch.
struct MarginLoss {
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> z, std::span<const Label> labels) const {
        return mean(exp(max_except(z, labels) - pick(z, labels)));
    }
};
static_assert(LossFunction<MarginLoss> && LossFunction<MarginLoss, double>);

/// The same numbers as the built-in cross-entropy.
struct OwnCrossEntropy {
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> z, std::span<const Label> labels) const {
        return cross_entropy(z, labels);
    }
};

/// Sgd by another name.
struct Descent {
    double lr = 0.05;
    static constexpr std::size_t moments = 0;
    void validate() const {}
    template <class Scalar>
    void update(const UpdateBlock<Scalar>& block) const {
        block.values() -= static_cast<Scalar>(block.lr()) * block.gradient();
    }
};

}  // namespace

TEST_CASE("a loss and an update rule of your own train") {
    auto net = small_net(), twin = small_net();
    const auto own = train(net, digits().train, Replacement{0.1},
                           BasicTrainOptions<OwnCrossEntropy, Descent>{.epochs = 2, .validation = &digits().test});
    const auto built_in = train(twin, digits().train, Replacement{0.1},
                                {.epochs = 2, .optimizer = Sgd{.lr = 0.05}, .validation = &digits().test});
    // to rounding: flags decide whether one's own rule multiplies and adds in one step
    CHECK(own.loss.back() == Approx(built_in.loss.back()).epsilon(1e-6));
    CHECK(own.validation[1].loss == Approx(built_in.validation[1].loss).epsilon(1e-6));
    const auto found = values_of(net), expected = values_of(twin);
    for (std::size_t i = 0; i < found.size(); ++i) REQUIRE(std::abs(found[i] - expected[i]) < 1e-5F);

    auto learner = small_net();
    const double before = accuracy(learner, digits().test);
    const auto history =
        train(learner, digits().train, Replacement{0},
              BasicTrainOptions<MarginLoss>{.epochs = 4, .batch_size = 32, .optimizer = Adam{.lr = 3e-3}});
    CHECK(history.loss.back() < 0.85 * history.loss.front());
    CHECK(accuracy(learner, digits().test) > before + 0.3);
    struct NoScalar {
        Variable<float> operator()(Variable<float> z, std::span<const Label>) const { return z; }
    };
    CHECK_THROWS_WITH(train(learner, digits().train, Replacement{0}, BasicTrainOptions<NoScalar>{}),
                      Catch::Contains("be a scalar's"));
}

TEST_CASE("data, channel and options that do not fit are refused") {
    auto wrong = mlp<float>({100, 10}, Activation::relu, Seed{1});
    CHECK_THROWS_WITH(train(wrong, digits().train, Replacement{0}), Catch::Contains("784"));
    auto few = mlp<float>({784, 5}, Activation::relu, Seed{1});
    CHECK_THROWS_AS(evaluate(few, digits().test), std::invalid_argument);
    auto net = small_net();
    CHECK_THROWS_AS(train(net, digits().train, Replacement{1.5}), std::invalid_argument);
    CHECK_THROWS_AS(train(net, digits().train, Replacement{0}, {.batch_size = 0}), std::invalid_argument);
    CHECK_THROWS_AS(train(net, Dataset{}, Replacement{0}), std::invalid_argument);
    CHECK_THROWS_WITH(train(net, digits().train, Replacement{0}, {.early_stopping = EarlyStopping{}}),
                      Catch::Contains("validation (= null)"));
    const auto refused = [&](EarlyStopping rule) {
        CHECK_THROWS_AS(
            train(net, digits().train, Replacement{0}, {.validation = &digits().test, .early_stopping = rule}),
            std::invalid_argument);
    };
    refused({.patience = 0});
    refused({.min_increase = -0.1});
    CHECK_THROWS_AS(train(net, digits().train, Replacement{0}, {.learning_rate = {.warmup_epochs = -1}}),
                    std::invalid_argument);
    const Dataset empty;
    CHECK_THROWS_AS(train(net, digits().train, Replacement{0}, {.validation = &empty}), std::invalid_argument);
}

TEST_CASE("a source that draws the images of a data set gives its weights, with and without a second thread") {
    const SyntheticSource source{.seed = 3, .count = 600};
    TrainOptions options{.epochs = 3, .batch_size = 50, .seed = 5, .validation = &digits().test};
    auto expected = small_net();
    const auto history = train(expected, digits().train, Replacement{0.3}, options);
    const auto check = [&](const auto& data) {
        auto net = small_net();
        const auto found = train(net, data, Replacement{0.3}, options);
        CHECK((values_of(net) == values_of(expected)));
        CHECK((found.loss == history.loss && found.steps == history.steps));
    };
    check(source);
    check(ImageStream(source));
    for (const std::size_t ahead : {1UL, 4UL, 1000UL}) {
        options.prefetch = ahead;
        check(source);
        check(digits().train);
    }
    options.threads = 2;
    check(source);
    options.prefetch = 2000;
    CHECK_THROWS_AS(check(source), std::invalid_argument);
}

TEST_CASE("what a source throws while a second thread draws from it ends the training") {
    struct Broken : SyntheticSource {
        Label draw(std::size_t i, std::span<std::uint8_t> pixels) const {
            if (i == 300) throw DataError("image 300 is broken");
            return SyntheticSource::draw(i, pixels);
        }
    };
    auto net = small_net();
    CHECK_THROWS_WITH(train(net, Broken{{.count = 600}}, Replacement{0.3}, TrainOptions{.prefetch = 3}),
                      "image 300 is broken");
    const SyntheticSource small{.count = 10, .side = 20};
    CHECK_THROWS_AS(train(net, small, Replacement{0.3}), std::invalid_argument);
    CHECK_THROWS_AS(train(net, SyntheticSource{.count = 0}, Replacement{0.3}), std::invalid_argument);
}

}  // namespace train_test
