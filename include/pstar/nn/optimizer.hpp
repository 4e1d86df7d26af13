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

/// An optimiser at work on one set of parameters: its moments and its step count.
template <class Scalar>
class OptimizerState {
public:
    OptimizerState(const Optimizer& optimizer, std::size_t size) : optimizer_(optimizer) {
        std::visit([](const auto& rule) { rule.validate(); }, optimizer_);
        const auto n = static_cast<Eigen::Index>(size);
        const auto* sgd = std::get_if<Sgd>(&optimizer_);
        if (!sgd || sgd->momentum != 0) first_.setZero(n);
        if (!sgd) second_.setZero(n);
    }

    /// One update of `values` by the loss's `gradients`, in one pass over memory. Allocates nothing.
    [[gnu::noinline]]  // inlined into code with arrays of known small size, g++ 12 warns of vector loads it never runs
    void
    step(std::span<Scalar> values, std::span<const Scalar> gradients) {
        require(values.size() == gradients.size(), "OptimizerState::step", "gradients.size()", gradients.size(),
                "equal the number of parameters");
        ++steps_;
        constexpr std::size_t block = 2048;  // fits the first cache: each array goes through memory once
        for (std::size_t i = 0; i < values.size(); i += block) {
            const auto n = static_cast<Eigen::Index>(std::min(block, values.size() - i));
            const Segment segment{values.data() + i, gradients.data() + i, static_cast<Eigen::Index>(i), n};
            std::visit([&](const auto& rule) { update(rule, segment); }, optimizer_);
        }
    }
    std::size_t steps() const { return steps_; }

private:
    struct Segment {
        Scalar* values;
        const Scalar* gradients;
        Eigen::Index first, size;
    };
    static Scalar real(double x) { return static_cast<Scalar>(x); }

    void update(const Sgd& rule, const Segment& s) {
        auto w = VectorMap<Scalar>(s.values, s.size).array();
        const auto g = ConstVectorMap<Scalar>(s.gradients, s.size).array();
        const Scalar lr = real(rule.lr), decay = real(rule.weight_decay), mu = real(rule.momentum);
        if (rule.momentum == 0) {
            w -= lr * (g + decay * w);
            return;
        }
        auto v = first_.segment(s.first, s.size).array();
        if (rule.weight_decay == 0)
            v = mu * v + g;
        else
            v = mu * v + (g + decay * w);
        w -= lr * v;
    }
    void update(const Adam& rule, const Segment& s) {
        auto w = VectorMap<Scalar>(s.values, s.size).array();
        const auto g = ConstVectorMap<Scalar>(s.gradients, s.size).array();
        auto m = first_.segment(s.first, s.size).array(), v = second_.segment(s.first, s.size).array();
        const double t = static_cast<double>(steps_);
        const Scalar step_size = real(rule.lr / (1 - std::pow(rule.beta1, t)));
        const Scalar scale = real(1 / std::sqrt(1 - std::pow(rule.beta2, t)));
        const Scalar decay = real(rule.weight_decay);
        m = real(rule.beta1) * m + real(1 - rule.beta1) * (g + decay * w);
        v = real(rule.beta2) * v + real(1 - rule.beta2) * (g + decay * w).square();
        w -= step_size * m / (v.sqrt() * scale + real(rule.eps));
    }

    Optimizer optimizer_;
    Vector<Scalar> first_, second_;  // velocity (SGD) or first moment; second moment
    std::size_t steps_ = 0;
};

}  // namespace pstar
