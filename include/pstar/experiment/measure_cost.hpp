#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/corruption_mode.hpp>
#include <pstar/experiment/detail/baseline_cost.hpp>
#include <pstar/experiment/detail/probe_kernels.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/run_cost.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_network.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>

/// What a run will cost on this machine, measured on a small piece of it.
namespace pstar {

namespace detail {

/// The pieces of a run, each timed on its own.
template <Network Net, Corruption C>
class RunPieces {
public:
    RunPieces(Net& net, const RunKey& run, const ExperimentSettings& settings, const TrainTest& data, const C& channel)
        : net_(net),
          settings_(settings),
          data_(data),
          channel_(channel),
          samples_(run.train_samples),
          batch_size_(std::min(run.batch_size, samples_)),
          order_(samples_) {}

    double epochs(double seconds) {
        const double order = seconds_taken([&] { epoch_order(Seed{0}, 0, order_); }), step = stepping(seconds);
        return real(settings_.epochs) * (order + step * real(samples_) / real(batch_size_));
    }
    double tests(double seconds) { return real(data_.test.size()) * testing(seconds); }
    /// Of the network and what trains it, or tests it, and of the images if the run has a part of its own.
    double bytes() const {
        const auto own_images = samples_ == data_.train.size() ? 0 : samples_ * data_.train.pixels();
        return real(sizeof(float) * net_.parameters().size() + std::max(training_bytes_, testing_bytes_) + own_images +
                    sizeof(std::uint32_t) * samples_);
    }

private:
    using Scalar = typename Net::scalar_type;

    static double real(std::size_t n) { return static_cast<double>(n); }

    /// A step, on average over steps that take `seconds` in all, one at least.
    double stepping(double seconds) {
        Trainer<Net> trainer(net_, settings_.optimizer, settings_.loss);
        Batch<Scalar> batch;
        std::size_t first = 0;
        const auto step = [&] {
            if (first + batch_size_ > samples_) first = 0;
            batch.fill(data_.train, std::span(order_).subspan(first, batch_size_), channel_, {Seed{0}});
            trainer.step(batch.images(), batch.labels());
            first += batch_size_;
        };
        step();  // the first one allocates
        training_bytes_ = trainer.memory() + batch.images().elements().size_bytes();
        double taken = 0, steps = 0;
        for (; steps == 0 || taken < seconds; ++steps) taken += seconds_taken(step);
        return taken / steps;
    }
    /// All that is asked of a test image, on average over some that take about `seconds`.
    double testing(double seconds) {
        auto n = std::min<std::size_t>(512, data_.test.size());
        while (true) {
            const auto part = take(data_.test, n);
            measure_memory(part);
            const double taken = seconds_taken([&] {
                if (settings_.test_clean) evaluate(net_, part, {.loss = settings_.loss});
                if (settings_.test_corrupted) evaluate(net_, part, channel_, {.loss = settings_.loss});
            });
            if (n == data_.test.size() || 5 * taken > seconds) return taken / real(n);
            n = std::min(4 * n, data_.test.size());
        }
    }
    void measure_memory(const Dataset& images) {
        std::size_t largest = 0;
        for_each_batch(net_, images, Identity{}, {},
                       [&](std::size_t, const Batch<Scalar>& batch, Variable<Scalar> x, Variable<Scalar>) {
                           largest = std::max(largest, x.tape->memory() + batch.images().elements().size_bytes());
                       });
        testing_bytes_ = largest;
    }

    Net& net_;
    const ExperimentSettings& settings_;
    const TrainTest& data_;
    C channel_;
    std::size_t samples_, batch_size_, training_bytes_ = 0, testing_bytes_ = 0;
    std::vector<std::uint32_t> order_;
};

}  // namespace detail

/// What `run_accuracy(run, settings, data)` will take in one thread, from a few steps of its training and the test of
/// some images, in about `seconds` (a step at least); of models that are no networks from fits to a few images and to
/// four times as many. Several runs at once slow each other down where they share caches and memory, which is not in
/// it. Throws as `run_accuracy` does for parameters out of range.
template <class Scalar = float>
RunCost measure_cost(const RunKey& run, const ExperimentSettings& settings, const TrainTest& data,
                     double seconds = 0.2) {
    require(run.batch_size >= 1, "measure_cost", "batch_size", run.batch_size, "be at least 1");
    require(run.train_samples >= 1 && run.train_samples <= data.train.size(), "measure_cost", "train_samples",
            run.train_samples, "lie between 1 and the number of training images");
    require(data.test.size() >= 1, "measure_cost", "data.test.size()", data.test.size(), "be at least 1");
    const BlasThreads one(1);
    const auto measure = [&](auto& net, const auto& channel) {
        detail::RunPieces pieces(net, run, settings, data, channel);
        const double set_up = detail::seconds_taken([&] {
            with_network<Scalar>(run, data.train, Seed{0},
                                 [&](auto& other) { const Trainer trainer(other, settings.optimizer, settings.loss); });
        });
        const double training = pieces.epochs(0.7 * seconds), testing = pieces.tests(0.3 * seconds);
        RunCost probing;
        if (settings.kernel_probe) probing = detail::probe_cost(*settings.kernel_probe, net, data.test, channel);
        return RunCost{.seconds = set_up + training + testing + probing.seconds,
                       .bytes = pieces.bytes() + probing.bytes};
    };
    const auto channel = channel_of(run.corruption, run.strength);
    if (!is_network(run.model))
        return std::visit(
            [&](const auto& through) { return detail::classical_cost<Scalar>(run, settings, data, through, seconds); },
            channel);
    return with_network<Scalar>(run, data.train, Seed{0}, [&](auto& net) {
        return std::visit([&](const auto& through) { return measure(net, through); }, channel);
    });
}

}  // namespace pstar
