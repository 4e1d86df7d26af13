
#include <algorithm>
#include <stdexcept>

#include <pstar/data/synthetic.hpp>

#include "catch.hpp"
#include "experiment/shorthand.hpp"

namespace measure_cost_test {

namespace {

const pstar::TrainTest& digits() {
    static const auto data = pstar::synthetic_digits({.train = 2000, .test = 500});
    return data;
}

/// What the run takes of a processor.
double seconds_of(const pstar::RunKey& run, const pstar::ExperimentSettings& settings) {
    const double start = pstar::detail::processor_seconds();
    shorthand::run_one(run, settings, digits());
    return pstar::detail::processor_seconds() - start;
}

/// Parameters of an MLP on digits.
double parameters(const pstar::RunKey& run) {
    const auto width = static_cast<double>(run.width), depth = static_cast<double>(run.depth);
    return 785 * width + (depth - 1) * (width + 1) * width + (width + 1) * 10;
}

}  // namespace

// On a quiet host within 20%. It may be busy with other tests, whose use of caches is felt: a factor of 2 is
// allowed.
TEST_CASE("the time of a run is estimated from a piece of it", "[long]") {
    for (const std::size_t width : {16, 128})
        for (const std::size_t samples : {500, 2000}) {
            const pstar::RunKey run{.width = width, .train_samples = samples, .batch_size = 64, .strength = 0.5};
            const pstar::ExperimentSettings settings{.epochs = 3};
            double estimated = 1e9, truth = 1e9;  // the least of several each: others disturb caches
            for (int i = 0; i < 5; ++i) {
                estimated = std::min(estimated, shorthand::measure_cost(run, settings, digits(), 0.02).seconds);
                truth = std::min(truth, seconds_of(run, settings));
            }
            INFO("width " << width << ", " << samples << " images: " << estimated << " s estimated, " << truth
                          << " s taken");
            CHECK(estimated < 2 * truth);
            CHECK(truth < 2 * estimated);
        }
}

TEST_CASE("more epochs and more images cost more") {
    const pstar::RunKey run{.width = 32, .train_samples = 500, .strength = 0.5};
    auto larger = run;
    larger.train_samples = 2000;
    const auto seconds = [](const pstar::RunKey& r, std::size_t epochs) {
        return shorthand::measure_cost(r, {.epochs = epochs}, digits(), 0.02).seconds;
    };
    CHECK(seconds(run, 20) > 3 * seconds(run, 1));
    CHECK(seconds(larger, 10) > seconds(run, 10));
}

TEST_CASE("the memory of a run holds its parameters, gradients and moments") {
    pstar::RunKey run{.width = 256, .depth = 3, .train_samples = 2000};
    const double floats = 4 * parameters(run);
    const auto bytes = [&](const pstar::Optimizer& optimizer) {
        return shorthand::measure_cost(run, {.epochs = 1, .optimizer = optimizer}, digits(), 0.001).bytes;
    };
    const double adam = bytes(pstar::Adam{}), sgd = bytes(pstar::Sgd{.lr = 0.1, .momentum = 0.9});
    CHECK(adam >= 4 * floats);
    CHECK(adam < 8 * floats);  // the rest is a batch and its activations
    CHECK(sgd >= 2 * floats);
    CHECK(adam - sgd == Approx(2 * floats).epsilon(1e-6));
    run.train_samples = 1000;  // a part of its own
    CHECK(bytes(pstar::Adam{}) == Approx(adam + 1000 * 784 - 1000 * 4).epsilon(1e-6));
}

TEST_CASE("what cannot be run cannot be measured") {
    const pstar::RunKey run{.train_samples = 2000};
    const auto refused = [](auto changed) {
        CHECK_THROWS_AS(shorthand::measure_cost(changed, {}, digits()), std::invalid_argument);
    };
    for (auto member :
         {&pstar::RunKey::width, &pstar::RunKey::depth, &pstar::RunKey::train_samples, &pstar::RunKey::batch_size}) {
        auto none = run;
        none.*member = 0;
        refused(none);
    }
    auto many = run;
    many.train_samples = 2001;
    refused(many);
    auto strong = run;
    strong.strength = 1.5;
    refused(strong);
}

}  // namespace measure_cost_test
