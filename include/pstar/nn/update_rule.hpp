#pragma once

#include <array>
#include <concepts>
#include <cstddef>

#include <pstar/core/matrix.hpp>

namespace pstar {

/// What an update rule sees in one call: a block of consecutive parameters, small enough for the first cache.
template <class Scalar>
class UpdateBlock {
public:
    static constexpr std::size_t max_moments = 4;

    /// From pointers to numbers that outlive it; `step` counts from 1.
    UpdateBlock(Scalar* values, Scalar* gradient, std::array<Scalar*, max_moments> moments, std::size_t size, double lr,
                std::size_t step)
        : values_(values), gradient_(gradient), moments_(moments), size_(size), lr_(lr), step_(step) {}

    double lr() const { return lr_; }             ///< the learning rate of this step: the rule's own times the schedule
    std::size_t step() const { return step_; }    ///< 1, 2, ...
    auto values() const { return map(values_); }  ///< w, to be changed
    auto gradient() const { return map(gradient_); }               ///< g, or with `carry()` c v + g; may be changed
    auto moment(std::size_t k) const { return map(moments_[k]); }  ///< array k < Rule::moments; zero before step 1

private:
    auto map(Scalar* from) const { return VectorMap<Scalar>(from, static_cast<Eigen::Index>(size_)).array(); }

    Scalar *values_, *gradient_;
    std::array<Scalar*, max_moments> moments_;
    std::size_t size_;
    double lr_;
    std::size_t step_;
};

/// An optimiser's rule: how parameters w change by their gradients g, elementwise. It is an aggregate of settings,
/// stored by value; `moments` says how many arrays it keeps from step to step (velocities, squares). Members:
///     lr               its learning rate, which a `LearningRate` schedules
///     moments          static: the number of arrays of the parameters' size that are kept for it, at most 4
///     validate()       throws std::invalid_argument for settings that make no sense
///     update(block)    one step for a block of parameters: of float or double, hence a template
/// and, optionally, carry(): the share of the gradient buffer that stays for the next step (Sgd's momentum). Minimal:
///
///     struct SignDescent {
///         double lr = 1e-3;
///         static constexpr std::size_t moments = 0;
///         void validate() const { pstar::require(lr > 0, "SignDescent", "lr", lr, "be positive"); }
///         template <class Scalar>
///         void update(const pstar::UpdateBlock<Scalar>& b) const {
///             b.values() -= static_cast<Scalar>(b.lr()) * b.gradient().sign();
///         }
///     };
///
/// Used as `Trainer trainer(net, SignDescent{})` or `BasicTrainOptions<Loss, SignDescent>{.optimizer = {.lr = 1e-4}}`.
template <class Rule, class Scalar = float>
concept UpdateRule = requires(const Rule& rule, const UpdateBlock<Scalar>& block) {
    { rule.lr } -> std::convertible_to<double>;
    { Rule::moments } -> std::convertible_to<std::size_t>;
    rule.validate();
    rule.update(block);
};

}  // namespace pstar
