#pragma once

#include <cmath>

#include <pstar/corruption/identity.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/train.hpp>

namespace pstar::detail {

/// How a model does on test images.
struct TestScore {
    double loss, accuracy;
};

/// Fills in what is to be measured: `score(through)` is that of the test images seen through a channel, a `TestScore`.
/// A loss that is not finite is a run that diverged.
template <class C, class Score>
void measure_tests(RunResult& result, const ExperimentSettings& settings, const C& channel, const Score& score) {
    const auto measure = [&](const auto& through, double& loss, double& accuracy) {
        const TestScore found = score(through);
        loss = found.loss;
        accuracy = found.accuracy;
        if (!std::isfinite(loss)) result.status = TrainStatus::diverged;
    };
    if (settings.test_clean) measure(Identity{}, result.test_loss, result.test_accuracy);
    if (settings.test_corrupted) measure(channel, result.test_loss_corrupted, result.test_accuracy_corrupted);
}

}  // namespace pstar::detail
