#pragma once

#include <algorithm>
#include <cstddef>

#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/detail/ntk_cost.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/run_baseline.hpp>
#include <pstar/experiment/run_cost.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/rbm/train_rbm.hpp>

/// What a run of a model that is no network will cost.
namespace pstar::detail {

/// The rows of features, what is learned and what learns it.
template <class Scalar>
double classical_bytes(const RunKey& run, const ExperimentSettings& settings, const TrainTest& data) {
    const auto real = [](std::size_t n) { return static_cast<double>(n); };
    const double pixels = real(data.train.pixels()), classes = real(data.train.classes);
    const bool is_rbm = run.model == "rbm";
    const double features = is_rbm ? real(run.width) : pixels;
    const double rows = real(std::max(run.train_samples, data.test.size()));
    const double machine = is_rbm ? 4 * pixels * features + 3 * real(settings.baseline.batch_size) * (pixels + features)
                                  : 0;  // the machine, two copies and its changes; batches
    const double regression = (features + 1) * (features + 1 + 25 * classes);  // the curvature, the pairs of L-BFGS
    const double own_images = run.train_samples == data.train.size() ? 0 : real(run.train_samples) * pixels;
    return real(sizeof(Scalar)) * (rows * features + machine) + real(sizeof(double)) * regression + own_images;
}

/// What the run takes if it has `samples` training and at most as many test images, without the passes of the machine
/// but the first, and one of those passes.
struct ClassicalTimes {
    double once = 0, pass = 0, test = 0;
};
template <class Scalar, Corruption C>
ClassicalTimes classical_times(RunKey run, ExperimentSettings settings, const TrainTest& data, const C& channel,
                               std::size_t samples) {
    const auto train = take(data.train, samples), test = take(data.test, std::min(samples, data.test.size()));
    auto untested = settings;
    settings.baseline.rbm_n_iter = untested.baseline.rbm_n_iter = 1;
    untested.test_clean = untested.test_corrupted = false;
    ClassicalTimes times;
    times.once = seconds_taken([&] { fit_and_measure<Scalar>(run, untested, train, test, channel); });
    if (run.model == "rbm")
        times.pass = seconds_taken([&] { fit_rbm<Scalar>(train, channel, classifier_options(run, settings).rbm); });
    const double with_test = seconds_taken([&] { fit_and_measure<Scalar>(run, settings, train, test, channel); });
    times.test = std::max(0.0, with_test - times.once) / static_cast<double>(test.size());
    return times;
}

/// From fits to more and more images, four times as many each time, until the last took a third of `seconds`; from the
/// last two by a straight line in the number of images to all. Of kernel ridge regression see `ntk_cost`.
template <class Scalar, Corruption C>
RunCost classical_cost(const RunKey& run, const ExperimentSettings& settings, const TrainTest& data, const C& channel,
                       double seconds) {
    if (run.model == "ntk") return ntk_cost<Scalar>(run, settings, data, channel, seconds);
    const auto real = [](std::size_t n) { return static_cast<double>(n); };
    const auto all = run.train_samples;
    const double passes = real(settings.baseline.rbm_n_iter) - 1;
    const auto training = [&](const ClassicalTimes& times) { return times.once + passes * times.pass; };
    auto samples = std::min<std::size_t>(250, all);
    auto times = classical_times<Scalar>(run, settings, data, channel, samples);
    double slope = training(times) / real(samples);
    for (double taken = 0; samples < all && 3 * taken < seconds;) {
        const auto more = std::min(4 * samples, all);
        const auto longer = classical_times<Scalar>(run, settings, data, channel, more);
        slope = std::max(0.0, training(longer) - training(times)) / real(more - samples);
        samples = more;
        times = longer;
        taken = 2 * times.once + times.pass;
    }
    return {.seconds = training(times) + slope * real(all - samples) + times.test * real(data.test.size()),
            .bytes = classical_bytes<Scalar>(run, settings, data)};
}

}  // namespace pstar::detail
