#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/matrix.hpp>
#include <pstar/core/named_tensor.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/nn/optimizer.hpp>
#include <pstar/nn/parameters.hpp>
#include <pstar/nn/update_rule.hpp>

namespace pstar {

namespace detail {

template <class Rule>
inline constexpr bool is_variant = false;
template <class... Rules>
inline constexpr bool is_variant<std::variant<Rules...>> = true;

/// body(rule), with the rule that a variant holds.
template <class Rule, class Body>
decltype(auto) with_rule(const Rule& rule, const Body& body) {
    if constexpr (is_variant<Rule>)
        return std::visit(body, rule);
    else
        return body(rule);
}
template <class Rule>
double carry_of(const Rule& rule) {
    if constexpr (requires { rule.carry(); }) return rule.carry();
    return 0;
}

}  // namespace detail

/// The state of an optimiser for one set of parameters: its moments, its step count and the buffer that backward writes
/// to. `Rule` is an `UpdateRule` or a variant of some, as `Optimizer` is.
///
/// What a rule carries over (SGD's velocity) is accumulated by the backward sweep itself: with `gradients() <- carry()
/// gradients() + new gradient`, the buffer holds momentum v + g when the step is taken, and no pass over memory is
/// spent on it. The learning rate is no part of it, so it may change from step to step.
template <class Scalar, class Rule = Optimizer>
class OptimizerState {
public:
    /// For so many parameters; throws what the rule's `validate` throws.
    OptimizerState(const Rule& rule, std::size_t size) : rule_(rule) {
        const auto moments = detail::with_rule(rule_, []<class R>(const R& one) {
            static_assert(R::moments <= UpdateBlock<Scalar>::max_moments, "UpdateRule: keep at most 4 moments");
            one.validate();
            return R::moments;
        });
        gradients_.setZero(static_cast<Eigen::Index>(size));
        moments_.setZero(static_cast<Eigen::Index>(moments * size));
    }

    /// For the parameters of a network: threads share out each tensor as the layers do, so that a thread finds what it
    /// updates in its own cache.
    OptimizerState(const Rule& rule, const Parameters<Scalar>& parameters) : OptimizerState(rule, parameters.size()) {
        for (std::size_t i = 0; i < parameters.count(); ++i)
            ends_.push_back(parameters[i].size() + (i ? ends_[i - 1] : 0));
    }

    /// Where the next gradient goes, and the share of what is there that it is added to.
    std::span<Scalar> gradients() { return {gradients_.data(), static_cast<std::size_t>(gradients_.size())}; }
    /// What share of the last gradient the next backward sweep is added to.
    Scalar carry() const {
        return detail::with_rule(rule_, [](const auto& rule) { return static_cast<Scalar>(detail::carry_of(rule)); });
    }
    /// One update of `values` by the gradients in the buffer, in one pass over memory, with `lr_factor` times the
    /// rule's learning rate. Allocates nothing.
    [[gnu::noinline]]  // inlined into code with arrays of known small size, g++ 12 warns of vector loads it never runs
    void
    step(std::span<Scalar> values, double lr_factor = 1) {
        require(values.size() == gradients().size(), "OptimizerState::step", "values.size()", values.size(),
                "equal the number of parameters the optimiser was made for");
        ++steps_;
        detail::with_rule(rule_, [&](const auto& rule) { update(rule, values, rule.lr * lr_factor); });
    }
    /// The same with a gradient from elsewhere.
    void step(std::span<Scalar> values, std::span<const Scalar> gradient, double lr_factor = 1) {
        require(gradient.size() == gradients().size(), "OptimizerState::step", "gradient.size()", gradient.size(),
                "equal the number of parameters");
        const Scalar kept = carry();
        for (std::size_t i = 0; i < gradient.size(); ++i) gradients()[i] = kept * gradients()[i] + gradient[i];
        step(values, lr_factor);
    }
    /// Steps taken so far.
    std::size_t steps() const { return steps_; }
    /// All that changes from step to step, with names, for checkpoints; the number of steps is set apart.
    std::vector<NamedTensor<Scalar>> named() {
        const auto tensor = [](const char* name, Vector<Scalar>& values) {
            const auto size = static_cast<std::size_t>(values.size());
            return NamedTensor<Scalar>{name, {size}, {values.data(), size}};
        };
        return {tensor("optimizer.gradients", gradients_), tensor("optimizer.moments", moments_)};
    }
    /// Goes on as if so many steps had been taken.
    void set_steps(std::size_t steps) { steps_ = steps; }
    /// The rule's learning rate, before any schedule.
    double lr() const {
        return detail::with_rule(rule_, [](const auto& rule) { return static_cast<double>(rule.lr); });
    }
    /// Bytes of the gradients and moments.
    std::size_t memory() const {
        return sizeof(Scalar) * static_cast<std::size_t>(gradients_.size() + moments_.size());
    }

private:
    template <class R>
    void update(const R& rule, std::span<Scalar> values, double lr) {
        constexpr std::size_t block = 2048;  // fits the first cache: each array goes through memory once
        const auto some = [&](std::size_t first, std::size_t last) {
            std::array<Scalar*, UpdateBlock<Scalar>::max_moments> moments{};
            for (std::size_t i = first; i < last; i += block) {
                for (std::size_t k = 0; k < R::moments; ++k) moments[k] = moments_.data() + k * values.size() + i;
                rule.update(UpdateBlock<Scalar>(values.data() + i, gradients_.data() + i, moments,
                                                std::min(block, last - i), lr, steps_));
            }
        };
        const std::size_t size = values.size();
        const auto ends = ends_.empty() ? std::span(&size, 1) : std::span(ends_);
        const auto parts =
            std::clamp<std::size_t>(values.size() / (detail::elements_grain / 4), 1, detail::thread_budget().threads);
        detail::for_ranges(parts, 1, 1, [&](std::size_t part, std::size_t last_part) {
            for (; part < last_part; ++part)
                for (std::size_t t = 0, first = 0; t < ends.size(); first = (ends[t++] + block - 1) / block) {
                    const auto blocks = (ends[t] + block - 1) / block - first;  // those that begin in the tensor
                    some((first + blocks * part / parts) * block,
                         std::min((first + blocks * (part + 1) / parts) * block, values.size()));
                }
        });
    }

    Rule rule_;
    std::vector<std::size_t> ends_;       // of the tensors, if they are known
    Vector<Scalar> gradients_, moments_;  // moments, one array after the other
    std::size_t steps_ = 0;
};

}  // namespace pstar
