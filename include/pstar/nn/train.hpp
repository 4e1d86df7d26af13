#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/batch_queue.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/training_source.hpp>
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

/// A training that is being done, in the calling thread's budget of threads.
template <Network Net, TrainingSource Source, Corruption C, class LossType, class Rule>
class RunningTraining {
public:
    RunningTraining(Net& net, const Source& source, const C& corruption,
                    const BasicTrainOptions<LossType, Rule>& options)
        : net_(net),
          source_(source),
          corruption_(corruption),
          options_(options),
          noise_(noise_seed(Seed{options.seed}, corruption, options.noise)),
          trainer_(net, options.optimizer, options.loss),
          order_(source.size()),
          steps_per_epoch_((order_.size() + options.batch_size - 1) / options.batch_size),
          best_(options.early_stopping) {}

    TrainHistory run() {
        for (; epoch_ < options_.epochs && history_.status == TrainStatus::finished; ++epoch_) {
            epoch_order(Seed{options_.seed}, epoch_, order_);
            steps();
            end_epoch();
        }
        best_.restore(net_.parameters());
        return std::move(history_);
    }

private:
    using Scalar = typename Net::scalar_type;

    std::span<const std::uint32_t> samples(std::size_t n) const {
        const auto first = n * options_.batch_size;
        return std::span(order_).subspan(first, std::min(options_.batch_size, order_.size() - first));
    }
    /// All steps of the epoch.
    void steps() {
        const auto fill = [this](std::size_t n, Batch<Scalar>& batch) {
            batch.fill(source_, samples(n), corruption_, {noise_, Stream::train_noise, epoch_});
        };
        if (options_.prefetch > 0) {
            BatchQueue<Scalar> queue(0, steps_per_epoch_, options_.prefetch, fill);
            for (std::size_t n = 0; n < steps_per_epoch_; ++n) step(n, queue.next());
            return;
        }
        for (std::size_t n = 0; n < steps_per_epoch_; ++n) {
            fill(n, batch_);
            step(n, batch_);
        }
    }
    void step(std::size_t n, const Batch<Scalar>& batch) {
        factor_ = options_.learning_rate.factor({history_.steps, steps_per_epoch_, options_.epochs});
        const double loss =
            trainer_.step(batch.images(), batch.labels(), {Seed{options_.seed}, epoch_, samples(n)}, factor_);
        sum_ += loss * static_cast<double>(batch.labels().size());
        ++history_.steps;
    }
    /// What is done and decided between two epochs.
    void end_epoch() {
        EpochReport report{.epoch = epoch_,
                           .loss = std::exchange(sum_, 0) / static_cast<double>(order_.size()),
                           .learning_rate = trainer_.lr() * factor_};
        history_.loss.push_back(report.loss);
        const bool finite = std::isfinite(report.loss);
        if (options_.validation && finite) {
            report.validation =
                evaluate(net_, *options_.validation, BasicEvaluateOptions<LossType>{.loss = options_.loss});
            history_.validation.push_back(*report.validation);
            best_.take(epoch_, report.validation->accuracy, net_.parameters(), history_);
        }
        const bool asked = options_.on_epoch && options_.on_epoch(report);
        if (!finite)
            history_.status = TrainStatus::diverged;
        else if ((asked || best_.out_of_patience(epoch_)) && epoch_ + 1 < options_.epochs)
            history_.status = TrainStatus::stopped_early;
    }

    Net& net_;
    const Source& source_;
    const C& corruption_;
    const BasicTrainOptions<LossType, Rule>& options_;
    Seed noise_;
    Trainer<Net, LossType, Rule> trainer_;
    Batch<Scalar> batch_;
    std::vector<std::uint32_t> order_;
    std::size_t steps_per_epoch_;
    BestEpoch<Scalar> best_;
    TrainHistory history_;
    std::uint32_t epoch_ = 0;
    double sum_ = 0, factor_ = 1;  // of the losses in the epoch; of the learning rate in the last step
};

}  // namespace detail

/// Trains `net` on `data`, a `Dataset` or another `TrainingSource`, seen through `corruption`: every epoch in a new
/// order and with new noise. The result is a pure function of the arguments, in float on any number of threads; a
/// source that draws the images of a `Dataset` gives the weights of that data set. Four bytes for each image are needed
/// beside the source, for their order. Throws std::invalid_argument for options, data or a corruption that do not fit.
template <Network Net, TrainingSource Source, Corruption C, class LossType = Loss, class Rule = Optimizer>
TrainHistory train(Net& net, const Source& data, const C& corruption,
                   const BasicTrainOptions<LossType, Rule>& options = {}) {
    options.validate();
    corruption.validate();
    detail::check_fit("train", net, data);
    if (options.validation) detail::check_fit("train (validation)", net, *options.validation);
    return with_threads(options.threads, [&] {
        return detail::RunningTraining<Net, Source, C, LossType, Rule>(net, data, corruption, options).run();
    });
}

}  // namespace pstar
