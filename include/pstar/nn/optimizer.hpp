#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <variant>

#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

/// Stochastic gradient descent with momentum, the update of PyTorch's SGD:
///     g <- g + weight_decay w;   v <- momentum v + g;   w <- w - lr v
struct Sgd {
    double lr = 1e-3;         ///< learning rate, > 0
    double momentum = 0;      ///< in [0, 1)
    double weight_decay = 0;  ///< L2 penalty weight_decay/2 |w|^2, >= 0
    void validate() const {
        require(lr > 0 && std::isfinite(lr), "Sgd", "lr", lr, "be positive and finite");
        require(momentum >= 0 && momentum < 1, "Sgd", "momentum", momentum, "lie in [0, 1)");
        require(weight_decay >= 0 && std::isfinite(weight_decay), "Sgd", "weight_decay", weight_decay,
                "be finite and not negative");
    }
};

/// Adam, the update of PyTorch's Adam (Kingma & Ba, arXiv:1412.6980, algorithm 1) with L2 weight decay:
///     g <- g + weight_decay w;   m <- beta1 m + (1-beta1) g;   v <- beta2 v + (1-beta2) g^2
///     w <- w - lr m/(1-beta1^t) / (sqrt(v/(1-beta2^t)) + eps)
struct Adam {
    double lr = 1e-3;                   ///< learning rate, > 0
    double beta1 = 0.9, beta2 = 0.999;  ///< in [0, 1)
    double eps = 1e-8;                  ///< > 0
    double weight_decay = 0;            ///< L2 penalty (not decoupled), >= 0
    void validate() const {
        require(lr > 0 && std::isfinite(lr), "Adam", "lr", lr, "be positive and finite");
        require(beta1 >= 0 && beta1 < 1, "Adam", "beta1", beta1, "lie in [0, 1)");
        require(beta2 >= 0 && beta2 < 1, "Adam", "beta2", beta2, "lie in [0, 1)");
        require(eps > 0, "Adam", "eps", eps, "be positive");
        require(weight_decay >= 0 && std::isfinite(weight_decay), "Adam", "weight_decay", weight_decay,
                "be finite and not negative");
    }
};

using Optimizer = std::variant<Sgd, Adam>;

/// An optimiser at work on one set of parameters: its moments, its step count and the buffer that backward writes to.
///
/// SGD's velocity is accumulated by the backward sweep itself: with `gradients() <- carry() gradients() + new
/// gradient`, the buffer holds momentum v + g when the step is taken, and no pass over memory is spent on it.
template <class Scalar>
class OptimizerState {
public:
    OptimizerState(const Optimizer& optimizer, std::size_t size) : optimizer_(optimizer) {
        std::visit([](const auto& rule) { rule.validate(); }, optimizer_);
        const auto n = static_cast<Eigen::Index>(size);
        gradients_.setZero(n);
        if (std::holds_alternative<Adam>(optimizer_)) {
            first_.setZero(n);
            second_.setZero(n);
        }
    }

    /// Where the next gradient goes, and the share of what is there that it is added to.
    std::span<Scalar> gradients() { return {gradients_.data(), static_cast<std::size_t>(gradients_.size())}; }
    Scalar carry() const {
        const auto* sgd = std::get_if<Sgd>(&optimizer_);
        return sgd ? static_cast<Scalar>(sgd->momentum) : Scalar{0};
    }
    /// One update of `values` by the gradients in the buffer, in one pass over memory. Allocates nothing.
    [[gnu::noinline]]  // inlined into code with arrays of known small size, g++ 12 warns of vector loads it never runs
    void
    step(std::span<Scalar> values) {
        require(values.size() == gradients().size(), "OptimizerState::step", "values.size()", values.size(),
                "equal the number of parameters the optimiser was made for");
        ++steps_;
        constexpr std::size_t block = 2048;  // fits the first cache: each array goes through memory once
        for (std::size_t i = 0; i < values.size(); i += block) {
            const auto n = static_cast<Eigen::Index>(std::min(block, values.size() - i));
            const Segment segment{values.data() + i, static_cast<Eigen::Index>(i), n};
            std::visit([&](const auto& rule) { update(rule, segment); }, optimizer_);
        }
    }
    /// The same with a gradient from elsewhere.
    void step(std::span<Scalar> values, std::span<const Scalar> gradient) {
        require(gradient.size() == gradients().size(), "OptimizerState::step", "gradient.size()", gradient.size(),
                "equal the number of parameters");
        const Scalar kept = carry();
        for (std::size_t i = 0; i < gradient.size(); ++i) gradients()[i] = kept * gradients()[i] + gradient[i];
        step(values);
    }
    std::size_t steps() const { return steps_; }
    /// Bytes of the gradients and moments.
    std::size_t memory() const {
        return sizeof(Scalar) * static_cast<std::size_t>(gradients_.size() + first_.size() + second_.size());
    }

private:
    struct Segment {
        Scalar* values;
        Eigen::Index first, size;
    };
    static Scalar real(double x) { return static_cast<Scalar>(x); }

    void update(const Sgd& rule, const Segment& s) {
        auto w = VectorMap<Scalar>(s.values, s.size).array();
        auto v = gradients_.segment(s.first, s.size).array();
        if (rule.weight_decay != 0) v += real(rule.weight_decay) * w;
        w -= real(rule.lr) * v;
    }
    void update(const Adam& rule, const Segment& s) {
        auto w = VectorMap<Scalar>(s.values, s.size).array();
        auto g = gradients_.segment(s.first, s.size).array();
        auto m = first_.segment(s.first, s.size).array(), v = second_.segment(s.first, s.size).array();
        const double t = static_cast<double>(steps_);
        const Scalar step_size = real(rule.lr / (1 - std::pow(rule.beta1, t)));
        const Scalar scale = real(1 / std::sqrt(1 - std::pow(rule.beta2, t)));
        if (rule.weight_decay != 0) g += real(rule.weight_decay) * w;
        m = real(rule.beta1) * m + real(1 - rule.beta1) * g;
        v = real(rule.beta2) * v + real(1 - rule.beta2) * g.square();
        w -= step_size * m / (v.sqrt() * scale + real(rule.eps));
    }

    Optimizer optimizer_;
    Vector<Scalar> gradients_, first_, second_;  // Adam's moments in the latter two
    std::size_t steps_ = 0;
};

}  // namespace pstar
