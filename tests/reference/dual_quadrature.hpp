#pragma once

#include <pstar/autodiff/activation.hpp>
#include <pstar/corruption/quadrature.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

/// The naive reference for `dual_activation`: integrals over the plane.
namespace reference {

inline double activation(pstar::Activation phi, double x) {
    using enum pstar::ActivationKind;
    switch (phi.kind()) {
        case relu:
            return std::max(x, 0.0);
        case leaky_relu:
            return x < 0 ? phi.leak() * x : x;
        case linear:
            return x;
        case square:
            return x * x;
        case tanh:
            return std::tanh(x);
        case sigmoid:
            return 1 / (1 + std::exp(-x));
        default:
            return x * std::erfc(-x / std::numbers::sqrt2) / 2;
    }
}

inline double activation_slope(pstar::Activation phi, double x) {
    using enum pstar::ActivationKind;
    switch (phi.kind()) {
        case relu:
            return x > 0 ? 1 : 0;
        case leaky_relu:
            return x > 0 ? 1 : phi.leak();
        case linear:
            return 1;
        case square:
            return 2 * x;
        case tanh:
            return 1 / (std::cosh(x) * std::cosh(x));
        case sigmoid:
            return 1 / (2 + 2 * std::cosh(x));
        default:
            return std::erfc(-x / std::numbers::sqrt2) / 2 + x * std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    }
}

/// E[f(u) f(v)] for normal (u, v) of standard deviations s and t and correlation rho, in polar coordinates,
///     u = s r cos(a),  v = t r cos(a - arccos(rho)),
/// where kinks at 0 are rays. Pieces get finer towards r = 0 and towards the rays, where tanh of a large s turns. r
/// ends at 10, beyond which lies e^-50. Good to 1e-11 for s and t up to 10.
template <class Function>
double normal_mean(const Function& f, double s, double t, double rho) {
    constexpr double pi = std::numbers::pi;
    const double theta = std::acos(std::clamp(rho, -1.0, 1.0));
    std::vector<double> angles, radii{2, 3, 4, 6, 8};
    for (double r = 1; r > 1e-3; r /= 2) radii.push_back(r);
    for (const double ray : {-pi / 2, pi / 2, theta - pi / 2, theta + pi / 2}) {
        angles.push_back(std::remainder(ray, 2 * pi));
        for (double away = pi / 2; away > 1e-5; away /= 2)
            for (const double sign : {-1, 1}) angles.push_back(std::remainder(ray + sign * away, 2 * pi));
    }
    const auto of_angle = [&](double a) {
        const double of_u = s * std::cos(a), of_v = t * std::cos(a - theta);
        const auto of_radius = [&](double r) { return r * std::exp(-r * r / 2) * f(r * of_u) * f(r * of_v); };
        return pstar::integrate(of_radius, 0, 10, radii) / (2 * pi);
    };
    return pstar::integrate(of_angle, -pi, pi, angles);
}

}  // namespace reference
