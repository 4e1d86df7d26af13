#include <pstar/experiment/registration.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/nn/mlp.hpp>

#include "../examples/residual_mlp.hpp"
#include "catch.hpp"
#include "experiment/own_study/occlusion.hpp"

namespace registry_test {

namespace {

const pstar::TrainTest& digits() {
    static const auto data = pstar::synthetic_digits({.train = 300, .test = 100});
    return data;
}

pstar::Experiment experiment() {
    return {.data = digits(), .settings = {.epochs = 1, .seed = pstar::Seed{5}}};
}

/// The nearest mean of the classes' corrupted training images.
class NearestMean {
public:
    pstar::FitReport fit(const pstar::RunContext& context) {
        const auto pixels = context.train.pixels();
        means_.assign(context.train.classes, std::vector<double>(pixels, 0.0));
        std::vector<double> counts(context.train.classes, 0.0);
        visit(context, context.train, context.corruption, pstar::Stream::train_noise,
              [&](std::span<const float> image, std::size_t label) {
                  for (std::size_t i = 0; i < pixels; ++i) means_[label][i] += static_cast<double>(image[i]);
                  counts[label] += 1;
              });
        for (std::size_t k = 0; k < means_.size(); ++k)
            for (auto& pixel : means_[k]) pixel /= std::max(counts[k], 1.0);
        return {.train_loss = 0};
    }
    pstar::TestScore evaluate(const pstar::RunContext& context, const pstar::AnyCorruption& through) const {
        std::size_t correct = 0;
        visit(context, context.test, through, pstar::Stream::test_noise,
              [&](std::span<const float> image, std::size_t label) { correct += nearest(image) == label; });
        return {0, static_cast<double>(correct) / static_cast<double>(context.test.size())};
    }
    std::size_t parameter_count(const pstar::RunContext& context) const {
        return context.train.classes * context.train.pixels();
    }

private:
    template <class Visit>
    static void visit(const pstar::RunContext& context, const pstar::Dataset& data, const pstar::AnyCorruption& through,
                      pstar::Stream stream, const Visit& visit_one) {
        const pstar::NoisePlace place{pstar::noise_seed(context.seed, through, context.settings.noise), stream};
        pstar::for_each_batch<float>(data, through, place, 64, [&](std::size_t, const pstar::Batch<float>& batch) {
            const auto pixels = data.pixels();
            for (std::size_t n = 0; n < batch.labels().size(); ++n)
                visit_one(batch.images().elements().subspan(n * pixels, pixels), batch.labels()[n]);
        });
    }
    std::size_t nearest(std::span<const float> image) const {
        std::vector<double> distances;
        for (const auto& mean : means_) {
            double sum = 0;
            for (std::size_t i = 0; i < mean.size(); ++i) sum += std::pow(mean[i] - static_cast<double>(image[i]), 2);
            distances.push_back(sum);
        }
        return static_cast<std::size_t>(std::ranges::min_element(distances) - distances.begin());
    }

