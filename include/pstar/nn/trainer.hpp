#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/label.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/optimizer_state.hpp>

namespace pstar {

/// A network in training: tape and optimiser state, reused, so that a step allocates nothing once the first of its size
/// is done. For loops of your own; `train` is the usual one. `LossType` is a built-in `Loss` or a `LossFunction`,
/// `Rule` a built-in `Optimizer` or an `UpdateRule`: `Trainer trainer(net, Sgd{.lr = 0.1}, MarginLoss{})`.
template <Network Net, class LossType = Loss, class Rule = Optimizer>
class Trainer {
public:
    /// The type of the network's numbers.
    using Scalar = typename Net::scalar_type;
    static_assert(AnyLoss<LossType, Scalar>,
                  "Trainer: the loss is a pstar::Loss or a LossFunction, loss(logits, labels) -> Variable");
    static_assert(std::same_as<Rule, Optimizer> || UpdateRule<Rule, Scalar>,
                  "Trainer: the optimiser is a pstar::Optimizer or an UpdateRule");

    /// Refers to `net`, which must outlive the trainer.
    Trainer(Net& net, const Rule& optimizer, LossType loss = {})
        : net_(net), loss_(loss), optimizer_(optimizer, net.parameters()) {}

    /// One step on images (N, inputs) with their labels, with `lr_factor` times the optimiser's learning rate; returns
    /// the loss before it. `pass` says which samples they are, for networks with a training mode.
    double step(View<const Scalar> images, std::span<const Label> labels, const TrainingPass& pass,
                double lr_factor = 1) {
        tape_.clear();
        const auto leaves = net_.parameters().record(tape_, optimizer_.gradients(), optimizer_.carry());
        const auto logits = detail::training_logits(net_, tape_.constant(images), leaves, pass);
        const auto value = loss(loss_, logits, labels);
        tape_.backward(value);
        optimizer_.step(net_.parameters().values(), lr_factor);
        return static_cast<double>(value.item());
    }
    /// The same; what is random in a training mode is drawn again in each step, as in epoch `steps()` of Seed{0}.
    double step(View<const Scalar> images, std::span<const Label> labels) {
        return step(images, labels, {.epoch = static_cast<std::uint32_t>(steps())});
    }
    /// Steps taken.
    std::size_t steps() const { return optimizer_.steps(); }
    /// The optimiser's learning rate, before any factor.
    double lr() const { return optimizer_.lr(); }
    /// For checkpoints: `named()` and `set_steps()`.
    OptimizerState<Scalar, Rule>& optimizer() { return optimizer_; }
    /// Bytes held for the tape and the optimiser, parameters not included.
    std::size_t memory() const { return tape_.memory() + optimizer_.memory(); }

private:
    Net& net_;
    LossType loss_;
    OptimizerState<Scalar, Rule> optimizer_;
    Tape<Scalar> tape_;
};

}  // namespace pstar
