#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/nn/batch.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/optimizer.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/sweep/accuracy_run.hpp>

/// What a run will cost on this machine, measured on a small piece of it.
namespace pstar {

struct RunCost {
    double seconds = 0;  ///< of one core
    double bytes = 0;    ///< while it runs, beside the data that all runs share
};

namespace detail {

/// The pieces of a run, each timed on its own.
template <Channel C>
class RunPieces {
public:
    RunPieces(const AccuracyRun& run, const AccuracySettings& settings, const TrainTest& data, const C& channel)
        : run_(run),
          settings_(settings),
          data_(data),
          channel_(channel),
          net_(mlp<float>(widths(), run.activation, Seed{0})),
          samples_(std::min(run.train_samples, data.train.size())),
          batch_size_(std::min(run.batch_size, samples_)) {}

    /// Making the network and its optimiser.
    double setting_up() const {
        return time([&] {
            auto net = mlp<float>(widths(), run_.activation, Seed{0});
            const Trainer<Mlp<float>> trainer(net, settings_.optimizer, settings_.loss);
        });
    }
    /// The order of an epoch.
    double ordering() {
        order_.resize(samples_);
        return time([&] { epoch_order(Seed{0}, 0, order_); });
    }
    /// A step on a batch, from steps that take `seconds` in all; one at least.
    double stepping(double seconds) {
        Trainer<Mlp<float>> trainer(net_, settings_.optimizer, settings_.loss);
        Batch<float> batch;
        std::size_t first = 0;
        const auto step = [&] {
            if (first + batch_size_ > samples_) first = 0;
            batch.fill(data_.train, std::span(order_).subspan(first, batch_size_), channel_, {Seed{0}});
            trainer.step(batch.images(), batch.labels());
            first += batch_size_;
        };
        step();  // the first one allocates
        return mean_time(step, seconds);
    }
    /// The evaluations of a test image, from some that take about `seconds`.
    double testing(double seconds) const {
        for (std::size_t n = std::min<std::size_t>(512, data_.test.size());; n = std::min(4 * n, data_.test.size())) {
            const auto part = take(data_.test, n);
            const double taken = time([&] {
                if (settings_.test_clean) evaluate(net_, part, {.loss = settings_.loss});
                if (settings_.test_corrupted) evaluate(net_, part, channel_, {.loss = settings_.loss});
            });
            if (n == data_.test.size() || 5 * taken > seconds) return taken / static_cast<double>(n);
        }
    }
    double steps_of_epoch() const { return real(samples_) / real(batch_size_); }

    /// Parameters, gradients and moments; a batch of images with all activations and their derivatives; the images, if
    /// the run has a part of its own.
    double bytes() const {
        constexpr std::size_t test_batch = 256;
        const auto widths_of_all = widths();
        std::size_t units = 0;
        for (const auto width : widths_of_all) units += width;
        const std::size_t moments = std::holds_alternative<Adam>(settings_.optimizer) ? 2 : 0;
        const auto training = (2 + moments) * net_.parameters().size() + batch_size_ * 4 * units;
        const auto testing = net_.parameters().size() + test_batch * 2 * units;
        const auto images = samples_ == data_.train.size() ? 0 : samples_ * data_.train.pixels();
        return sizeof(float) * real(std::max(training, testing)) + real(images) +
               real(sizeof(std::uint32_t) * samples_);
    }

private:
    using Clock = std::chrono::steady_clock;

    static double real(std::size_t n) { return static_cast<double>(n); }
    template <class Call>
    static double time(const Call& call) {
        const auto start = Clock::now();
        call();
        return std::chrono::duration<double>(Clock::now() - start).count();
    }
    template <class Call>
    static double mean_time(const Call& call, double seconds) {
        double taken = 0, calls = 0;
        for (; calls == 0 || taken < seconds; ++calls) taken += time(call);
        return taken / calls;
    }
    std::vector<std::size_t> widths() const {
        std::vector<std::size_t> result{data_.train.pixels()};
        result.insert(result.end(), run_.depth, run_.width);
        result.push_back(data_.train.classes);
        return result;
    }

    const AccuracyRun& run_;
    const AccuracySettings& settings_;
    const TrainTest& data_;
    C channel_;
    Mlp<float> net_;
    std::size_t samples_, batch_size_;
    std::vector<std::uint32_t> order_;
};

}  // namespace detail

/// What `run_accuracy(run, settings, data)` will take in one thread, from a few steps of its training and the test of
/// some images, in about `seconds` (a step at least). Within some 20% when nothing else runs on the machine; several
/// runs at once slow each other down where they share caches and memory. Throws as `run_accuracy` does for parameters
/// out of range.
inline RunCost measure_cost(const AccuracyRun& run, const AccuracySettings& settings, const TrainTest& data,
                            double seconds = 0.2) {
    require(run.depth >= 1, "measure_cost", "depth", run.depth, "be at least 1 hidden layer");
    require(run.batch_size >= 1, "measure_cost", "batch_size", run.batch_size, "be at least 1");
    require(run.train_samples >= 1 && run.train_samples <= data.train.size(), "measure_cost", "train_samples",
            run.train_samples, "lie between 1 and the number of training images");
    require(data.test.size() >= 1, "measure_cost", "data.test.size()", data.test.size(), "be at least 1");
    const BlasThreads one(1);
    return std::visit(
        [&](const auto& channel) {
            detail::RunPieces pieces(run, settings, data, channel);
            const double set_up = pieces.setting_up(), order = pieces.ordering();
            const double step = pieces.stepping(0.7 * seconds), test = pieces.testing(0.3 * seconds);
            const double epoch = order + pieces.steps_of_epoch() * step;
            return RunCost{.seconds = set_up + static_cast<double>(settings.epochs) * epoch +
                                      static_cast<double>(data.test.size()) * test,
                           .bytes = pieces.bytes()};
        },
        channel_of(run.corruption, run.strength));
}

}  // namespace pstar
