#pragma once

#include <cmath>
#include <cstddef>
#include <variant>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/sweep/accuracy_run.hpp>

namespace pstar {

namespace detail {

template <Channel C>
AccuracyResult train_and_measure(const AccuracyRun& run, const AccuracySettings& settings, const Dataset& train_data,
                                 const Dataset& test_data, const C& channel) {
    const Seed seed = repeat_seed(settings.seed, run.repeat);
    std::vector<std::size_t> widths{train_data.pixels()};
    widths.insert(widths.end(), run.depth, run.width);
    widths.push_back(train_data.classes);
    auto net = mlp<float>(widths, run.activation, seed);
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

/// The body of one run, in one thread: an MLP of `depth` hidden layers trained on `data.train` seen through the
/// channel, then measured on `data.test`. A pure function of its arguments on one kind of machine. Throws
/// `std::invalid_argument` for parameters out of range and for more samples than there are.
inline AccuracyResult run_accuracy(const AccuracyRun& run, const AccuracySettings& settings, const TrainTest& data) {
    require(run.depth >= 1, "run_accuracy", "depth", run.depth, "be at least 1 hidden layer");
    const bool all = run.train_samples == data.train.size();
    const Dataset part = all ? Dataset{} : take(data.train, run.train_samples);  // the data are shared, not copied
    return std::visit(
        [&](const auto& channel) {
            return detail::train_and_measure(run, settings, all ? data.train : part, data.test, channel);
        },
        channel_of(run.corruption, run.strength));
}

}  // namespace pstar
