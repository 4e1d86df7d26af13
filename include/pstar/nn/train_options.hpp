#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/learning_rate.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/optimizer_state.hpp>
#include <pstar/nn/train_history.hpp>
#include <pstar/nn/training_keeper.hpp>

namespace pstar {

/// What happened in one pass over the training data.
struct EpochReport {
    std::size_t epoch = 0;                      ///< 0, 1, ...
    double loss = 0;                            ///< mean over the epoch's samples of the loss when each batch was seen
    std::optional<Evaluation> validation = {};  ///< after the epoch; nothing without TrainOptions::validation
    double learning_rate = 0;                   ///< of the epoch's last step
};

/// What is called after each epoch: any callable that takes an `EpochReport`. Where it returns bool, true stops the
/// training after this epoch; otherwise it returns nothing.
class EpochCallback {
public:
    EpochCallback() = default;
    /// From a function of `EpochReport` that returns nothing, or true to stop.
    template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, EpochCallback> && std::invocable<F&, const EpochReport&>)
        EpochCallback(F&& f) {
        using Result = std::invoke_result_t<F&, const EpochReport&>;
        static_assert(std::is_void_v<Result> || std::same_as<Result, bool>,
                      "on_epoch: return nothing, or a bool: true stops the training");
        if constexpr (std::is_void_v<Result>)
            call_ = [g = std::forward<F>(f)](const EpochReport& report) mutable { return g(report), false; };
        else
            call_ = std::forward<F>(f);
    }

    explicit operator bool() const { return static_cast<bool>(call_); }
    /// Whether to stop.
    bool operator()(const EpochReport& report) const { return call_(report); }

private:
    std::function<bool(const EpochReport&)> call_;
};

/// Stops a training whose accuracy on TrainOptions::validation no longer grows: after `patience` epochs in a row of
/// which none exceeds the best one so far by more than `min_increase`.
struct EarlyStopping {
    std::size_t patience = 5;  ///< epochs, at least 1
    double min_increase = 0;   ///< of the accuracy, in [0, 1)
    bool restore_best = true;  ///< whether the network ends with the parameters of the best epoch

    void validate() const {
        require(patience >= 1, "EarlyStopping", "patience", patience, "be at least 1");
        require(min_increase >= 0 && min_increase < 1, "EarlyStopping", "min_increase", min_increase, "lie in [0, 1)");
    }
};

namespace detail {
template <class Rule>
Rule default_rule() {
    if constexpr (std::same_as<Rule, Optimizer>)
        return Adam{};
    else
        return Rule{};
}
}  // namespace detail

/// How to train. `LossType` is a built-in `Loss` or a `LossFunction` of your own, `Rule` a built-in `Optimizer` or an
/// `UpdateRule` of your own: `BasicTrainOptions<MarginLoss>{.epochs = 5}`; see `TrainOptions` for the built-in ones.
template <class LossType = Loss, class Rule = Optimizer>
struct BasicTrainOptions {
    std::size_t epochs = 10;                        ///< passes over the data
    std::size_t batch_size = 128;                   ///< samples per step; the last batch of an epoch may be shorter
    Rule optimizer = detail::default_rule<Rule>();  ///< Adam, if it is an `Optimizer`
    LossType loss = {};                             ///< cross-entropy, if it is a `Loss`
    std::uint64_t seed = 0;                         ///< of the order of samples, of the noise and of dropout
    Noise noise = Noise::common;                    ///< whether different strengths share their uniforms
    EpochCallback on_epoch = {};                    ///< called after each epoch; may stop the training
    LearningRate learning_rate = {};                ///< how the optimiser's learning rate changes
    const Dataset* validation = nullptr;            ///< clean images evaluated after each epoch, if given; outlive it
    std::optional<EarlyStopping> early_stopping = {};  ///< needs `validation`
    std::size_t threads = 1;   ///< 0: all cores; see `with_threads`. In float no bit depends on it
    std::size_t prefetch = 0;  ///< batches that a second thread draws and corrupts ahead; 0: none. Changes no bit
    TrainingKeeper* keeper = nullptr;  ///< keeps the training, and has what there was of it; outlives the call

    void validate() const {
        require(epochs <= std::uint32_t(-1), "TrainOptions", "epochs", epochs, "be below 2^32: so many draws differ");
        require(batch_size >= 1, "TrainOptions", "batch_size", batch_size, "be at least 1");
        detail::with_rule(optimizer, [](const auto& rule) { rule.validate(); });
        learning_rate.validate();
        require(prefetch <= 1024, "TrainOptions", "prefetch", prefetch, "be at most 1024");
        if (!early_stopping) return;
        early_stopping->validate();
        require(validation != nullptr, "TrainOptions", "validation", "null",
                "be a data set where early_stopping is given");
    }
};
/// The usual options: a built-in loss and rule.
using TrainOptions = BasicTrainOptions<>;

}  // namespace pstar
