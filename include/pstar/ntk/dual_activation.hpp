#pragma once

#include <cmath>

#include <pstar/autodiff/activation.hpp>
#include <pstar/core/error.hpp>
#include <pstar/ntk/detail/duals.hpp>

namespace pstar {

/// What an activation makes of a covariance: E[phi(u) phi(v)] and E[phi'(u) phi'(v)] for normal (u, v) of mean 0.
struct DualActivation {
    double value, derivative;
};

/// The dual of phi at variances q_x = E[u^2] and q_y = E[v^2] and covariance c = E[u v]. By Price's theorem the
/// derivative is d value/dc. With rho = c/sqrt(q_x q_y), theta = arccos(rho), R^2 = (1 + q_x)(1 + q_y) - c^2:
///
/// | phi         | value                                                          | derivative                       |
/// |-------------|----------------------------------------------------------------|----------------------------------|
/// | relu        | sqrt(q_x q_y) (sin theta + (pi - theta) cos theta)/(2 pi)      | (pi - theta)/(2 pi)              |
/// | leaky_relu  | (1 - leak)^2 relu's + leak c                                   | (1 - leak)^2 relu's + leak       |
/// | linear      | c                                                              | 1                                |
/// | square      | q_x q_y + 2 c^2                                                | 4 c                              |
/// | gelu        | S/(2 pi R) + c A, A = 1/4 + arcsin(c/sqrt(R^2 + c^2))/(2 pi),  | A + c (S/R^2 + 2 r + 1)/(2 pi R) |
/// |             | S = q_x q_y + c^2 r, r = 1/(1 + q_x) + 1/(1 + q_y) - 1         |                                  |
/// | tanh        | E_KL[2/pi arcsin(c/sqrt((K^2 + q_x)(L^2 + q_y)))]              | E_KL[2/pi ((K^2 + q_x)(L^2 + q_y) -
/// c^2)^-1/2] | | sigmoid     | 1/4 + tanh's at q_x/4, q_y/4, c/4, over 4                      | tanh's there, over 16
/// |
///
/// with K and L independent and of Kolmogorov's distribution, of which the logistic function is a mixture of normal
/// distribution functions: a sum over 28 x 28 nodes, good to 1e-14 at any variance. (Gauss and Hermite's rule with 64 x
/// 64 nodes takes 7 times as long and at rho = 0.99 errs by 1e-9 for standard deviations of 1, 5e-5 for 2, 1e-3 for 3,
/// in derivatives ten times as much.) All are exact at c = +-sqrt(q_x q_y),
/// too. Where a variance is 0 the derivative at 0 is that of pstar, from the left. Costs about 30 ns, for tanh and
/// sigmoid 11 us; kernels of many images use the series of `InfiniteNtk`.
///
/// Throws std::invalid_argument for variances that are negative or not finite, and for a covariance that no such pair
/// has; one beyond the bound by a rounding error is taken as the bound.
///
/// Sources: relu: Cho & Saul, NIPS 2009, equations 3 to 6; gelu: Tsuchida et al., arXiv:2002.08517; erf, which tanh is
/// a mixture of: Williams, NIPS 1996, "Computing with infinite networks"; the mixture: Stefanski, Statistics &
/// Probability Letters 11 (1991) 69; duals in general: Daniely, Frostig & Singer, arXiv:1602.05897.
inline DualActivation dual_activation(Activation phi, double variance_x, double variance_y, double covariance) {
    constexpr const char* where = "dual_activation";
    require(variance_x >= 0 && std::isfinite(variance_x), where, "variance_x", variance_x, "be finite, at least 0");
    require(variance_y >= 0 && std::isfinite(variance_y), where, "variance_y", variance_y, "be finite, at least 0");
    const double most = std::sqrt(variance_x) * std::sqrt(variance_y);
    require(std::abs(covariance) <= most * (1 + 1e-9), where, "covariance", covariance,
            "be at most sqrt(variance_x variance_y) in size");
    return detail::with_dual(phi, [&](const auto& dual) -> DualActivation {
        const auto [value, derivative] = dual(covariance, variance_x, variance_y);
        return {value, derivative / dual.unit};
    });
}

}  // namespace pstar
