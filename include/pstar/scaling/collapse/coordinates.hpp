#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>

/// The coordinates in which curves of several sizes may collapse to one.
namespace pstar {

/// The finite-size scaling hypothesis a(p, L) = L^(zeta/nu) f(L^(1/nu) (p - p_c)).
struct CollapseExponents {
    double p_c = 0;
    double nu = 1;    ///< not 0; infinite: the curves are not stretched
    double zeta = 0;  ///< 0: accuracies are not scaled
};

/// The points of one size in coordinates where sizes are to agree; x ascending.
struct ScaledCurve {
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> dy;  ///< standard errors of y, > 0

    std::size_t points() const { return x.size(); }
};

/// x = L^(1/nu) (p - p_c),   y = L^(-zeta/nu) a,   dy = L^(-zeta/nu) da,   in pyfssa's conventions.
inline ScaledCurve scale(const SizeCurve& curve, const CollapseExponents& exponents) {
    require(exponents.nu != 0, "scale", "nu", exponents.nu, "not be 0");
    const double stretch = std::pow(curve.size, 1 / exponents.nu);
    const double height = std::isinf(exponents.nu) ? 1 : std::pow(curve.size, -exponents.zeta / exponents.nu);
    ScaledCurve scaled;
    for (std::size_t i = 0; i < curve.points(); ++i) {
        scaled.x.push_back(stretch * (curve.strength[i] - exponents.p_c));
        scaled.y.push_back(height * curve.accuracy[i]);
        scaled.dy.push_back(height * curve.error[i]);
    }
    return scaled;
}

inline std::vector<ScaledCurve> scale(std::span<const SizeCurve> curves, const CollapseExponents& exponents) {
    std::vector<ScaledCurve> scaled;
    for (const auto& curve : curves) scaled.push_back(scale(curve, exponents));
    return scaled;
}

/// The same points against a number of the caller's at each, e.g. a margin-to-noise ratio: x[i] belongs to strength[i]
/// and need not be monotone. y = a.
inline ScaledCurve against_proxy(const SizeCurve& curve, std::span<const double> x) {
    require(x.size() == curve.points(), "against_proxy", "number of proxy values", x.size(),
            "equal that of the curve's points");
    std::vector<std::size_t> order(x.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return x[a] < x[b]; });
    ScaledCurve scaled;
    for (const auto i : order) {
        require(std::isfinite(x[i]), "against_proxy", "a proxy value", x[i], "be finite: leave such points out");
        scaled.x.push_back(x[i]);
        scaled.y.push_back(curve.accuracy[i]);
        scaled.dy.push_back(curve.error[i]);
    }
    return scaled;
}

}  // namespace pstar
