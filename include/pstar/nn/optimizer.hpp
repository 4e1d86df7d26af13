#pragma once

#include <cmath>
#include <cstddef>
#include <variant>

#include <pstar/core/error.hpp>
#include <pstar/nn/detail/optimizer_kernels.hpp>
#include <pstar/nn/update_rule.hpp>

namespace pstar {

/// Stochastic gradient descent with momentum, the update of PyTorch's SGD:
///     g <- g + weight_decay w;   v <- momentum v + g;   w <- w - lr v
struct Sgd {
    double lr = 1e-3;         ///< learning rate, > 0
    double momentum = 0;      ///< in [0, 1)
    double weight_decay = 0;  ///< L2 penalty weight_decay/2 |w|^2, >= 0
    /// Numbers kept of each parameter; the velocity is in the gradients' buffer.
    static constexpr std::size_t moments = 0;

    void validate() const {
        require(lr > 0 && std::isfinite(lr), "Sgd", "lr", lr, "be positive and finite");
        require(momentum >= 0 && momentum < 1, "Sgd", "momentum", momentum, "lie in [0, 1)");
        require(weight_decay >= 0 && std::isfinite(weight_decay), "Sgd", "weight_decay", weight_decay,
                "be finite and not negative");
    }
    /// The velocity is accumulated by the backward sweep itself: the buffer holds momentum v + g when the step is
    /// taken.
    double carry() const { return momentum; }

    /// Writes the new weights of a block.
    template <class Scalar>
    void update(const UpdateBlock<Scalar>& block) const {
        auto w = block.values(), v = block.gradient();
        PSTAR_KERNEL(sgd_step(static_cast<std::size_t>(w.size()), w.data(), v.data(), static_cast<Scalar>(weight_decay),
                              static_cast<Scalar>(block.lr())));
    }
};

/// Adam, the update of PyTorch's Adam (Kingma & Ba, arXiv:1412.6980, algorithm 1) with L2 weight decay:
///     g <- g + weight_decay w;   m <- beta1 m + (1-beta1) g;   v <- beta2 v + (1-beta2) g^2
///     w <- w - lr m/(1-beta1^t) / (sqrt(v/(1-beta2^t)) + eps)
struct Adam {
    double lr = 1e-3;                          ///< learning rate, > 0
    double beta1 = 0.9, beta2 = 0.999;         ///< in [0, 1)
    double eps = 1e-8;                         ///< > 0
    double weight_decay = 0;                   ///< L2 penalty (not decoupled), >= 0
    static constexpr std::size_t moments = 2;  ///< numbers kept of each parameter: m and v

    void validate() const {
        require(lr > 0 && std::isfinite(lr), "Adam", "lr", lr, "be positive and finite");
        require(beta1 >= 0 && beta1 < 1, "Adam", "beta1", beta1, "lie in [0, 1)");
        require(beta2 >= 0 && beta2 < 1, "Adam", "beta2", beta2, "lie in [0, 1)");
        require(eps > 0, "Adam", "eps", eps, "be positive");
        require(weight_decay >= 0 && std::isfinite(weight_decay), "Adam", "weight_decay", weight_decay,
                "be finite and not negative");
    }

    /// Writes the new weights and moments of a block.
    template <class Scalar>
    void update(const UpdateBlock<Scalar>& block) const {
        const auto real = [](double x) { return static_cast<Scalar>(x); };
        auto w = block.values(), g = block.gradient(), m = block.moment(0), v = block.moment(1);
        const double t = static_cast<double>(block.step());
        const Scalar step_size = real(block.lr() / (1 - std::pow(beta1, t)));
        const Scalar scale = real(1 / std::sqrt(1 - std::pow(beta2, t)));
        PSTAR_KERNEL(adam_step<Scalar>({static_cast<std::size_t>(w.size()), w.data(), g.data(), m.data(), v.data()},
                                       {real(weight_decay), real(beta1), real(1 - beta1), real(beta2), real(1 - beta2),
                                        step_size, scale, real(eps)}));
    }
};

/// A built-in rule, chosen when the program runs.
using Optimizer = std::variant<Sgd, Adam>;

static_assert(UpdateRule<Sgd> && UpdateRule<Adam, double>);

}  // namespace pstar
