#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/optimizer.hpp>

namespace pstar {

/// What happened in one pass over the training data.
struct EpochReport {
    std::size_t epoch = 0;  ///< 0, 1, ...
    double loss = 0;        ///< mean over the epoch's samples of the loss at the time each batch was seen
};

struct TrainOptions {
    std::size_t epochs = 10;       ///< passes over the data
    std::size_t batch_size = 128;  ///< samples a step; the last batch of an epoch may be shorter
    Optimizer optimizer = Adam{};
    Loss loss = Loss::cross_entropy;
    std::uint64_t seed = 0;                                 ///< of the order of samples and of the noise
    Noise noise = Noise::common;                            ///< whether different strengths share their uniforms
    std::function<void(const EpochReport&)> on_epoch = {};  ///< called after each epoch

    void validate() const {
        require(batch_size >= 1, "TrainOptions", "batch_size", batch_size, "be at least 1");
        std::visit([](const auto& rule) { rule.validate(); }, optimizer);
    }
};

enum class TrainStatus { finished, diverged };

struct TrainHistory {
    TrainStatus status =
        TrainStatus::finished;  ///< diverged: the loss of some epoch was not finite; training stopped there
    std::vector<double> loss;   ///< of each epoch, see EpochReport
    std::size_t steps = 0;      ///< optimiser steps taken
};

/// A network in training: tape and optimiser state, reused, so that a step allocates nothing once the first of its size
/// is done. For loops of one's own; `train` is the usual one.
template <Network Net>
class Trainer {
public:
    using Scalar = typename Net::scalar_type;

    /// Refers to `net`, which must outlive the trainer.
    Trainer(Net& net, const Optimizer& optimizer, Loss loss = Loss::cross_entropy)
        : net_(net), loss_(loss), optimizer_(optimizer, net.parameters().size()) {}

    /// One step on images (N, inputs) with their labels; returns the loss before it.
    double step(View<const Scalar> images, std::span<const std::uint8_t> labels) {
        tape_.clear();
        const auto leaves = net_.parameters().record(tape_, optimizer_.gradients(), optimizer_.carry());
        const auto value = loss(loss_, net_(tape_.constant(images), leaves), labels);
        tape_.backward(value);
        optimizer_.step(net_.parameters().values());
        return static_cast<double>(value.item());
    }
    /// Bytes held for the tape and the optimiser, parameters not included.
    std::size_t memory() const { return tape_.memory() + optimizer_.memory(); }

private:
    Net& net_;
    Loss loss_;
    OptimizerState<Scalar> optimizer_;
    Tape<Scalar> tape_;
};

/// The order in which epoch `epoch` visits `size` samples: a permutation, a pure function of (seed, epoch).
inline void epoch_order(Seed seed, std::uint32_t epoch, std::span<std::uint32_t> order) {
    std::iota(order.begin(), order.end(), 0U);
    RandomSequence({seed, Stream::shuffle, epoch, 0}).shuffle(order);
}

/// Trains `net` on `data` seen through `channel`: every epoch in a new order and with new noise. The result is a pure
/// function of the arguments on one kind of machine; it starts no threads of its own (set `BlasThreads` for a lone
/// large network).
template <Network Net, Corruption C>
TrainHistory train(Net& net, const Dataset& data, const C& channel, const TrainOptions& options = {}) {
    options.validate();
    channel.validate();
    detail::check_fit("train", net, data);
    const Seed seed{options.seed};
    const Seed noise = noise_seed(seed, channel, options.noise);
    Trainer<Net> trainer(net, options.optimizer, options.loss);
    Batch<typename Net::scalar_type> batch;
    std::vector<std::uint32_t> order(data.size());
    TrainHistory history;
    for (std::uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
        epoch_order(seed, epoch, order);
        double sum = 0;
        for (std::size_t first = 0; first < order.size(); first += options.batch_size) {
            const auto size = std::min(options.batch_size, order.size() - first);
            batch.fill(data, std::span(order).subspan(first, size), channel, {noise, Stream::train_noise, epoch});
            sum += trainer.step(batch.images(), batch.labels()) * static_cast<double>(size);
            ++history.steps;
        }
        history.loss.push_back(sum / static_cast<double>(order.size()));
        if (options.on_epoch) options.on_epoch({epoch, history.loss.back()});
        if (!std::isfinite(history.loss.back())) {
            history.status = TrainStatus::diverged;
            break;
        }
    }
    return history;
}

}  // namespace pstar
