#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/partly_clean.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/training_set.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"
#include "shorthand.hpp"

namespace training_set_test {

using pstar::ExperimentSettings, pstar::RunKey, pstar::Seed, pstar::TrainingSubset;

namespace {

const pstar::TrainTest& digits() {
    static const auto data = pstar::synthetic_digits({.train = 400, .test = 200, .size = 12});
    return data;
}
const pstar::Dataset& pool() {
    return digits().train;
}
const ExperimentSettings fresh{.epochs = 1, .seed = Seed{4}, .training_subset = TrainingSubset::fresh};

std::size_t count(const std::vector<bool>& flags) {
    return static_cast<std::size_t>(std::ranges::count(flags, true));
}
/// Whether every image of `few` is among `many`.
bool nested(const std::vector<bool>& few, const std::vector<bool>& many) {
    for (std::size_t i = 0; i < few.size(); ++i)
        if (few[i] && !many[i]) return false;
    return true;
}
std::vector<std::size_t> of_each_class(const pstar::Dataset& data, const std::vector<std::size_t>& images) {
    std::vector<std::size_t> result(data.classes);
    for (const auto i : images) ++result[data.label(i)];
    return result;
}

}  // namespace

TEST_CASE("a fixed training set is the first images, for every repeat and seed") {
    for (const std::size_t repeat : {0U, 7U}) {
        const auto images = pstar::training_images(pool(), {.train_samples = 30, .repeat = repeat}, {.seed = Seed{9}});
        for (std::size_t i = 0; i < 30; ++i) CHECK(images[i] == i);
    }
    CHECK_THROWS_AS(pstar::training_images(pool(), {.train_samples = 401}, {}), std::invalid_argument);
    CHECK_THROWS_AS(pstar::training_images(pool(), {.train_samples = 0}, {}), std::invalid_argument);
}

TEST_CASE("fresh training sets are drawn without replacement, a function of master seed and repeat, nested in size") {
    std::vector<std::size_t> drawn(pool().size());
    std::vector<std::size_t> last;
    for (std::size_t repeat = 0; repeat < 60; ++repeat) {
        const auto large = pstar::training_images(pool(), {.train_samples = 100, .repeat = repeat}, fresh);
        const auto small = pstar::training_images(
            pool(), {.model = "cnn", .train_samples = 40, .strength = 0.5, .repeat = repeat}, fresh);
        CHECK(std::equal(small.begin(), small.end(), large.begin()));
        CHECK(std::set<std::size_t>(large.begin(), large.end()).size() == 100);
        CHECK(large != last);
        last = large;
        for (const auto i : large) ++drawn[i];
    }
    // 60 draws with probability 1/4: 15 -+ 3.4
    CHECK(std::ranges::min(drawn) >= 2);
    CHECK(std::ranges::max(drawn) <= 30);
    auto other = fresh;
    other.seed = Seed{5};
    CHECK(pstar::training_images(pool(), {.train_samples = 100, .repeat = 59}, other) != last);
}

TEST_CASE("seeds share a training set in groups") {
    auto settings = fresh;
    settings.seeds_per_subset = 3;
    const auto of = [&](std::size_t repeat) {
        return pstar::training_images(pool(), {.train_samples = 50, .repeat = repeat}, settings);
    };
    CHECK((of(0) == of(1) && of(1) == of(2) && of(3) == of(5)));
    CHECK(of(2) != of(3));
    CHECK(pstar::training_subset_of(settings, 5) == 1);
    CHECK(pstar::training_subset_of({}, 5) == 0);
    // The first set is that of one seed a set.
    CHECK(of(0) == pstar::training_images(pool(), {.train_samples = 50}, fresh));
    settings.seeds_per_subset = 0;
    CHECK_THROWS_AS(of(1), std::invalid_argument);
}

TEST_CASE("training sets have so many images of each class") {
    const RunKey run{.train_samples = 70, .samples_per_class = 7};
    for (const auto& settings : {ExperimentSettings{}, fresh}) {
        const auto images = pstar::training_images(pool(), run, settings);
        CHECK(of_each_class(pool(), images) == std::vector<std::size_t>(10, 7));
    }
    const auto fixed = pstar::training_images(pool(), run, {});
    CHECK(std::ranges::is_sorted(fixed));
    auto uneven = pool();
    for (auto& label : uneven.labels) label = label == 3 ? 4 : label;
    CHECK_THROWS_AS(pstar::training_images(uneven, run, {}), std::invalid_argument);  // there is no 3
    CHECK_THROWS_AS(pstar::training_images(pool(), {.train_samples = 71, .samples_per_class = 7}, {}),
                    std::invalid_argument);
}

TEST_CASE("exactly round(f N) images stay clean, nested in f") {
    std::vector<bool> last(pool().size(), false);
    for (const double f : {0.0, 0.001, 0.0013, 0.25, 0.5, 0.99, 1.0}) {
        INFO(f);
        const auto clean = pstar::clean_images(pool(), {.clean_fraction = f}, Seed{3});
        CHECK(count(clean) == static_cast<std::size_t>(std::lround(f * 400)));
        CHECK(nested(last, clean));
        CHECK(clean == pstar::clean_images(pool(), {.clean_fraction = f}, Seed{3}));
        last = clean;
    }
    CHECK(pstar::clean_images(pool(), {.clean_fraction = 0.5}, Seed{3}) !=
          pstar::clean_images(pool(), {.clean_fraction = 0.5}, Seed{4}));
    const auto few = pstar::clean_images(pool(), {.clean_per_class = 2}, Seed{3});
    const auto more = pstar::clean_images(pool(), {.clean_per_class = 5}, Seed{3});
    CHECK(count(few) == 20);
    CHECK(count(more) == 50);
    CHECK(nested(few, more));
    CHECK_THROWS_AS(pstar::clean_images(pool(), {.clean_fraction = 1.1}, Seed{3}), std::invalid_argument);
    CHECK_THROWS_AS(pstar::clean_images(pool(), {.clean_fraction = 0.1, .clean_per_class = 2}, Seed{3}),
                    std::invalid_argument);
    CHECK_THROWS_AS(pstar::clean_images(pool(), {.clean_per_class = 100}, Seed{3}), std::invalid_argument);
}

TEST_CASE("clean images alone have the labels that they have among the others") {
    RunKey run{.train_samples = 300, .clean_fraction = 0.2, .label_noise = 0.5};
    const auto all = pstar::training_set(pool(), run, fresh, Seed{8});
    run.clean_only = true;
    const auto alone = pstar::training_set(pool(), run, fresh, Seed{8});
    CHECK(all.images.size() == 300);
    CHECK(count(all.clean) == 60);
    REQUIRE(alone.images.size() == 60);
    std::size_t k = 0;
    for (std::size_t i = 0; i < 300; ++i) {
        if (!all.clean[i]) continue;
        CHECK(alone.images.label(k) == all.images.label(i));
        CHECK(std::ranges::equal(alone.images.image(k++), all.images.image(i)));
    }
    run.clean_fraction = 0.001;
    CHECK_THROWS_AS(pstar::training_set(pool(), run, fresh, Seed{8}), std::invalid_argument);
    CHECK_THROWS_AS(shorthand::run_one(run, fresh, digits()), std::invalid_argument);
}

TEST_CASE("a run learns from its training set, through its corruption or clean") {
    const RunKey run{.width = 6,
                     .depth = 1,
                     .train_samples = 120,
                     .batch_size = 20,
                     .strength = 0.7,
                     .repeat = 2,
                     .clean_fraction = 0.25,
                     .label_noise = 0.3};
    const auto seed = pstar::repeat_seed(fresh.seed, 2);
    const auto set = pstar::training_set(pool(), run, fresh, seed);
    const auto check = [&](const RunKey& key, const pstar::Dataset& images, const auto& through) {
        auto net = pstar::mlp<float>({144, 6, 10}, pstar::Activation::relu, seed);
        const auto history = pstar::train(net, images, through, {.epochs = 1, .batch_size = 20, .seed = seed.value});
        const auto result = shorthand::run_one(key, fresh, digits());
        CHECK(result.train_loss == history.loss[0]);
        CHECK(result.test_accuracy == pstar::accuracy(net, digits().test));
        const auto tested =
            pstar::evaluate(net, digits().test, pstar::Replacement{.p = key.strength}, {.seed = seed.value});
        CHECK(result.test_loss_corrupted == tested.loss);  // no test image stays clean
    };
    check(run, set.images, pstar::PartlyClean(pstar::Replacement{.p = 0.7}, set.clean));
    auto alone = run;
    alone.clean_only = true;
    check(alone, pstar::training_set(pool(), alone, fresh, seed).images, pstar::Identity{});
    auto all_clean = run;
    all_clean.clean_fraction = 1;
    check(all_clean, set.images, pstar::Identity{});
    auto noisy = run;
    noisy.clean_fraction = 0;
    check(noisy, set.images, pstar::Replacement{.p = 0.7});
}

TEST_CASE("keys and configuration say what is varied, and nothing where nothing is") {
    const auto usual = pstar::ExperimentGrid{.strengths = {0.5}}.grid(100);
    CHECK(usual.key(usual[0]).dump() ==
          R"({"model_type":"mlp","activation":"relu","width":64,"depth":2,"n_train_samples":100,"batch_size":128,)"
          R"("corruption_mode":"replacement","strength":0.5,"repeat":0})");
    const auto grid = pstar::ExperimentGrid{
        .samples_per_class = {3},
        .clean_fractions = {0, 0.1},
        .clean_per_class = {1},
        .clean_only = true,
        .label_noises = {
            0, 0.5}}.grid(100, 10);
    std::set<std::string> keys;
    std::size_t alone = 0;
    for (const auto& run : grid.runs()) {
        keys.insert(grid.key(run).dump());
        alone += run.clean_only ? 1 : 0;
        CHECK(run.train_samples == 30);
        CHECK(grid.key(run).value("samples_per_class", 0) == 3);
        CHECK(grid.key(run).contains("label_noise") == (run.label_noise > 0));
    }
    CHECK(keys.size() == 10);  // five ways to stay clean, two of them alone, times two
    CHECK(alone == 4);
    CHECK_THROWS_AS((pstar::ExperimentGrid{.samples_per_class = {3}}.grid(100)), std::invalid_argument);

    const auto fixed = shorthand::configuration({}, digits()), drawn = shorthand::configuration(fresh, digits());
    CHECK(!fixed.contains("training_subset"));
    CHECK(drawn.at("training_subset") == "fresh");
    CHECK(drawn.at("seeds_per_subset") == 1);
    CHECK(drawn.at("train").at("images") == 400);
    auto changed = digits();  // beyond the first 100 images
    changed.train.image(300)[0] ^= 1U;
    CHECK(shorthand::configuration({}, changed) == fixed);
    CHECK(shorthand::configuration(fresh, changed) != drawn);
}

}  // namespace training_set_test