    std::vector<std::vector<double>> means_;
};

/// Twice the cross-entropy.
struct DoubleLoss {
    template <class Scalar>
    pstar::Variable<Scalar> operator()(pstar::Variable<Scalar> logits, std::span<const pstar::Label> labels) const {
        return pstar::cross_entropy(logits, labels) + pstar::cross_entropy(logits, labels);
    }
};

}  // namespace

TEST_CASE("what is not registered is named, with what there is, before anything runs") {
    const auto base = experiment();
    CHECK_THROWS_WITH(
        pstar::run(base, pstar::ExperimentGrid{.models = {"mlp", "transformer"}}),
        Catch::Contains("'transformer'") &&
            Catch::Contains("channel_posterior, cnn, mlp, nearest_class_mean, nngp, ntk, rbm, rbm_plain, softmax"));
    CHECK_THROWS_WITH(
        pstar::run_one(base, {.train_samples = 10, .corruption = "blurr"}),
        Catch::Contains("'blurr'") && Catch::Contains("additive, binary_replacement, byte_replacement, replacement"));
    auto other = base;
    CHECK_THROWS_AS(other.corruption("two words", [](double p) { return pstar::Replacement{p}; }),
                    std::invalid_argument);
    CHECK_THROWS_AS(other.corruption("", [](double p) { return pstar::Replacement{p}; }), std::invalid_argument);
    CHECK_THROWS_AS(pstar::run_one(base, {.train_samples = 10, .strength = 1.5}), std::invalid_argument);
}

TEST_CASE("a corruption registered again under a name of one's own gives the built-in one's numbers") {
    auto base = experiment();
    base.corruption("mine", [](double p) { return pstar::Replacement{.p = p}; });
    for (const char* model : {"mlp", "softmax"}) {
        const pstar::RunKey built_in{.model = model, .width = 8, .depth = 1, .train_samples = 300, .strength = 0.4};
        auto mine = built_in;
        mine.corruption = "mine";
        const auto a = pstar::run_one(base, built_in), b = pstar::run_one(base, mine);
        CHECK(a.train_loss == b.train_loss);
        CHECK(a.test_accuracy == b.test_accuracy);
        CHECK(a.test_loss_corrupted == b.test_loss_corrupted);
    }
}

TEST_CASE("a network registered again gives the built-in one's numbers, and its size") {
    auto base = experiment();
    base.model("own", [](const pstar::ModelSpec& spec, const pstar::Dataset& images, pstar::Seed seed) {
        return pstar::mlp<float>({images.pixels(), spec.width, images.classes}, spec.activation, seed);
    });
    const pstar::RunKey built_in{.model = "mlp", .width = 8, .depth = 1, .train_samples = 300, .strength = 0.4};
    auto own = built_in;
    own.model = "own";
    CHECK(pstar::run_one(base, built_in).test_loss == pstar::run_one(base, own).test_loss);
    CHECK(pstar::parameter_count(base, own) == 785 * 8 + 9 * 10);
    CHECK(pstar::expected_cost(base, own) == pstar::expected_cost(base, built_in));
    CHECK(pstar::measure_cost(base, own, 0.001).seconds > 0);
}

TEST_CASE("a model that is no network learns what its formula says, in a grid beside networks") {
    auto base = experiment();
    base.model("nearest_mean",
               [](const pstar::ModelSpec&, const pstar::Dataset&, pstar::Seed) { return NearestMean(); });
    base.corruption("occlusion", [](double k) { return own_study::Occlusion{k}; });
    const auto results = pstar::run(base, pstar::ExperimentGrid{.models = {"nearest_mean", "mlp"},
                                                                .corruptions = {"occlusion"},
                                                                .strengths = {0, 28},
                                                                .widths = {8},
                                                                .depths = {1}});
    REQUIRE(results.outcomes.size() == 4);
    std::map<std::string, double> at_zero, at_full;
    for (std::size_t i = 0; i < 4; ++i) {
        REQUIRE(results.outcomes[i].value);
        auto& place = results.runs[i].strength == 0 ? at_zero : at_full;
        place[results.runs[i].model] = results.outcomes[i].value->test_accuracy_corrupted;
    }
    CHECK(at_zero["nearest_mean"] > 0.5);
    // A square as large as the image leaves nothing: one class for all.
    const auto labels = digits().test.all_labels();
    std::array<double, 10> shares{};
    for (const auto label : labels) shares[label] += 1 / static_cast<double>(labels.size());
    CHECK(std::ranges::any_of(shares, [&](double s) { return std::abs(s - at_full["nearest_mean"]) < 1e-12; }));
    const pstar::RunKey key{.model = "nearest_mean", .train_samples = 300};
    CHECK(pstar::parameter_count(base, key) == 7840);
    CHECK(pstar::expected_cost(base, key) > 0);
    CHECK(pstar::measure_cost(base, key, 0.001).seconds > 0);
}

TEST_CASE("a residual network of one's own runs, with its tangent kernel") {
    auto base = experiment();
    base.settings.kernel_probe = pstar::KernelProbe{.subset = 6};
    base.model("residual", [](const pstar::ModelSpec& spec, const pstar::Dataset& images, pstar::Seed seed) {
        return ResidualMlp<float>(images.pixels(), spec.width, images.classes, seed);
    });
    const auto result = pstar::run_one(base, {.model = "residual", .width = 8, .train_samples = 300, .strength = 0.2});
    REQUIRE(result.kernel);
    CHECK(result.kernel->spectrum.eigenvalues.size() == 6);
    CHECK(std::isfinite(result.test_loss));
}

TEST_CASE("a loss of one's own is trained with, told apart in journals, and a name of its own") {
    auto base = experiment();
    const pstar::RunKey run{.width = 8, .depth = 1, .train_samples = 300, .strength = 0.2};
    const auto usual = pstar::run_one(base, run);
    const auto configured = pstar::configuration(base);
    base.settings.loss = pstar::NamedLoss("double", DoubleLoss{});
    base.settings.optimizer = pstar::Sgd{.lr = 0.005};
    const auto twice = pstar::run_one(base, run);
    base.settings.loss = pstar::Loss::cross_entropy;
    base.settings.optimizer = pstar::Sgd{.lr = 0.01};
    const auto whole = pstar::run_one(base, run);  // half the gradient at twice the rate
    CHECK(twice.train_loss == Approx(2 * whole.train_loss).epsilon(1e-4));
    CHECK(twice.test_accuracy == Approx(whole.test_accuracy).margin(0.02));
    CHECK(twice.train_loss != usual.train_loss);
    auto named = experiment();
    named.settings.loss = pstar::NamedLoss("double", DoubleLoss{});
    CHECK(pstar::configuration(named) != configured);
    CHECK_THROWS_AS(pstar::NamedLoss("", DoubleLoss{}), std::invalid_argument);
    CHECK_THROWS_AS(pstar::NamedLoss("cross_entropy", DoubleLoss{}), std::invalid_argument);
}

}  // namespace registry_test
