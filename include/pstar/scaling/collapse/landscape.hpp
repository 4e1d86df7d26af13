#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/collapse/coordinates.hpp>
#include <pstar/scaling/collapse/pooled_errors.hpp>
#include <pstar/scaling/collapse/quality.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>

namespace pstar {

/// The quality of a collapse over a grid of p_c and 1/nu, with the other exponents held.
struct CollapseLandscape {
    std::vector<double> p_c, inverse_nu;  ///< the grid, both increasing
    std::vector<std::vector<double>>
        s;  ///< s[i][j] at p_c[i] and inverse_nu[j]: S of `line_quality`, NaN if no overlap
};

/// The landscape around the exponents `best`: p_c over the range of all strengths and `best.p_c`, 1/nu in [-r, r] with
/// r = max(1, 2 |1/nu|), `steps` + 1 values each. Empty where `best` is not a place (p_c not finite, nu = 0).
/// Throws as `SizeCurve::validate`, without curves, and for `steps` = 0.
inline CollapseLandscape collapse_landscape(std::span<const SizeCurve> measured, const CollapseExponents& best,
                                            std::size_t steps = 40) {
    require(steps >= 1, "collapse_landscape", "steps", steps, "be at least 1");
    const auto curves = with_pooled_errors(measured);
    require(!curves.empty(), "collapse_landscape", "number of curves", curves.size(), "be at least 1");
    validate(curves);
    CollapseLandscape landscape;
    if (!std::isfinite(best.p_c) || best.nu == 0) return landscape;
    double first = curves[0].strength.front(), last = curves[0].strength.back();
    for (const auto& curve : curves) {
        first = std::min(first, curve.strength.front());
        last = std::max(last, curve.strength.back());
    }
    const double air = 0.05 * (last - first);
    if (best.p_c < first) first = best.p_c - air;
    if (best.p_c > last) last = best.p_c + air;
    const double reach = std::max(1.0, 2 * std::abs(1 / best.nu)), count = static_cast<double>(steps);
    for (std::size_t i = 0; i <= steps; ++i) {
        const auto step = static_cast<double>(i);
        landscape.p_c.push_back(first + (last - first) * step / count);
        landscape.inverse_nu.push_back(-reach + 2 * reach * step / count);
    }
    for (const double p_c : landscape.p_c) {
        landscape.s.emplace_back();
        for (const double inverse_nu : landscape.inverse_nu) {
            const double nu = inverse_nu == 0 ? std::numeric_limits<double>::infinity() : 1 / inverse_nu;
            landscape.s.back().push_back(
                line_quality(scale(curves, {p_c, nu, best.zeta, best.correction, best.more_nu})).s);
        }
    }
    return landscape;
}

}  // namespace pstar
