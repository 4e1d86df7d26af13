#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/parameters.hpp>
#include <pstar/nn/train_options.hpp>
#include <pstar/nn/trainer.hpp>

namespace pstar {

/// The order in which epoch `epoch` visits `size` samples: a permutation, a pure function of (seed, epoch).
inline void epoch_order(Seed seed, std::uint32_t epoch, std::span<std::uint32_t> order) {
    std::iota(order.begin(), order.end(), 0U);
    RandomSequence({seed, Stream::shuffle, epoch, 0}).shuffle(order);
}

namespace detail {

/// The best epoch so far by validation accuracy, with the parameters it had if they are to be restored.
template <class Scalar>
class BestEpoch {
public:
    explicit BestEpoch(const std::optional<EarlyStopping>& rule) : rule_(rule) {}

    void take(std::size_t epoch, double accuracy, const Parameters<Scalar>& parameters, TrainHistory& history) {
        if (!history.best_epoch || accuracy > history.validation[*history.best_epoch].accuracy) {
            history.best_epoch = epoch;
            if (rule_ && rule_->restore_best) kept_ = parameters;
        }
        const bool grown = !waiting_from_ || accuracy > waiting_from_->accuracy + (rule_ ? rule_->min_increase : 0);
        if (grown) waiting_from_ = {epoch, accuracy};
    }
    /// Whether the accuracy has not grown for `patience` epochs, `epoch` the last of them.
    bool out_of_patience(std::size_t epoch) const {
        return rule_ && waiting_from_ && epoch - waiting_from_->epoch >= rule_->patience;
    }
    void restore(Parameters<Scalar>& parameters) const {
        if (kept_) parameters = *kept_;
    }

private:
    struct Reached {
        std::size_t epoch;
        double accuracy;
    };
    std::optional<EarlyStopping> rule_;
    std::optional<Reached> waiting_from_;  // when the accuracy last grew by more than min_increase
    std::optional<Parameters<Scalar>> kept_;
};

/// `train` in the calling thread's budget of threads.
template <Network Net, Corruption C, class LossType, class Rule>
TrainHistory train_here(Net& net, const Dataset& data, const C& corruption,
                        const BasicTrainOptions<LossType, Rule>& options) {
    const Seed seed{options.seed};
    const Seed noise = noise_seed(seed, corruption, options.noise);
    Trainer<Net, LossType, Rule> trainer(net, options.optimizer, options.loss);
    Batch<typename Net::scalar_type> batch;
    std::vector<std::uint32_t> order(data.size());
    const auto steps_per_epoch = (order.size() + options.batch_size - 1) / options.batch_size;
    BestEpoch<typename Net::scalar_type> best(options.early_stopping);
    TrainHistory history;
    for (std::uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
        epoch_order(seed, epoch, order);
        double sum = 0, factor = 1;
        for (std::size_t first = 0; first < order.size(); first += options.batch_size) {
            const auto size = std::min(options.batch_size, order.size() - first);
            const auto samples = std::span<const std::uint32_t>(order).subspan(first, size);
            batch.fill(data, samples, corruption, {noise, Stream::train_noise, epoch});
            factor = options.learning_rate.factor({history.steps, steps_per_epoch, options.epochs});
            const double loss = trainer.step(batch.images(), batch.labels(), {seed, epoch, samples}, factor);
            sum += loss * static_cast<double>(size);
            ++history.steps;
        }
        EpochReport report{.epoch = epoch, .loss = sum / static_cast<double>(order.size())};
        report.learning_rate = trainer.lr() * factor;
        history.loss.push_back(report.loss);
        const bool finite = std::isfinite(report.loss);
        if (options.validation && finite) {
            report.validation =
                evaluate(net, *options.validation, BasicEvaluateOptions<LossType>{.loss = options.loss});
            history.validation.push_back(*report.validation);
            best.take(epoch, report.validation->accuracy, net.parameters(), history);
        }
        const bool asked = options.on_epoch && options.on_epoch(report);
        if (!finite) {
            history.status = TrainStatus::diverged;
            break;
        }
        if ((asked || best.out_of_patience(epoch)) && epoch + 1 < options.epochs) {
            history.status = TrainStatus::stopped_early;
            break;
        }
    }
    best.restore(net.parameters());
    return history;
}

}  // namespace detail

/// Trains `net` on `data` seen through `corruption`: every epoch in a new order and with new noise. The result is a
/// pure function of the arguments, in float on any number of threads. Throws std::invalid_argument for options, data or
/// a corruption that do not fit.
template <Network Net, Corruption C, class LossType = Loss, class Rule = Optimizer>
TrainHistory train(Net& net, const Dataset& data, const C& corruption,
                   const BasicTrainOptions<LossType, Rule>& options = {}) {
    options.validate();
    corruption.validate();
    detail::check_fit("train", net, data);
    if (options.validation) detail::check_fit("train (validation)", net, *options.validation);
    return with_threads(options.threads, [&] { return detail::train_here(net, data, corruption, options); });
}

}  // namespace pstar
