#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <type_traits>
#include <variant>

#include <pstar/core/error.hpp>

namespace pstar {

/// Where a training is, in steps of the optimiser.
struct TrainingTime {
    std::size_t step = 0;             ///< steps already taken: 0, 1, ...
    std::size_t steps_per_epoch = 1;  ///< at least 1
    std::size_t epochs = 1;           ///< of the whole training
    double warmup_steps = 0;          ///< steps that the warm-up takes, see `LearningRate`

    /// The epoch of the step, 0, 1, ...
    std::size_t epoch() const { return step / steps_per_epoch; }
    /// How much of the training behind the warm-up is done: 0 up to its end, 1 after the last step.
    double progress() const {
        const double rest = static_cast<double>(steps_per_epoch * epochs) - warmup_steps;
        return rest > 0 ? std::clamp((static_cast<double>(step) - warmup_steps) / rest, 0.0, 1.0) : 0;
    }
};

/// factor = 1
struct ConstantRate {
    void validate() const {}
    /// 1
    double operator()(const TrainingTime&) const { return 1; }
};

/// factor^floor(epoch/every), constant within an epoch: PyTorch's StepLR.
struct StepDecay {
    double factor = 0.1;     ///< in (0, 1]
    std::size_t every = 10;  ///< epochs, at least 1

    void validate() const {
        require(factor > 0 && factor <= 1, "StepDecay", "factor", factor, "lie in (0, 1]");
        require(every >= 1, "StepDecay", "every", every, "be at least 1");
    }
    /// The factor at that step.
    double operator()(const TrainingTime& time) const {
        return std::pow(factor, static_cast<double>(time.epoch() / every));
    }
};

/// end + (1 - end) (1 + cos(pi t))/2 with t = progress(): PyTorch's CosineAnnealingLR, step by step.
/// Source: Loshchilov & Hutter, arXiv:1608.03983, equation 5, without restarts.
struct CosineDecay {
    double end = 0;  ///< in [0, 1]

    void validate() const { require(end >= 0 && end <= 1, "CosineDecay", "end", end, "lie in [0, 1]"); }
    /// The factor at that step.
    double operator()(const TrainingTime& time) const {
        return end + (1 - end) * (1 + std::cos(std::numbers::pi * time.progress())) / 2;
    }
};

/// A factor of your own; its values must be finite and not negative.
using RateFunction = std::function<double(const TrainingTime&)>;

/// How the learning rate changes: step t uses lr_t = lr factor(t), lr being the optimiser's own.
///     {.decay = CosineDecay{.end = 0.01}, .warmup_epochs = 2}
/// In a warm-up the factor is also multiplied by (step + 1)/(warmup_epochs steps_per_epoch), which grows to 1.
struct LearningRate {
    /// Factor of an epoch or a step.
    std::variant<ConstantRate, StepDecay, CosineDecay, RateFunction> decay = ConstantRate{};
    double warmup_epochs = 0;  ///< finite, at least 0; may be a fraction

    void validate() const {
        require(warmup_epochs >= 0 && std::isfinite(warmup_epochs), "LearningRate", "warmup_epochs", warmup_epochs,
                "be finite and not negative");
        std::visit(
            []<class Decay>(const Decay& rule) {
                if constexpr (std::is_same_v<Decay, RateFunction>)
                    require(static_cast<bool>(rule), "LearningRate", "decay", "empty", "be a function or a rule");
                else
                    rule.validate();
            },
            decay);
    }
    /// The factor of step `time.step`; the warm-up's steps are filled in here. Throws std::invalid_argument where one's
    /// own function gives what is negative, infinite or NaN.
    double factor(TrainingTime time) const {
        time.warmup_steps = warmup_epochs * static_cast<double>(time.steps_per_epoch);
        const double factor = std::visit([&](const auto& rule) { return static_cast<double>(rule(time)); }, decay);
        require(factor >= 0 && std::isfinite(factor), "LearningRate", "a factor", factor, "be finite and not negative");
        const double taken = static_cast<double>(time.step) + 1;
        return taken < time.warmup_steps ? factor * (taken / time.warmup_steps) : factor;
    }
};

}  // namespace pstar
