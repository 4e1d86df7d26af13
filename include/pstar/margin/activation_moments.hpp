#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include <pstar/autodiff/activation.hpp>
#include <pstar/core/math.hpp>

/// What an activation makes of a normally distributed number.
namespace pstar {

/// Of y = phi(z), z normal with mean m and standard deviation s, z = m + s t:
///     c_n = E[phi(m + s t) He_n(t)] = s^n E[phi^(n)(z)],   He_n the probabilists' Hermite polynomials
/// so that E[y] = c_0, E[phi'(z)] = c_1/s, and for two such numbers with correlation rho
///     Cov[phi(z), phi(z')] = sum_{n >= 1} rho^n c_n c'_n / n!
/// (Mehler's formula). `variance` is exact, also where the sum of the orders kept here is less.
struct ActivationMoments {
    static constexpr std::size_t orders = 7;
    double mean = 0, variance = 0;
    double slope = 0;                         ///< E[phi'(z)]
    std::array<double, orders> hermite = {};  ///< c_0, ..., c_6
};

namespace detail {

/// Nodes and weights of Gauss and Hermite's rule for E[f(t)], t standard normal.
template <std::size_t Nodes>
struct HermiteRule {
    std::array<double, Nodes> node, weight;

    /// Newton's method on He_n in orthonormal form, from Tricomi's starting values; the nodes are symmetric.
    HermiteRule() {
        for (std::size_t i = 0; i < (Nodes + 1) / 2; ++i) {
            double x = start(i);
            double derivative = 0;
            for (int step = 0; step < 100; ++step) {
                double p = 1, before = 0;
                for (std::size_t n = 0; n < Nodes; ++n) {
                    const auto k = static_cast<double>(n);
                    const double next = (x * p - std::sqrt(k) * before) / std::sqrt(k + 1);
                    before = p;
                    p = next;
                }
                derivative = std::sqrt(static_cast<double>(Nodes)) * before;
                const double move = p / derivative;
                x -= move;
                if (std::abs(move) < 1e-15 * (1 + std::abs(x))) break;
            }
            node[i] = x;
            node[Nodes - 1 - i] = -x;
            weight[i] = weight[Nodes - 1 - i] = 1 / (derivative * derivative);
        }
    }

private:
    /// Roots of He_n are sqrt(2) times those of H_n (Press et al., Numerical Recipes, section 4.6).
    double start(std::size_t i) const {
        const auto n = static_cast<double>(Nodes);
        const double root2 = std::numbers::sqrt2;
        const auto seen = [&](std::size_t back) { return node[i - back] / root2; };
        double x = 0;
        if (i == 0)
            x = std::sqrt(2 * n + 1) - 1.85575 * std::pow(2 * n + 1, -1.0 / 6);
        else if (i == 1)
            x = seen(1) - 1.14 * std::pow(n, 0.426) / seen(1);
        else if (i == 2)
            x = 1.86 * seen(1) - 0.86 * seen(2);
        else if (i == 3)
            x = 1.91 * seen(1) - 0.91 * seen(2);
        else
            x = 2 * seen(1) - seen(2);
        return root2 * x;
    }
};

/// He_0(t), ..., He_6(t).
inline std::array<double, ActivationMoments::orders> hermite_polynomials(double t) {
    std::array<double, ActivationMoments::orders> he{1, t};
    for (std::size_t n = 2; n < he.size(); ++n) he[n] = t * he[n - 1] - static_cast<double>(n - 1) * he[n - 2];
    return he;
}

inline double smooth_activation(ActivationKind kind, double x) {
    if (kind == ActivationKind::tanh) return std::tanh(x);
    if (kind == ActivationKind::sigmoid) return 1 / (1 + std::exp(-x));
    return x * normal_cdf(x);  // gelu
}

/// a z below zero and z above: linear, leaky_relu and relu, in closed form.
inline ActivationMoments kinked_moments(double a, double m, double s) {
    const double t = m / s, above = normal_cdf(t);
    const double density = std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi);
    const auto he = hermite_polynomials(-t);
    ActivationMoments result;
    const double relu = m * above + s * density, relu_square = (m * m + s * s) * above + m * s * density;
    result.mean = a * m + (1 - a) * relu;
    result.slope = a + (1 - a) * above;
    // phi^2 = a^2 z^2 + (1 - a^2) relu^2
    const double square = a * a * (m * m + s * s) + (1 - a * a) * relu_square;
    result.variance = std::max(square - result.mean * result.mean, 0.0);
    result.hermite[0] = result.mean;
    result.hermite[1] = s * result.slope;
    for (std::size_t n = 2; n < result.hermite.size(); ++n) result.hermite[n] = (1 - a) * s * density * he[n - 2];
    return result;
}

inline ActivationMoments quadrature_moments(ActivationKind kind, double m, double s) {
    static const HermiteRule<64> rule;
    ActivationMoments result;
    double square = 0;
    for (std::size_t i = 0; i < rule.node.size(); ++i) {
        const double y = smooth_activation(kind, m + s * rule.node[i]), weighted = rule.weight[i] * y;
        const auto he = hermite_polynomials(rule.node[i]);
        for (std::size_t n = 0; n < he.size(); ++n) result.hermite[n] += weighted * he[n];
    }
    result.mean = result.hermite[0];
    for (std::size_t i = 0; i < rule.node.size(); ++i)
        square += rule.weight[i] * std::pow(smooth_activation(kind, m + s * rule.node[i]) - result.mean, 2);
    result.variance = square;
    result.slope = result.hermite[1] / s;
    return result;
}

}  // namespace detail

/// The moments of phi(z), z normal with mean m and standard deviation s >= 0. In closed form for relu, leaky_relu,
/// linear and square; for tanh, sigmoid and gelu by Gauss and Hermite's rule with 64 nodes, whose errors grow with s:
/// for s up to 2 the mean is good to 1e-5, the variance to 1e-4, c_6 to 3e-4. For s = 0 y is phi(m), with the slope of
/// one side at a kink. NaN for arguments that are no numbers.
inline ActivationMoments activation_moments(Activation phi, double m, double s) {
    using enum ActivationKind;
    const double least = 1e-12 * (1 + std::abs(m));  // below, nothing but rounding is left of the fluctuation
    const double sd = s >= least || std::isnan(s) ? s : least;
    ActivationMoments result;
    switch (phi.kind()) {
        case relu:
            result = detail::kinked_moments(0, m, sd);
            break;
        case leaky_relu:
            result = detail::kinked_moments(phi.leak(), m, sd);
            break;
        case linear:
            result = detail::kinked_moments(1, m, sd);
            break;
        case square:
            result.mean = m * m + sd * sd;
            result.variance = 2 * sd * sd * sd * sd + 4 * m * m * sd * sd;
            result.slope = 2 * m;
            result.hermite = {result.mean, 2 * m * sd, 2 * sd * sd};
            break;
        default:
            result = detail::quadrature_moments(phi.kind(), m, sd);
    }
    if (s < least) result.variance = 0;
    return result;
}

}  // namespace pstar
