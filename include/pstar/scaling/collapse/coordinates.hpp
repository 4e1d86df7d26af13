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

/// The leading correction to scaling multiplies heights by 1 + b L^-omega: small sizes lie higher, or lower, than the
/// power of their size says. Source: Wegner, Phys. Rev. B 5, 4529 (1972), with a constant amplitude.
struct ScalingCorrection {
    double amplitude = 0;  ///< b; 0: no correction
    double omega = 1;      ///< > 0

    /// 1 + b L^-omega
    double factor(double size) const { return 1 + amplitude * std::pow(size, -omega); }
};

/// The finite-size scaling hypothesis a(p, L) = L^(zeta/nu) (1 + b L^-omega) f(L^(1/nu) (p - p_c)). Curves that differ
/// in several sizes at once have x = L_1^(1/nu_1) L_2^(1/nu_2) ... (p - p_c); their heights are those of L_1.
struct CollapseExponents {
    double p_c = 0;
    double nu = 1;    ///< not 0; infinite: the curves are not stretched
    double zeta = 0;  ///< 0: accuracies are not scaled
    ScalingCorrection correction = {};
    std::vector<double> more_nu = {};  ///< of `SizeCurve::more_sizes`, in their order
};

/// The points of one size in coordinates where sizes are to agree; x ascending.
struct ScaledCurve {
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> dy;  ///< standard errors of y, > 0

    /// Number of points.
    std::size_t points() const { return x.size(); }
};

/// x = L^(1/nu) (p - p_c),   y = a / h,   dy = da / h,   h = L^(zeta/nu) (1 + b L^-omega),   in pyfssa's conventions.
inline ScaledCurve scale(const SizeCurve& curve, const CollapseExponents& exponents) {
    require(exponents.nu != 0, "scale", "nu", exponents.nu, "not be 0");
    require(exponents.more_nu.size() == curve.more_sizes.size(), "scale", "number of further exponents",
            exponents.more_nu.size(), "equal that of the curve's further sizes");
    double stretch = std::pow(curve.size, 1 / exponents.nu);
    for (std::size_t k = 0; k < exponents.more_nu.size(); ++k)
        stretch *= std::pow(curve.more_sizes[k], 1 / exponents.more_nu[k]);
    const double power = std::isinf(exponents.nu) ? 1 : std::pow(curve.size, -exponents.zeta / exponents.nu);
    const double height = power / exponents.correction.factor(curve.size);
    ScaledCurve scaled;
    for (std::size_t i = 0; i < curve.points(); ++i) {
        scaled.x.push_back(stretch * (curve.strength[i] - exponents.p_c));
        scaled.y.push_back(height * curve.accuracy[i]);
        scaled.dy.push_back(height * curve.error[i]);
    }
    return scaled;
}

/// All curves in scaled coordinates.
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
