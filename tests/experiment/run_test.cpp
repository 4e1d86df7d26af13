
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/tables.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/statistics/moments.hpp>

#include "catch.hpp"
#include "experiment/shorthand.hpp"

namespace run_test {

namespace {

using Outcome = pstar::Outcome<pstar::RunResult>;

const pstar::TrainTest& digits() {
    static const auto data = pstar::synthetic_digits({.train = 300, .test = 100});
    return data;
}

pstar::ExperimentGrid small_grid() {
    return {.strengths = {0, 0.5},
            .widths = {4, 8},
            .depths = {1},
            .activations = {pstar::Activation::relu, pstar::Activation::tanh},
            .train_samples = {100, 300},
            .batch_sizes = {32},
            .repeats = 2};
}

bool same(const pstar::RunResult& a, const pstar::RunResult& b) {
    return a.status == b.status && a.train_loss == b.train_loss && a.test_loss == b.test_loss &&
           a.test_accuracy == b.test_accuracy && a.test_loss_corrupted == b.test_loss_corrupted &&
           a.test_accuracy_corrupted == b.test_accuracy_corrupted;
}

Outcome finished(double accuracy) {
    return {pstar::RunResult{.test_loss = 1, .test_accuracy = accuracy, .test_accuracy_corrupted = accuracy / 2}, ""};
}
Outcome diverged() {
    return {pstar::RunResult{.status = pstar::TrainStatus::diverged}, ""};
}

}  // namespace

TEST_CASE("a grid is the product of its axes, repeat fastest") {
    const auto runs = small_grid().grid().runs();
    REQUIRE(runs.size() == 32);
    CHECK(runs[0].repeat == 0);
    CHECK(runs[1].repeat == 1);
    CHECK(runs[2].strength == 0.5);
    CHECK(runs[4].train_samples == 300);
    CHECK(runs[8].width == 8);
    CHECK(runs[16].activation == pstar::Activation::tanh);
}

TEST_CASE("networks of several kinds, each in sizes of its own, make one axis") {
    pstar::ExperimentGrid axes{.strengths = {0, 1}, .train_samples = {10}};
    axes.specs = {{"mlp", 130, 1}, {"cnn", 8, 2}};
    const auto runs = axes.grid().runs();
    REQUIRE(runs.size() == 4);
    CHECK(runs[1].width == 130);
    CHECK(runs[2].model == "cnn");
    CHECK(runs[2].depth == 2);
    // The keys are those of the same runs in a grid of separate axes.
    const pstar::ExperimentGrid alone{.models = {"cnn"}, .widths = {8}, .train_samples = {10}};
    CHECK(axes.grid().key(runs[2]) == alone.grid().key(alone.grid()[0]));
}

TEST_CASE("a run's numbers depend on its key alone") {
    const pstar::ExperimentSettings settings{.epochs = 1, .seed = pstar::Seed{5}};
    const auto runs = small_grid().grid().runs();
    const auto two = shorthand::run(small_grid().grid(), settings, digits(), {.threads = 2});
    for (const std::size_t i : {0U, 7U, 18U, 31U}) {
        INFO(i);
        CHECK(same(*two[i].value, shorthand::run_one(runs[i], settings, digits())));
    }
    auto other = small_grid();
    other.strengths = {1, 0.5, 0};  // other neighbours, another order
    const auto grid = other.grid();
    const auto one = shorthand::run(grid, settings, digits(), {.threads = 1});
    for (std::size_t i = 0; i < runs.size(); ++i)
        for (std::size_t j = 0; j < grid.size(); ++j)
            if (grid.key(grid[j]) == small_grid().grid().key(runs[i])) CHECK(same(*two[i].value, *one[j].value));
}

TEST_CASE("repeats differ, the master seed matters, the noise option matters where there is noise") {
    const pstar::RunKey run{.width = 8, .depth = 1, .train_samples = 300, .batch_size = 32, .strength = 0.5};
    auto other = run;
    other.repeat = 1;
    pstar::ExperimentSettings settings{.epochs = 1};
    const auto base = shorthand::run_one(run, settings, digits());
    CHECK(!same(base, shorthand::run_one(other, settings, digits())));
    settings.noise = pstar::Noise::independent;
    CHECK(!same(base, shorthand::run_one(run, settings, digits())));
    settings.noise = pstar::Noise::common;
    settings.seed = pstar::Seed{1};
    CHECK(!same(base, shorthand::run_one(run, settings, digits())));
    CHECK(pstar::repeat_seed(pstar::Seed{0}, 3).value < (std::uint64_t{1} << 53));
}

TEST_CASE("a run is training and evaluation with the repeat's seed, nothing else") {
    const pstar::RunKey run{
        .width = 8, .depth = 2, .train_samples = 100, .batch_size = 20, .strength = 0.3, .repeat = 2};
    const pstar::ExperimentSettings settings{.epochs = 2, .seed = pstar::Seed{9}};
    const auto result = shorthand::run_one(run, settings, digits());

    const auto seed = pstar::repeat_seed(pstar::Seed{9}, 2);
    auto net = pstar::mlp<float>({784, 8, 8, 10}, pstar::Activation::relu, seed);
    const pstar::Replacement channel{.p = 0.3};
    const auto history = pstar::train(net, pstar::take(digits().train, 100), channel,
                                      {.epochs = 2, .batch_size = 20, .seed = seed.value});
    CHECK(result.train_loss == history.loss[1]);
    CHECK(result.test_accuracy == pstar::accuracy(net, digits().test));
    CHECK(result.test_loss_corrupted == pstar::evaluate(net, digits().test, channel, {.seed = seed.value}).loss);
}

TEST_CASE("a run of a convolutional network is that network's training and evaluation") {
    const pstar::RunKey run{.model = "cnn",
                            .activation = pstar::Activation::tanh,
                            .width = 2,
                            .depth = 1,
                            .train_samples = 100,
                            .batch_size = 20,
                            .strength = 0.3,
                            .repeat = 1};
    const auto result = shorthand::run_one(run, {.epochs = 1, .seed = pstar::Seed{9}}, digits());
    const auto seed = pstar::repeat_seed(pstar::Seed{9}, 1);
    auto net = pstar::cnn<float>({.channels = 2, .blocks = 1}, pstar::Activation::tanh, seed);
    const auto history = pstar::train(net, pstar::take(digits().train, 100), pstar::Replacement{.p = 0.3},
                                      {.epochs = 1, .batch_size = 20, .seed = seed.value});
    CHECK(result.train_loss == history.loss[0]);
    CHECK(result.test_accuracy == pstar::accuracy(net, digits().test));
    // 9 products a pixel and channel; then 2 * 14 * 14 inputs, 128 hidden units, 10 classes.
    CHECK(net.multiply_adds() == 9 * 2 * 784 + 128 * (392 + 10));
    CHECK(shorthand::parameter_count(run, digits().train) == net.parameters().size());
    CHECK(shorthand::parameter_count({.width = 3, .depth = 2}, digits().train) == 785 * 3 + 4 * 3 + 4 * 10);
    auto shallow = run;
    shallow.depth = 0;
    CHECK_THROWS_AS(shorthand::run_one(shallow, {}, digits()), std::invalid_argument);
    shallow.depth = 5;  // 28 pixels cannot be halved five times
    CHECK_THROWS_AS(shorthand::run_one(shallow, {}, digits()), std::invalid_argument);
}

TEST_CASE("what is not asked for is not measured; what diverges is said to") {
    const pstar::RunKey run{.width = 4, .depth = 1, .train_samples = 300};
    const auto clean = shorthand::run_one(run, {.epochs = 1, .test_corrupted = false}, digits());
    CHECK(std::isfinite(clean.test_accuracy));
    CHECK(std::isnan(clean.test_accuracy_corrupted));
    const auto wild =
        shorthand::run_one({.activation = pstar::Activation::square, .width = 4, .depth = 3, .train_samples = 300},
                           {.epochs = 3, .optimizer = pstar::Sgd{.lr = 1e6}}, digits());
    CHECK(wild.status == pstar::TrainStatus::diverged);
    CHECK(std::isnan(wild.test_accuracy));
    CHECK_THROWS_AS(shorthand::run_one({.depth = 0, .train_samples = 300}, {}, digits()), std::invalid_argument);
    CHECK_THROWS_AS(shorthand::run_one({.train_samples = 301}, {}, digits()), std::invalid_argument);
}

TEST_CASE("mean, sample deviation and standard error") {
    const std::vector<double> values{1, 2, 4};
    const auto m = pstar::moments(values);
    CHECK(m.mean == Approx(7.0 / 3));
    CHECK(m.stddev == Approx(std::sqrt(7.0 / 3)));  // squares 16/9 + 1/9 + 25/9 = 14/3, over n - 1 = 2
    CHECK(m.sem == Approx(std::sqrt(7.0 / 9)));
    const std::vector<double> equal_values(7, 0.1);
    CHECK(pstar::moments(equal_values).mean == 0.1);
    CHECK(pstar::moments(equal_values).stddev == 0);
    CHECK(std::isnan(pstar::moments(std::vector<double>{3}).stddev));
    CHECK(pstar::moments(std::vector<double>{3}).mean == 3);
    CHECK(std::isnan(pstar::moments({}).mean));
}

TEST_CASE("the tables have one row per run and one row per point") {
    const auto runs =
        pstar::ExperimentGrid{
            .corruptions = {"additive"}, .strengths = {0, 2}, .widths = {4}, .train_samples = {10}, .repeats = 2}
            .grid()
            .runs();
    const std::vector<Outcome> outcomes{finished(0.4), finished(0.6), diverged(), {}};
    const pstar::ExperimentSettings settings{.seed = pstar::Seed{3}};
    const auto path = std::filesystem::temp_directory_path() / ("pstar_tables_" + std::to_string(::getpid()) + ".csv");
    pstar::write_runs_csv(path, {settings, runs, outcomes, 10, 100});
    const auto table = pstar::read_csv(path);
    CHECK(table.rows.size() == 3);
    CHECK(table.numbers("sigma") == std::vector<double>{0, 0, 2});
    CHECK(table.column("status") == std::vector<std::string>{"finished", "finished", "diverged"});
    CHECK(table.numbers("seed")[1] == static_cast<double>(pstar::repeat_seed(pstar::Seed{3}, 1).value));
    pstar::write_summary_csv(path, pstar::summarise({settings, runs, outcomes}));
    const auto summary = pstar::read_csv(path);
    std::filesystem::remove(path);
    CHECK(summary.numbers("mean_test_accuracy")[0] == Approx(0.5));
    CHECK(summary.numbers("repeats") == std::vector<double>{2, 0});
    CHECK(summary.numbers("left_out") == std::vector<double>{0, 1});
}

}  // namespace run_test
