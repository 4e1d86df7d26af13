// Experiments whose training images are drawn when they are asked for.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/run.hpp>

#include "catch.hpp"
#include "experiment/shorthand.hpp"

namespace experiment_stream_test {

using namespace pstar;

namespace {

constexpr std::size_t images = 300;

Experiment held() {
    return {.data = synthetic_digits({.train = images, .test = 100}), .settings = {.epochs = 2}};
}
Experiment streaming() {
    auto experiment = held();
    experiment.data.train = synthetic_digits({.train = 120, .test = 0}).train;
    experiment.stream = SyntheticSource{.count = images};
    return experiment;
}
ExperimentGrid grid() {
    return {.models = {"mlp", "softmax"},
            .strengths = {0, 0.5},
            .widths = {8},
            .depths = {1},
            .train_samples = {90, images},
            .batch_sizes = {32}};
}

}  // namespace

TEST_CASE("a stream gives the numbers of the data set that holds its images, to networks and to other models") {
    const auto expected = shorthand::numbers_of(run(held(), grid(), {.threads = 1}));
    auto experiment = streaming();
    for (const std::size_t prefetch : {0UL, 3UL}) {
        experiment.prefetch = prefetch;
        CHECK(shorthand::numbers_of(run(experiment, grid(), {.threads = 2})) == expected);
    }
    CHECK(configuration(experiment) == configuration(held()));
    auto all = grid();
    all.train_samples = {};
    CHECK(all.grid(experiment.training_images())[0].train_samples == images);
    CHECK(run(experiment, all, {.threads = 1}).runs[0].train_samples == images);
}

TEST_CASE("what a source says of itself tells configurations apart") {
    struct Named : SyntheticSource {
        std::string describe() const { return "written with the left hand"; }
    };
    auto experiment = streaming();
    experiment.stream = Named{{.count = images}};
    CHECK(configuration(experiment) != configuration(held()));
    CHECK(configuration(experiment)["train"]["stream"] == "written with the left hand");
}

TEST_CASE("the cost of a run on a stream is measured on the stream, and includes no images") {
    auto experiment = streaming();
    experiment.stream = SyntheticSource{.count = 2'000'000};
    RunKey key{.model = "mlp", .width = 8, .depth = 1, .train_samples = 2'000'000};
    const auto network = measure_cost(experiment, key, 0.05);
    CHECK(network.bytes < 40e6);  // 4 bytes for each image's place in the order
    CHECK(network.seconds > 1);
    CHECK(expected_cost(experiment, key) > 0);
    key.model = "softmax", key.train_samples = 1000;
    CHECK(measure_cost(experiment, key, 0.05).bytes > 784 * 1000);
}

TEST_CASE("a stream that the held images cannot be of, and too many images, are refused") {
    auto experiment = streaming();
    const RunKey key{.model = "mlp", .width = 8, .depth = 1, .train_samples = 200, .batch_size = 50};
    CHECK_NOTHROW(run_one(experiment, key));
    CHECK_THROWS_AS(run_one(experiment, RunKey{.train_samples = images + 1}), std::invalid_argument);
    experiment.stream = SyntheticSource{.count = images, .side = 20};
    CHECK_THROWS_AS(run_one(experiment, key), std::invalid_argument);
    experiment.stream = SyntheticSource{.count = images};
    experiment.data.train = synthetic_digits({.train = 99, .test = 0}).train;
    CHECK_THROWS_AS(run_one(experiment, key), std::invalid_argument);
}

}  // namespace experiment_stream_test
