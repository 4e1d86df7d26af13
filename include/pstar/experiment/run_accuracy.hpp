#pragma once

#include <variant>

#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/corruption_mode.hpp>
#include <pstar/experiment/detail/probe_kernels.hpp>
#include <pstar/experiment/detail/test_scores.hpp>
#include <pstar/experiment/run_baseline.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_network.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/sweep/repeats.hpp>

namespace pstar {

namespace detail {

template <Network Net, Corruption C>
RunResult train_and_measure(Net& net, const RunKey& run, const ExperimentSettings& settings, const Dataset& train_data,
                            const Dataset& test_data, const C& channel) {
    const Seed seed = repeat_seed(settings.seed, run.repeat);
    const auto history = train(net, train_data, channel,
                               {.epochs = settings.epochs,
                                .batch_size = run.batch_size,
                                .optimizer = settings.optimizer,
                                .loss = settings.loss,
                                .seed = seed.value,
                                .noise = settings.noise});
    RunResult result{.status = history.status};
    if (!history.loss.empty()) result.train_loss = history.loss.back();
    if (result.status == TrainStatus::diverged) return result;

    const EvaluateOptions options{.loss = settings.loss, .seed = seed.value, .noise = settings.noise};
    measure_tests(result, settings, channel, [&](const auto& through) -> TestScore {
        const auto found = evaluate(net, test_data, through, options);
        return {found.loss, found.accuracy};
    });
    probe_kernels(result, settings, net, test_data, channel, seed);
    return result;
}

}  // namespace detail

/// The body of one run, in one thread: its network (`with_network`) trained, or its classical model fitted
/// (`fit_and_measure`), on `data.train` seen through the channel, then measured on `data.test`, and the kernels of a
/// network probed (`KernelProbe`). All kinds of models of one repeat draw the same noise: that of epoch, or pass, e on
/// image i is the same for each, and so is that on test images. A pure function of its arguments on one kind of
/// machine. Throws `std::invalid_argument` for parameters out of range and for more samples than there are.
template <class Scalar = float>
RunResult run_accuracy(const RunKey& run, const ExperimentSettings& settings, const TrainTest& data) {
    const bool all = run.train_samples == data.train.size();
    const Dataset part = all ? Dataset{} : take(data.train, run.train_samples);  // the data are shared, not copied
    const Dataset& train_data = all ? data.train : part;
    const auto through_channel = [&](const auto& measure) {
        return std::visit(measure, channel_of(run.corruption, run.strength));
    };
    if (!is_network(run.model))
        return through_channel([&](const auto& channel) {
            return detail::fit_and_measure<Scalar>(run, settings, train_data, data.test, channel);
        });
    return with_network<Scalar>(run, data.train, repeat_seed(settings.seed, run.repeat), [&](auto& net) {
        return through_channel([&](const auto& channel) {
            return detail::train_and_measure(net, run, settings, train_data, data.test, channel);
        });
    });
}

}  // namespace pstar
