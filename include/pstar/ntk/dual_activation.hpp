#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include <pstar/autodiff/activation.hpp>
#include <pstar/core/error.hpp>
#include <pstar/ntk/detail/duals.hpp>

namespace pstar {

/// What an activation makes of a covariance: E[phi(u) phi(v)] and E[phi'(u) phi'(v)] for normal (u, v) of mean 0.
struct DualActivation {
    double value, derivative;
};

namespace detail {

/// The covariance, cut to its bound; throws std::invalid_argument for what no pair of numbers has.
inline double checked_covariance(const char* where, double variance_x, double variance_y, double covariance) {
    require(variance_x >= 0 && std::isfinite(variance_x), where, "variance_x", variance_x, "be finite, at least 0");
    require(variance_y >= 0 && std::isfinite(variance_y), where, "variance_y", variance_y, "be finite, at least 0");
    const double most = std::sqrt(variance_x) * std::sqrt(variance_y);
    require(std::abs(covariance) <= most * (1 + 1e-9), where, "covariance", covariance,
            "be at most sqrt(variance_x variance_y) in size");
    return std::clamp(covariance, -most, most);
}

}  // namespace detail

/// The dual of phi at variances q_x = E[u^2] and q_y = E[v^2] and covariance c = E[u v]. By Price's theorem the
/// derivative is d value/dc. With theta = arccos(c/sqrt(q_x q_y)):
///
/// | phi         | value                                                     | derivative                      |
/// |-------------|-----------------------------------------------------------|---------------------------------|
/// | relu        | sqrt(q_x q_y) (sin theta + (pi - theta) cos theta)/(2 pi) | (pi - theta)/(2 pi)             |
/// | leaky_relu  | (1 - leak)^2 relu's + leak c                              | (1 - leak)^2 relu's + leak      |
/// | linear      | c                                                         | 1                               |
/// | square      | q_x q_y + 2 c^2                                           | 4 c                             |
/// | gelu        | S/(2 pi R) + c A                                          | A + c (S/R^2 + 2r + 1)/(2 pi R) |
/// | tanh        | 2/pi E[arcsin(c/sqrt((K^2 + q_x) (L^2 + q_y)))]           | d value/dc                      |
/// | sigmoid     | 1/4 + 1/4 tanh's at q_x/4, q_y/4, c/4                     | 1/16 tanh's there               |
///
///     gelu:  R^2 = (1 + q_x)(1 + q_y) - c^2,        A = 1/4 + arctan(c/R)/(2 pi),
///            r = 1/(1 + q_x) + 1/(1 + q_y) - 1,     S = q_x q_y + c^2 r
///     tanh:  K, L independent of Kolmogorov's distribution, in which the logistic function is a mixture of normal ones
///
/// tanh's mean is a sum over 28 x 28 nodes, good to 1e-14 at any variance. Gauss and Hermite's rule with 64 x 64 nodes
/// takes 7 times as long; at correlation 0.99 it errs by 1e-9 for standard deviations of 1, 5e-5 for 2, 1e-3 for 3, and
/// in derivatives by ten times as much. At c = +-sqrt(q_x q_y) nothing is lost, but for relu's angle, which is known to
/// 1e-8 there. Where a variance is 0 the derivative at 0 is that of pstar, from the left. Costs about 30 ns, for tanh
/// and sigmoid 11 us; kernels of many images use the series of `InfiniteNtk`.
///
/// Throws std::invalid_argument for variances that are negative or not finite, and for a covariance that no such pair
/// has; one beyond the bound by a rounding error is taken as the bound.
///
/// Sources: relu: Cho & Saul, NIPS 2009, equations 3 to 6; gelu: Tsuchida et al., arXiv:2002.08517; erf, which tanh is
/// a mixture of: Williams, NIPS 1996, "Computing with infinite networks"; the mixture: Stefanski, Statistics &
/// Probability Letters 11 (1991) 69; duals in general: Daniely, Frostig & Singer, arXiv:1602.05897.
inline DualActivation dual_activation(Activation phi, double variance_x, double variance_y, double covariance) {
    detail::checked_covariance("dual_activation", variance_x, variance_y, covariance);
    return detail::with_dual(phi, [&](const auto& dual) -> DualActivation {
        const auto [value, derivative] = dual(covariance, variance_x, variance_y);
        return {value, derivative / dual.unit};
    });
}

/// The dual of erf, which is no activation of pstar's networks but the one that kernels of wide networks began with:
///     value = 2/pi arcsin(2 c/sqrt((1 + 2 q_x)(1 + 2 q_y))),   derivative = 4/(pi sqrt((1 + 2 q_x)(1 + 2 q_y) - 4
///     c^2)).
/// Arguments and errors as `dual_activation`. Source: Williams, NIPS 1996, equation 10.
inline DualActivation erf_dual(double variance_x, double variance_y, double covariance) {
    const double c = detail::checked_covariance("erf_dual", variance_x, variance_y, covariance);
    const double x = 1 + 2 * variance_x, y = 1 + 2 * variance_y, root = std::sqrt(x) * std::sqrt(y);
    // x y - 4 c^2 as a product of sums: nothing is lost where c is near its bound
    const double across = std::sqrt(root - 2 * c) * std::sqrt(root + 2 * c);
    return {2 / std::numbers::pi * std::atan2(2 * c, across), 4 / (std::numbers::pi * across)};
}

}  // namespace pstar
