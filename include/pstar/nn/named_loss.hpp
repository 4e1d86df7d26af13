#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/nn/loss.hpp>

namespace pstar {

/// A loss chosen when the program runs: a built-in one, or a `LossFunction` of one's own under a name. It is a
/// `LossFunction` itself; one's own costs one indirect call a step.
///
///     pstar::NamedLoss loss("margin", MarginLoss{});
class NamedLoss {
public:
    /// A built-in loss.
    NamedLoss(Loss built_in = Loss::cross_entropy)  // NOLINT(google-explicit-constructor): `.loss = Loss::softmax_mse`
        : built_in_(built_in), name_(loss_names[static_cast<std::size_t>(built_in)]) {}
    /// `name` stands in journals and tables: another one where the loss is another. Throws `std::invalid_argument` for
    /// a name that is empty or that of a built-in loss.
    template <class F>
    requires LossFunction<F, float> NamedLoss(std::string name, F function)
        : name_(std::move(name)), in_float_(function) {
        require(!name_.empty(), "NamedLoss", "name", "''", "not be empty");
        for (const auto taken : loss_names)
            require(name_ != taken, "NamedLoss", "name", "'" + name_ + "'", "not be that of a built-in loss");
        if constexpr (LossFunction<F, double>) in_double_ = std::move(function);
    }

    /// The word in tables and journals.
    const std::string& name() const { return name_; }
    /// Whether it is one of `Loss`.
    bool is_built_in() const { return !in_float_; }
    Loss built_in() const { return built_in_; }  ///< where `is_built_in()`

    /// The loss of logits (N, K), a scalar. Throws `std::invalid_argument` for logits in double where the function
    /// takes float alone.
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> logits, std::span<const Label> labels) const {
        if (is_built_in()) return loss(built_in_, logits, labels);
        if constexpr (std::is_same_v<Scalar, float>) {
            return in_float_(logits, labels);
        } else {
            require(static_cast<bool>(in_double_), "NamedLoss", "the loss", "'" + name_ + "'", "take double as well");
            return in_double_(logits, labels);
        }
    }

private:
    Loss built_in_ = Loss::cross_entropy;
    std::string name_;
    std::function<Variable<float>(Variable<float>, std::span<const Label>)> in_float_;
    std::function<Variable<double>(Variable<double>, std::span<const Label>)> in_double_;
};

static_assert(LossFunction<NamedLoss, float> && LossFunction<NamedLoss, double>);

}  // namespace pstar
