#pragma once

#include <cstddef>
#include <vector>

#include <pstar/sweep/accuracy_run.hpp>
#include <pstar/sweep/executor.hpp>
#include <pstar/sweep/run_accuracy.hpp>

/// A grid of accuracy runs.
namespace pstar {

/// The axes of a grid: every combination is a run.
struct AccuracyGrid {
    std::vector<Activation> activations{Activation::relu};
    std::vector<std::size_t> widths{64};
    std::vector<std::size_t> train_samples;  ///< learns from the first so many training images
    std::vector<double> strengths{0.0};
    std::size_t depth = 2;
    std::size_t repeats = 1;

    /// All runs; repeat varies fastest, then strength, train_samples, width, activation.
    std::vector<AccuracyRun> runs() const {
        std::vector<AccuracyRun> result;
        for (const auto activation : activations)
            for (const auto width : widths)
                for (const auto samples : train_samples)
                    for (const double strength : strengths)
                        for (std::size_t repeat = 0; repeat < repeats; ++repeat)
                            result.push_back({activation, width, depth, samples, strength, repeat});
        return result;
    }
};

/// What a run costs, in multiply-adds of one forward pass over an epoch and a share for everything else: good enough to
/// put long runs first and to estimate the time that is left.
inline double expected_cost(const AccuracyRun& run, const TrainTest& data) {
    const auto real = [](std::size_t n) { return static_cast<double>(n); };
    const double inputs = real(data.train.pixels()), width = real(run.width), hidden = real(run.depth) - 1;
    const double samples = real(run.train_samples);
    constexpr double overhead_of_pixel = 40;  // corruption and memory traffic, in multiply-adds
    return samples * (inputs * (width + overhead_of_pixel) + hidden * width * width + width * real(data.train.classes));
}

/// Runs the whole grid in parallel, long runs first unless `options.order` says otherwise; outcomes are in the order of
/// `runs`. The data are held once.
inline std::vector<Outcome<AccuracyResult>> sweep_accuracy(const std::vector<AccuracyRun>& runs,
                                                           const AccuracySettings& settings, const TrainTest& data,
                                                           ExecutorOptions options = {}) {
    if (options.order.empty()) {
        std::vector<double> costs;
        for (const auto& run : runs) costs.push_back(expected_cost(run, data));
        options.order = longest_first(costs);
    }
    return run_jobs(
        runs.size(), [&](std::size_t i) { return run_accuracy(runs[i], settings, data); }, options);
}

}  // namespace pstar
