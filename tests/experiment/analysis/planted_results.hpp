#pragma once

// Results with outcomes made up, as a sweep would give them.

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <pstar/experiment/results.hpp>

namespace planted {

using Outcome = pstar::Outcome<pstar::RunResult>;

inline Outcome finished(double accuracy) {
    return {pstar::RunResult{.test_loss = 1, .test_accuracy = accuracy, .test_accuracy_corrupted = accuracy / 2}, ""};
}
inline Outcome diverged() {
    return {pstar::RunResult{.status = pstar::TrainStatus::diverged}, ""};
}
inline Outcome failed() {
    return {{}, "no memory"};
}

/// Results of 10 classes and 1000 test images, clean ones alone.
inline pstar::Results no_results() {
    return {.settings = {.test_corrupted = false}, .runs = {}, .outcomes = {}, .classes = 10, .test_images = 1000};
}

/// Adds all strengths and repeats of a model, whose accuracies `accuracy(strength, repeat)` gives.
inline void add_runs(pstar::Results& results, pstar::RunKey run, const std::vector<double>& strengths,
                     std::size_t repeats, const std::function<double(double, std::size_t)>& accuracy) {
    for (const double strength : strengths)
        for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
            run.strength = strength;
            run.repeat = repeat;
            results.runs.push_back(run);
            results.outcomes.push_back(finished(accuracy(strength, repeat)));
        }
}

}  // namespace planted
