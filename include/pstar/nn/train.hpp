#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <sstream>
#include <string>
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
#include <pstar/nn/training_keeper.hpp>

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

    void describe(TrainingProgress& progress) const {
        if (waiting_from_)
            progress.grown_epoch = waiting_from_->epoch, progress.grown_accuracy = waiting_from_->accuracy;
        progress.has_best = kept_.has_value();
    }
    /// `kept` are the best epoch's parameters, if they are kept.
    void resume(const TrainingProgress& progress, std::optional<Parameters<Scalar>> kept) {
        if (progress.grown_epoch) waiting_from_ = {*progress.grown_epoch, progress.grown_accuracy};
        kept_ = std::move(kept);
    }
    Parameters<Scalar>* kept() { return kept_ ? &*kept_ : nullptr; }

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
        if (options_.keeper) resume();
        for (; epoch_ < options_.epochs && history_.status == TrainStatus::finished; ++epoch_) {
            epoch_order(Seed{options_.seed}, epoch_, order_);
            steps(std::exchange(first_step_, 0));
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
    /// The steps of the epoch from number `first` on.
    void steps(std::size_t first) {
        const auto fill = [this](std::size_t n, Batch<Scalar>& batch) {
            batch.fill(source_, samples(n), corruption_, {noise_, Stream::train_noise, epoch_});
        };
        if (options_.prefetch > 0) {
            BatchQueue<Scalar> queue(first, steps_per_epoch_, options_.prefetch, fill);
            for (std::size_t n = first; n < steps_per_epoch_; ++n) step(n, queue.next());
            return;
        }
        for (std::size_t n = first; n < steps_per_epoch_; ++n) {
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
        if (options_.keeper && options_.keeper->is_due()) keep(n + 1);
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

    /// What tells trainings apart as far as it is known here.
    std::string settings() const {
        std::ostringstream text;
        text.precision(17);
        text << order_.size() << " images, batch size " << options_.batch_size << ", " << options_.epochs
             << " epochs, seed " << options_.seed << ", strength " << corruption_.strength() << ", noise seed "
             << noise_.value << ", learning rate " << trainer_.lr() << ", validation on "
             << (options_.validation ? options_.validation->size() : 0);
        return text.str();
    }
    /// All tensors of the training; `best` are the best epoch's parameters, if they are kept.
    std::vector<NamedTensor<Scalar>> tensors(Parameters<Scalar>* best) {
        auto all = net_.parameters().named();
        const auto add = [&](std::vector<NamedTensor<Scalar>> more) {
            all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
        };
        add(trainer_.optimizer().named());
        if (!best) return all;
        auto of_best = best->named();
        for (auto& tensor : of_best) tensor.name = "best." + tensor.name;
        add(std::move(of_best));
        return all;
    }
    void keep(std::size_t steps_done) {
        TrainingProgress progress{
            .epoch = epoch_, .step = steps_done, .loss_sum = sum_, .lr_factor = factor_, .history = history_};
        best_.describe(progress);
        options_.keeper->save(progress, std::span<const NamedTensor<Scalar>>(tensors(best_.kept())));
    }
    /// Goes on from what the keeper has, if it has something.
    void resume() {
        auto found = options_.keeper->find(settings());
        if (!found) return;
        std::optional<Parameters<Scalar>> best;
        if (found->has_best) best = net_.parameters();
        if (!options_.keeper->restore(std::span<const NamedTensor<Scalar>>(tensors(best ? &*best : nullptr)))) return;
        best_.resume(*found, std::move(best));
        epoch_ = found->epoch, first_step_ = found->step;
        sum_ = found->loss_sum, factor_ = found->lr_factor;
        history_ = std::move(found->history);
        trainer_.optimizer().set_steps(history_.steps);
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
    std::size_t first_step_ = 0;   // of the epoch that is done next
    double sum_ = 0, factor_ = 1;  // of the losses in the epoch; of the learning rate in the last step
};

}  // namespace detail

/// Trains `net` on `data`, a `Dataset` or another `TrainingSource`, seen through `corruption`: every epoch in a new
/// order and with new noise. The result is a pure function of the arguments, in float on any number of threads; a
/// source that draws the images of a `Dataset` gives the weights of that data set. Four bytes for each image are needed
/// beside the source, for their order. With a `TrainingKeeper` that has a part of this training it goes on from
/// there, to the same weights and history; `on_epoch` is called for the other epochs alone, and all of a network's
/// state must be in its parameters and buffers. Throws std::invalid_argument for options, data or a corruption that do
/// not fit.
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
