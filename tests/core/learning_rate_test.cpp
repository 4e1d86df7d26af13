#include <pstar/core/learning_rate.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include "catch.hpp"

namespace learning_rate_test {

using namespace pstar;

namespace {

double factor(const LearningRate& rate, std::size_t step) {
    return rate.factor({.step = step, .steps_per_epoch = 10, .epochs = 4});
}

}  // namespace

TEST_CASE("schedules: factors in closed form") {
    const double pi = std::numbers::pi;
    for (const std::size_t step : {0, 1, 9, 10, 19, 20, 39}) {
        CHECK(factor({}, step) == 1);
        CHECK(factor({.decay = StepDecay{.factor = 0.5, .every = 2}}, step) == (step < 20 ? 1 : 0.5));
        CHECK(factor({.decay = StepDecay{.factor = 0.1, .every = 1}}, step) ==
              Approx(std::pow(0.1, std::floor(static_cast<double>(step) / 10))).epsilon(1e-15));
        // torch.optim.lr_scheduler.CosineAnnealingLR: eta_min + (lr - eta_min) (1 + cos(pi t/T))/2, T = 40.
        CHECK(factor({.decay = CosineDecay{.end = 0.1}}, step) ==
              Approx(0.1 + 0.9 * (1 + std::cos(pi * static_cast<double>(step) / 40)) / 2).epsilon(1e-14));
        const double warm = std::min(1.0, static_cast<double>(step + 1) / 15);
        CHECK(factor({.warmup_epochs = 1.5}, step) == Approx(warm).epsilon(1e-15));
        const double t = std::max(0.0, static_cast<double>(step) - 15) / 25;
        CHECK(factor({.decay = CosineDecay{}, .warmup_epochs = 1.5}, step) ==
              Approx(warm * (1 + std::cos(pi * t)) / 2).epsilon(1e-14));
        CHECK(factor({.decay = [](const TrainingTime& time) { return 1 / (1.0 + static_cast<double>(time.epoch())); }},
                     step) == Approx(1 / (1 + std::floor(static_cast<double>(step) / 10))));
    }
    CHECK(factor({.decay = CosineDecay{}, .warmup_epochs = 9}, 39) == Approx(40.0 / 90));  // never gets out of it
}

TEST_CASE("schedules that make no sense are refused") {
    const auto refused = [](const LearningRate& rate) { CHECK_THROWS_AS(rate.validate(), std::invalid_argument); };
    refused({.warmup_epochs = -1});
    refused({.warmup_epochs = std::numeric_limits<double>::infinity()});
    refused({.decay = StepDecay{.factor = 0}});
    refused({.decay = StepDecay{.factor = 1.5}});
    refused({.decay = StepDecay{.every = 0}});
    refused({.decay = CosineDecay{.end = -0.1}});
    refused({.decay = CosineDecay{.end = std::nan("")}});
    refused({.decay = RateFunction{}});
    const LearningRate negative{.decay = [](const TrainingTime&) { return -1.0; }};
    CHECK_NOTHROW(negative.validate());
    CHECK_THROWS_WITH(factor(negative, 0), "LearningRate: a factor (= -1) must be finite and not negative");
}

}  // namespace learning_rate_test
