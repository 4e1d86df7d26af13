#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <span>
#include <vector>

#include <pstar/scaling/collapse/coordinates.hpp>
#include <pstar/scaling/collapse/master_curve.hpp>

/// How well the points of each size lie on a curve through the points of the others.
namespace pstar {

/// S and the number of points behind it. A point overlaps when another size has points on both sides of it; only those
/// that do are judged. Where none does, both S are NaN.
struct CollapseQuality {
    double s = std::numeric_limits<double>::quiet_NaN();          ///< mean of (y - Y)^2 / (dy^2 + dY^2) over them all
    double s_by_size = std::numeric_limits<double>::quiet_NaN();  ///< mean over the sizes of the mean within each
    std::size_t overlapping = 0;                                  ///< terms of S
    std::size_t points = 0;                                       ///< all of them
};

namespace detail {

/// Index j of the point of `curve` with x_j <= x < x_(j+1); the number of points where there is none.
inline std::size_t bracket(const ScaledCurve& curve, double x) {
    const auto above = std::upper_bound(curve.x.begin(), curve.x.end(), x);
    if (above == curve.x.begin() || above == curve.x.end()) return curve.points();
    return static_cast<std::size_t>(std::distance(curve.x.begin(), above)) - 1;
}

/// Does a size other than `own` have points on both sides of x?
inline bool overlaps(std::span<const ScaledCurve> curves, std::size_t own, double x) {
    for (std::size_t other = 0; other < curves.size(); ++other)
        if (other != own && bracket(curves[other], x) < curves[other].points()) return true;
    return false;
}

/// The weighted straight line, at x, through the two points around x of every size but `own`; NaN where there are none.
/// Weights w = 1 / dy^2; about the weighted centre (xm, ym) the line is
///     Y = ym + m (x - xm),   m = sum w (x_l - xm)(y_l - ym) / sum w (x_l - xm)^2,
///     dY^2 = 1 / sum w + (x - xm)^2 / sum w (x_l - xm)^2.
inline MasterValue line_through_others(std::span<const ScaledCurve> curves, std::size_t own, double x) {
    const auto each_selected = [&](const auto& visit) {
        for (std::size_t other = 0; other < curves.size(); ++other) {
            if (other == own) continue;
            const auto& curve = curves[other];
            const auto j = bracket(curve, x);
            if (j == curve.points()) continue;
            for (const auto l : {j, j + 1}) visit(curve.x[l], curve.y[l], 1 / (curve.dy[l] * curve.dy[l]));
        }
    };
    double sum = 0, xm = 0, ym = 0, xx = 0, xy = 0;
    each_selected([&](double xl, double yl, double w) { sum += w, xm += w * xl, ym += w * yl; });
    xm /= sum;
    ym /= sum;
    each_selected(
        [&](double xl, double yl, double w) { xx += w * (xl - xm) * (xl - xm), xy += w * (xl - xm) * (yl - ym); });
    return {ym + xy / xx * (x - xm), 1 / sum + (x - xm) * (x - xm) / xx};
}

/// Means of `term(i, j)`, the squared standardised residual of point j of size i, over the points that overlap.
template <class Term>
CollapseQuality mean_over_overlap(std::span<const ScaledCurve> curves, const Term& term) {
    CollapseQuality quality;
    double sum = 0, sum_of_means = 0, sizes = 0;
    for (std::size_t i = 0; i < curves.size(); ++i) {
        double own = 0;
        std::size_t terms = 0;
        for (std::size_t j = 0; j < curves[i].points(); ++j)
            if (overlaps(curves, i, curves[i].x[j])) own += term(i, j), ++terms;
        quality.points += curves[i].points();
        quality.overlapping += terms;
        sum += own;
        if (terms > 0) sum_of_means += own / static_cast<double>(terms), ++sizes;
    }
    if (quality.overlapping > 0) {
        quality.s = sum / static_cast<double>(quality.overlapping);
        quality.s_by_size = sum_of_means / sizes;
    }
    return quality;
}

/// Do the ranges of x overlap, each with the next? Where they do not, the sizes fall into groups that say nothing of
/// each other.
inline bool are_linked(std::span<const ScaledCurve> curves) {
    std::vector<Extent> ranges;
    for (const auto& curve : curves) ranges.push_back({curve.x.front(), curve.x.back()});
    std::sort(ranges.begin(), ranges.end(), [](const Extent& a, const Extent& b) { return a.low < b.low; });
    double reach = ranges.front().high;
    for (const auto& range : ranges) {
        if (range.low > reach) return false;
        reach = std::max(reach, range.high);
    }
    return true;
}

/// (y - Y)^2 / (dy^2 + dY^2)
inline double squared_residual(const ScaledCurve& curve, std::size_t j, const MasterValue& master) {
    const double residual = curve.y[j] - master.mean;
    return residual * residual / (curve.dy[j] * curve.dy[j] + master.variance);
}

}  // namespace detail

/// Houdayer and Hartmann's quality of a collapse,
///     S = 1/N sum_ij (y_ij - Y_ij)^2 / (dy_ij^2 + dY_ij^2),
/// where Y_ij is the weighted straight line through the two points around x_ij (x_j' <= x_ij < x_j'+1) of every size
/// but i, and N counts the points that have such neighbours. About 1 for a collapse within errors on a fine grid.
/// Between coarse points a straight line misses a bent curve and S grows: `smooth_quality` does not.
/// pyfssa (since 0.7) averages within each size first and then over sizes: that is `s_by_size`.
/// Source: Houdayer & Hartmann, Phys. Rev. B 70, 014418 (2004), section V.
inline CollapseQuality line_quality(std::span<const ScaledCurve> curves) {
    return detail::mean_over_overlap(curves, [&](std::size_t i, std::size_t j) {
        return detail::squared_residual(curves[i], j, detail::line_through_others(curves, i, curves[i].x[j]));
    });
}

/// The same mean, with Y_ij and dY_ij from a smooth master curve (`MasterCurve`) through all sizes but i. S at the
/// truth for a logistic curve with errors 0.005 and sizes 16, 32 and 64, without noise and with (mean of 100
/// experiments, which should be 1); "local" is a local quadratic whose bandwidth was chosen by leaving points out:
///
///     points of a size            11       21       51      101
///     nu = 4/3  line             12.5     0.75    0.017   0.0012
///               local            0.023   0.0021   6e-06    2e-07
///               smooth           0.028   0.0077   0.0022   0.0008
///       noisy   line             13.4     1.73     1.01     1.00
///               local            1.21     1.10     1.11     1.06
///               smooth           0.91     0.96     0.97     0.99
///     nu = 1    line              166     20.8     0.51    0.030
///               local             9.8     0.064   0.0002   1e-05
///               smooth            1.1     0.064   0.014    0.006
///       noisy   line              166     21.8     1.52     1.03
///               local            10.8     1.08     1.08     1.09
///               smooth            1.7     0.93     0.96     0.97
///
/// All follow a fine grid; on a coarse one only the smooth curve knows what it cannot know.
inline CollapseQuality smooth_quality(std::span<const ScaledCurve> curves, const Smoothness& smoothness) {
    const MasterCurve master(curves, smoothness);
    std::vector<std::vector<MasterValue>> values;
    for (std::size_t i = 0; i < curves.size(); ++i) values.push_back(master.at_without(i, curves[i].x));
    return detail::mean_over_overlap(
        curves, [&](std::size_t i, std::size_t j) { return detail::squared_residual(curves[i], j, values[i][j]); });
}
/// S against a smooth master curve, whose smoothness is found from the points.
inline CollapseQuality smooth_quality(std::span<const ScaledCurve> curves) {
    return smooth_quality(curves, choose_smoothness(curves));
}

}  // namespace pstar
