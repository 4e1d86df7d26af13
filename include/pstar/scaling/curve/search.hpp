#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

namespace pstar {

namespace detail {

/// Solves the normal equations m z = b of n <= 4 unknowns by Cholesky's method, in place; false where they are
/// dependent.
inline bool solve_normal(std::array<std::array<double, 4>, 4>& m, std::array<double, 4>& b, std::size_t n) {
    for (std::size_t j = 0; j < n; ++j) {
        const double whole = m[j][j];
        for (std::size_t k = 0; k < j; ++k) m[j][j] -= m[j][k] * m[j][k];
        if (!(m[j][j] > 1e-13 * whole)) return false;
        m[j][j] = std::sqrt(m[j][j]);
        for (std::size_t i = j + 1; i < n; ++i) {
            for (std::size_t k = 0; k < j; ++k) m[i][j] -= m[i][k] * m[j][k];
            m[i][j] /= m[j][j];
        }
        for (std::size_t k = 0; k < j; ++k) b[j] -= m[j][k] * b[k];
        b[j] /= m[j][j];
    }
    for (auto j = n; j-- > 0;) {
        for (auto i = j + 1; i < n; ++i) b[j] -= m[i][j] * b[i];
        b[j] /= m[j][j];
    }
    return true;
}

/// The best levels and plateau for a transition of given place and width: A = lower (1 - F) + upper F - fall s F -
/// bend s^2 F is linear in them. F = 1/2 at `curve.p_star`, whatever the plateau. Returns the curve and its chi^2;
/// infinite when the shape leaves something undetermined.
template <class Curve>
CurveMinimum<Curve> best_levels(const CurveData& data, const KnownLevels& levels, Curve curve) {
    const auto n = data.x.size();
    const double range = data.x[n - 1] - data.x[0];
    const std::size_t first_free = levels.lower ? 1 : 0, end = 2 + static_cast<std::size_t>(levels.plateau);
    curve.lower = 0, curve.upper = 1;
    curve.plateau = {.first = data.x[0]};
    std::array<std::array<double, 4>, 4> normal{};
    std::array<double, 4> right{};
    Vector<double> above(n);
    const auto basis_at = [&](Eigen::Index i) {
        const double s = (data.x[i] - data.x[0]) / range, f = above[i];
        return std::array<double, 4>{1 - f, f, -s * f, -s * s * f};
    };
    const auto free = [&](std::size_t k) { return k != 1 || !levels.upper; };
    std::size_t unknowns = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
        above[i] = curve(data.x[i]);
        const auto basis = basis_at(i);
        const double weight = 1 / (data.e[i] * data.e[i]);
        const double y =
            data.y[i] - (levels.lower ? *levels.lower * basis[0] : 0) - (levels.upper ? *levels.upper * basis[1] : 0);
        unknowns = 0;
        for (auto k = first_free; k < end; ++k) {
            if (!free(k)) continue;
            std::size_t column = 0;
            for (auto l = first_free; l <= k; ++l)
                if (free(l)) normal[unknowns][column++] += weight * basis[k] * basis[l];
            right[unknowns++] += weight * basis[k] * y;
        }
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (!solve_normal(normal, right, unknowns)) return {curve, infinity, false};
    std::array<double, 4> found{levels.lower.value_or(0), levels.upper.value_or(0), 0, 0};
    std::size_t next = 0;
    for (auto k = first_free; k < end; ++k)
        if (free(k)) found[k] = right[next++];
    double chi_squared = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
        const auto basis = basis_at(i);
        double mean = 0;
        for (std::size_t k = 0; k < 4; ++k) mean += found[k] * basis[k];
        chi_squared += (mean - data.y[i]) / data.e[i] * ((mean - data.y[i]) / data.e[i]);
    }
    curve.lower = found[0], curve.upper = found[1];
    curve.plateau.fall = found[2] / range, curve.plateau.bend = found[3] / (range * range);
    return {curve, std::isfinite(chi_squared) ? chi_squared : infinity, false};
}

/// The same curve with `p_star` at half height, from one whose transition has its middle there; NaN where the plateau
/// reaches that height before.
template <class Curve>
Curve at_half_height(const Curve& middle) {
    if (middle.plateau.is_level()) return middle;
    auto transition = middle;
    transition.lower = 0, transition.upper = 1, transition.plateau = {};
    const auto is_above = [&](double p) {
        return (middle.upper - middle.lower - middle.plateau.loss(p)) * transition(p) >
               (middle.upper - middle.lower) / 2;
    };
    double low = middle.plateau.first, high = middle.p_star;  // at its middle it has lost more than half
    auto curve = middle;
    curve.p_star = std::numeric_limits<double>::quiet_NaN();
    if (!(is_above(low) && !is_above(high))) return curve;
    for (int halving = 0; halving < 50; ++halving) {
        const double between = (low + high) / 2;
        (is_above(between) ? low : high) = between;
    }
    curve.p_star = (low + high) / 2;
    if (curve.family == SigmoidFamily::weibull) curve.width = middle.width * curve.p_star / middle.p_star;
    return curve;
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
        candidates[i].curve = detail::at_half_height(candidates[i].curve);
        if (!std::isfinite(candidates[i].curve.p_star)) continue;
        const auto fit = descend(data, levels, candidates[i].curve);
        const auto& better = falls(fit.curve) && fit.deviance <= candidates[i].deviance ? fit : candidates[i];
        if (better.deviance < best.deviance) best = better;
    }
    return best;
}

}  // namespace pstar
