#pragma once

#include <cmath>
#include <cstddef>
#include <variant>

#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/sweep/accuracy_run.hpp>
#include <pstar/sweep/run_network.hpp>

namespace pstar {

namespace detail {

template <Network Net, Channel C>
AccuracyResult train_and_measure(Net& net, const AccuracyRun& run, const AccuracySettings& settings,
                                 const Dataset& train_data, const Dataset& test_data, const C& channel) {
    const Seed seed = repeat_seed(settings.seed, run.repeat);
    const auto history = train(net, train_data, channel,
                               {.epochs = settings.epochs,
                                .batch_size = run.batch_size,
                                .optimizer = settings.optimizer,
                                .loss = settings.loss,
                                .seed = seed.value,
                                .noise = settings.noise});
    AccuracyResult result{.status = history.status};
    if (!history.loss.empty()) result.train_loss = history.loss.back();
    if (result.status == TrainStatus::diverged) return result;

    const EvaluateOptions options{.loss = settings.loss, .seed = seed.value, .noise = settings.noise};
    const auto measure = [&](const auto& through, double& loss, double& accuracy) {
        const auto found = evaluate(net, test_data, through, options);
        loss = found.loss;
        accuracy = found.accuracy;
        if (!std::isfinite(loss)) result.status = TrainStatus::diverged;
    };
    if (settings.test_clean) measure(Identity{}, result.test_loss, result.test_accuracy);
    if (settings.test_corrupted) measure(channel, result.test_loss_corrupted, result.test_accuracy_corrupted);
    return result;
}

}  // namespace detail

/// The body of one run, in one thread: its network (`with_network`) trained on `data.train` seen through the
/// channel, then measured on `data.test`. A pure function of its arguments on one kind of machine. Throws
/// `std::invalid_argument` for parameters out of range and for more samples than there are.
template <class Scalar = float>
AccuracyResult run_accuracy(const AccuracyRun& run, const AccuracySettings& settings, const TrainTest& data) {
    const bool all = run.train_samples == data.train.size();
    const Dataset part = all ? Dataset{} : take(data.train, run.train_samples);  // the data are shared, not copied
    return with_network<Scalar>(run, data.train, repeat_seed(settings.seed, run.repeat), [&](auto& net) {
        return std::visit(
            [&](const auto& channel) {
                return detail::train_and_measure(net, run, settings, all ? data.train : part, data.test, channel);
            },
            channel_of(run.corruption, run.strength));
    });
}

}  // namespace pstar
