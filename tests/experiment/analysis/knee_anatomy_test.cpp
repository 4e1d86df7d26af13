// The anatomy of a knee: that its numbers are those of its parts, that a journal keeps them, and what the summary says.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <pstar/bayes/channel_limit.hpp>
#include <pstar/bayes/nearest_class_mean_accuracy.hpp>
#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/analysis/anatomy_summary.hpp>
#include <pstar/experiment/analysis/knee_anatomy.hpp>
#include <pstar/experiment/analysis/knee_anatomy_json.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/statistics/mean_interval.hpp>
#include <pstar/sweep/repeats.hpp>

#include "catch.hpp"
#include "experiment/shorthand.hpp"
#include "io/scratch.hpp"

namespace knee_anatomy_test {

namespace {

const pstar::TrainTest& digits() {
    static const auto data = pstar::synthetic_digits({.train = 600, .test = 200});
    return data;
}
const pstar::TrainOptions training{.epochs = 2, .batch_size = 32, .seed = 7};
const pstar::KneeAnatomyOptions options{.width = 16, .cnn_channels = 2, .infinite_images = 200, .limit_images = 100};

pstar::AnyCorruption replace(double p) {
    return pstar::Replacement{.p = p};
}
pstar::KneeAnatomy at(double p) {
    return pstar::knee_anatomy(digits(), replace, p, training, options);
}
double accuracy_of(const pstar::KneeAnatomy& found, pstar::Contender who) {
    return found.accuracy[static_cast<std::size_t>(who)].value;
}

}  // namespace

TEST_CASE("an anatomy's accuracies are those of its models in an experiment") {
    pstar::RunKey run{.model = "mlp", .width = 16, .depth = 2, .train_samples = 600, .batch_size = 32, .strength = 0.4};
    auto with_seed = training;
    with_seed.seed = pstar::repeat_seed(pstar::Seed{5}, run.repeat).value;
    const auto of_run = pstar::knee_anatomy(digits(), replace, 0.4, with_seed, options);
    const pstar::ExperimentSettings settings{.epochs = 2, .seed = pstar::Seed{5}, .baseline = {.ridge = 1e-2}};
    const auto check = [&](pstar::Contender who, const std::string& model, std::size_t width, std::size_t depth) {
        INFO(model);
        auto own = run;
        own.model = model;
        own.width = width;
        own.depth = depth;
        if (model == "ntk") own.train_samples = 200;
        CHECK(shorthand::run_one(own, settings, digits()).test_accuracy_corrupted == accuracy_of(of_run, who));
    };
    check(pstar::Contender::mlp, "mlp", 16, 2);
    check(pstar::Contender::cnn, "cnn", 2, 2);
    check(pstar::Contender::infinite_network, "ntk", 0, 2);
    check(pstar::Contender::nearest_class_mean, "nearest_class_mean", 1, 1);
    check(pstar::Contender::channel_posterior, "channel_posterior", 1, 1);
}

TEST_CASE("an anatomy's limit, agreement and confusion are those of its parts") {
    const auto found = at(0.9);
    const auto limit = pstar::channel_limit(digits().train, pstar::Replacement{0.9}, {.images = 100, .seed = 7});
    CHECK(found.limit.value == limit.expected.value);
    CHECK(found.nearest_class_mean_theory ==
          pstar::nearest_class_mean_accuracy(digits().test, pstar::PixelMoments(pstar::Replacement{0.9}), 600));
    for (const auto& agreement : found.agreement) {
        CHECK(agreement.images == 200);
        CHECK(agreement.same.value >= 0);
        CHECK(agreement.same.value <= 1);
    }
    for (const auto who : {pstar::Contender::mlp, pstar::Contender::cnn, pstar::Contender::nearest_class_mean}) {
        const auto& counts = found.confusion[static_cast<std::size_t>(who)];
        REQUIRE(counts.size() == 100);
        double all = 0, right = 0;
        for (std::size_t i = 0; i < 100; ++i) {
            all += counts[i];
            right += i / 10 == i % 10 ? counts[i] : 0;
        }
        CHECK(all == 200);
        CHECK(right / 200 == Approx(accuracy_of(found, who)));
    }
}

TEST_CASE("no network is above the channel's limit on the images it learned, however long it learned them", "[long]") {
    const auto few = pstar::take(digits().train, 100);
    for (const double p : {0.9, 0.97}) {
        const pstar::Replacement channel{p};
        auto net = pstar::make_mlp({.width = 64, .depth = 1}, few, pstar::Seed{3});
        pstar::train(net, few, channel, {.epochs = 200, .batch_size = 20, .seed = 3});
        std::vector<double> excess;
        for (std::uint32_t draw = 0; draw < 40; ++draw)
            excess.push_back(
                pstar::evaluate(net, few, channel, {.seed = 4, .draw = draw}).accuracy -
                pstar::channel_limit(few, channel, {.images = 100, .seed = 4, .draw = draw}).accuracy.value);
        const auto mean = pstar::mean_interval(excess);
        INFO("p = " << p << ": " << mean.value);
        CHECK(mean.low < 0);  // not above it but for chance
    }
}

TEST_CASE("an anatomy goes through a journal bit for bit", "[long]") {
    for (const double p : {0.0, 0.6, 1.0}) {
        const auto found = at(p);
        const nlohmann::ordered_json json = found;
        const auto back = nlohmann::ordered_json::parse(json.dump()).get<pstar::KneeAnatomy>();
        CHECK(nlohmann::ordered_json(back).dump() == json.dump());
        CHECK(back.accuracy[1].low == found.accuracy[1].low);
        CHECK(back.agreement[0].wrong == found.agreement[0].wrong);
    }
    const nlohmann::ordered_json diverged = pstar::KneeAnatomy{.diverged = true};
    CHECK(diverged.get<pstar::KneeAnatomy>().diverged);
}

TEST_CASE("anatomies of several strengths and seeds are pooled, their knees fitted, their tables written", "[long]") {
    std::vector<pstar::RunKey> runs;
    std::vector<pstar::Outcome<pstar::KneeAnatomy>> outcomes;
    for (const double p : {1.0, 0.0, 0.3, 0.5, 0.7, 0.9, 0.97})
        for (std::size_t repeat = 0; repeat < 3; ++repeat) {
            runs.push_back({.model = "mlp", .width = 16, .train_samples = 600, .strength = p, .repeat = repeat});
            auto with_seed = training;
            with_seed.seed = 10 + repeat;
            outcomes.emplace_back().value = pstar::knee_anatomy(digits(), replace, p, with_seed, options);
        }
    outcomes[1].value = pstar::KneeAnatomy{.diverged = true};
    outcomes[2].value.reset();
    const auto summary = pstar::summarise_anatomies(runs, outcomes, 10);
    REQUIRE(summary.points.size() == 7);
    CHECK(summary.points.front().run.strength == 0);
    CHECK(summary.points.back().seeds == 1);  // one of three diverged, one failed
    CHECK(summary.points[1].seeds == 3);
    double mean = 0;
    for (std::size_t i = 6; i < 9; ++i) mean += accuracy_of(*outcomes[i].value, pstar::Contender::mlp) / 3;
    CHECK(summary.points[1].accuracy[0].value == Approx(mean));
    for (const auto& point : summary.points)
        for (const auto& accuracy : point.accuracy) {
            CHECK(accuracy.low <= accuracy.value);
            CHECK(accuracy.value <= accuracy.high);
        }
    // The channel lets more through than any network makes use of.
    REQUIRE(summary.knee("channel_limit") != nullptr);
    CHECK(summary.knee("channel_limit")->fit.p_star.value > summary.knee("nearest_class_mean")->fit.p_star.value);
    CHECK(summary.knee("mlp_predicted") != nullptr);
    CHECK(summary.knee("nobody") == nullptr);

    const Scratch folder;
    pstar::write_anatomy_tables(folder / ".", summary);
    const auto table = pstar::read_csv(folder / "anatomy.csv");
    CHECK(table.numbers("p") == std::vector<double>{0, 0.3, 0.5, 0.7, 0.9, 0.97, 1});
    CHECK(table.numbers("mlp")[1] == Approx(mean));
    CHECK(pstar::read_csv(folder / "agreement.csv").numbers("kappa").size() == 14);
    CHECK(pstar::read_csv(folder / "knees.csv").column("curve")[6] == "channel_limit");
    const auto confusion = pstar::read_csv(folder / "confusion.csv");
    CHECK(confusion.numbers("images").size() == 7 * 3 * 100);
    CHECK_THROWS_WITH(pstar::summarise_anatomies(runs, {}, 10), Catch::Contains("number of outcomes (= 0)"));
}

TEST_CASE("an anatomy refuses a corruption whose moments or likelihood are not known") {
    const auto blurred = [](double sigma) { return pstar::AnyCorruption(pstar::Blur{sigma}); };
    CHECK_THROWS_WITH(pstar::knee_anatomy(digits(), blurred, 1.0, training, options),
                      Catch::Contains("belong to a Channel"));
    CHECK_THROWS_WITH(pstar::knee_anatomy(digits(), replace, 0.5, training, {.limit_images = 0}),
                      Catch::Contains("limit_images (= 0)"));
}

}  // namespace knee_anatomy_test
