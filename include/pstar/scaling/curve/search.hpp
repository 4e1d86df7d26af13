#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <pstar/scaling/curve/descent.hpp>

namespace pstar {

namespace detail {

/// The best levels for a given shape: A = lower (1 - F) + upper F is linear in them, so they solve 2x2 normal
/// equations. Returns the curve and its chi^2; infinite when the shape leaves a free level undetermined.
template <class Curve>
CurveMinimum<Curve> best_levels(const CurveData& data, const KnownLevels& levels, Curve curve) {
    curve.lower = 0;
    curve.upper = 1;
    double ll = 0, lu = 0, uu = 0, ly = 0, uy = 0;
    for (Eigen::Index i = 0; i < data.x.size(); ++i) {
        const double weight = 1 / (data.e[i] * data.e[i]), above = curve(data.x[i]), below = 1 - above;
        ll += weight * below * below;
        lu += weight * below * above;
        uu += weight * above * above;
        ly += weight * below * data.y[i];
        uy += weight * above * data.y[i];
    }
    if (levels.lower && levels.upper) {
        curve.lower = *levels.lower, curve.upper = *levels.upper;
    } else if (levels.lower) {
        curve.lower = *levels.lower, curve.upper = (uy - lu * curve.lower) / uu;
    } else if (levels.upper) {
        curve.upper = *levels.upper, curve.lower = (ly - lu * curve.upper) / ll;
    } else {
        const double determinant = ll * uu - lu * lu;
        curve.lower = (uu * ly - lu * uy) / determinant;
        curve.upper = (ll * uy - lu * ly) / determinant;
    }
    Vector<double> r(data.x.size());
    for (Eigen::Index i = 0; i < r.size(); ++i) r[i] = (curve(data.x[i]) - data.y[i]) / data.e[i];
    const double chi_squared = r.squaredNorm();
    return {curve, std::isfinite(chi_squared) ? chi_squared : std::numeric_limits<double>::infinity(), false};
}

/// Midpoints at every strength and half way between; widths from a quarter of the smallest gap to the whole range,
/// doubling.
template <class Curve>
std::vector<CurveMinimum<Curve>> falling_candidates(const CurveData& data, const KnownLevels& levels,
                                                    const Curve& shape) {
    const auto n = data.x.size();
    const double range = data.x[n - 1] - data.x[0];
    const double gap = (data.x.tail(n - 1) - data.x.head(n - 1)).minCoeff();
    std::vector<CurveMinimum<Curve>> candidates;
    for (double width = std::max(gap / 4, range / 1024); width <= range; width *= 2)
        for (Eigen::Index twice = 0; twice <= 2 * (n - 1); ++twice) {
            const double midpoint = 0.5 * (data.x[twice / 2] + data.x[(twice + 1) / 2]);
            Curve curve = shape;
            curve.p_star = midpoint;
            curve.width = width;
            const auto candidate = best_levels(data, levels, curve);
            if (candidate.curve.upper > candidate.curve.lower && std::isfinite(candidate.deviance))
                candidates.push_back(candidate);
        }
    return candidates;
}

}  // namespace detail

/// The falling curve of least chi^2, from anywhere: a scan over midpoints and widths with the best levels for each,
/// then a descent from the three best. `data.x` strictly increasing, at least two points, without counts; `shape`
/// carries what is not fitted (the family). When no falling curve beats a flat one, the result has `converged` = false
/// and an infinite chi^2.
template <class Curve>
CurveMinimum<Curve> search_falling(const CurveData& data, const KnownLevels& levels, const Curve& shape = {}) {
    auto candidates = detail::falling_candidates(data, levels, shape);
    const auto starts = std::min<std::size_t>(3, candidates.size());
    const auto by_deviance = [](const auto& a, const auto& b) { return a.deviance < b.deviance; };
    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(starts), candidates.end(),
                      by_deviance);
    CurveMinimum<Curve> best{{}, std::numeric_limits<double>::infinity(), false};
    for (std::size_t i = 0; i < starts; ++i) {
        const auto fit = descend(data, levels, candidates[i].curve);
        const auto& better = falls(fit.curve) && fit.deviance <= candidates[i].deviance ? fit : candidates[i];
        if (better.deviance < best.deviance) best = better;
    }
    return best;
}

}  // namespace pstar
