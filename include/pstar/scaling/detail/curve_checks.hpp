#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <pstar/scaling/curve/descent.hpp>
#include <pstar/statistics/distributions.hpp>

/// Questions asked of a measured curve beside the fit: is it flat, does it rise, is it a step? All take strengths in
/// increasing order and look at means and errors, x, y and e of `CurveData`; chi^2 as in curve_fit.hpp.
namespace pstar::detail {

/// Whether a curve whose plateau slopes still has a plateau and a knee: it falls everywhere before p_star, by at most
/// two fifths of the drop; the knee is at least twice as steep; and three strengths, of a plateau that bends four, lie
/// where the knee has cost less than a twentieth of the drop. A level plateau always has.
template <class Curve>
bool has_knee(const CurveData& data, const Curve& curve) {
    const auto& plateau = curve.plateau;
    if (plateau.is_level()) return true;
    const double first = plateau.rate(plateau.first), last = plateau.rate(curve.p_star);
    if (!(first >= 0 && last >= 0)) return false;
    const double drop = curve.upper - curve.lower, steepest = curve.steepest();
    if (!(plateau.loss(curve.p_star) <= 0.4 * drop)) return false;
    if (!(-curve.derivative(steepest) >= 2 * std::max(first, last))) return false;
    Eigen::Index before = 0;  // where the transition has cost less than a twentieth of the drop
    while (before < data.x.size() && data.x[before] < steepest &&
           curve(data.x[before]) > curve.upper - plateau.loss(data.x[before]) - 0.05 * drop)
        ++before;
    return before >= (plateau.bend == 0 ? 3 : 4);
}

/// chi^2 of the best horizontal line.
template <class Data>
double flat_chi_squared(const Data& data) {
    const Vector<double> weight = data.e.array().square().inverse();
    const double level = weight.dot(data.y) / sum_of(weight);
    return weight.dot((data.y.array() - level).square().matrix());
}

/// Whether some strength beats a smaller one by a rise that noise does not explain (one-sided t with `dof` degrees of
/// freedom at 1%, Bonferroni over all pairs) and that matters: more than `share` of the whole range of accuracies.
/// `scale` multiplies the errors; 0 leaves the noise unjudged.
template <class Data>
bool rises_somewhere(const Data& data, double scale, double dof, double share) {
    const auto n = data.y.size();
    const double range = data.y.maxCoeff() - data.y.minCoeff();
    const double threshold = 0.01 / static_cast<double>(n * (n - 1) / 2);
    for (Eigen::Index j = 1; j < n; ++j)
        for (Eigen::Index i = 0; i < j; ++i) {
            const double rise = data.y[j] - data.y[i];
            if (!(rise > share * range)) continue;
            const double error = scale * std::hypot(data.e[i], data.e[j]);
            if (error == 0 || student_t_tails(rise / error, dof) / 2 < threshold) return true;
        }
    return false;
}

/// The weighted mean of points [first, last), or the known level; NaN when there is nothing to take it from.
template <class Data>
double level_of(const Data& data, const std::optional<double>& known, Eigen::Index first, Eigen::Index last) {
    if (known) return *known;
    const Eigen::ArrayXd weight = data.e.segment(first, last - first).array().square().inverse();
    return (weight * data.y.segment(first, last - first).array()).sum() / sum_of(weight);
}

template <class Data>
double level_chi_squared(const Data& data, double level, Eigen::Index first, Eigen::Index last) {
    const auto n = last - first;
    return ((data.y.segment(first, n).array() - level) / data.e.segment(first, n).array()).square().sum();
}

/// A curve of width 0: points [0, upper_end) at one level, [lower_begin, n) at the other. One point between them at
/// most; it sits on the jump and may take any value.
struct StepFit {
    Eigen::Index upper_end = 0, lower_begin = 0;
    double upper = 0, lower = 0;
    double chi_squared = std::numeric_limits<double>::infinity();
};

/// The step of least chi^2: the limit of steepest curves, so that the slope is unbounded when it fits well.
template <class Data>
StepFit best_step(const Data& data, const KnownLevels& levels) {
    const auto n = data.x.size();
    StepFit best;
    for (const Eigen::Index between : {0, 1})
        for (Eigen::Index j = 0; j + between <= n; ++j) {
            StepFit step{j, j + between, level_of(data, levels.upper, 0, j),
                         level_of(data, levels.lower, j + between, n)};
            step.chi_squared =
                level_chi_squared(data, step.upper, 0, j) + level_chi_squared(data, step.lower, j + between, n);
            if (step.upper > step.lower && step.chi_squared < best.chi_squared) best = step;
        }
    return best;
}

/// Where the curve passes `level` on its way down, without a model: after the last strength before the first crossing
/// that lies above by more than `margin` errors, and before the first one after it that lies below by as much.
inline std::pair<double, double> crossing_bracket(const CurveData& data, double level, double margin) {
    const auto n = data.x.size();
    Eigen::Index below = 0;
    while (below < n - 1 && !(data.y[below] < level - margin * data.e[below])) ++below;
    Eigen::Index above = below > 0 ? below - 1 : 0;
    while (above > 0 && !(data.y[above] > level + margin * data.e[above])) --above;
    return {data.x[above], data.x[below]};
}

/// Where straight lines through the points first pass `level` on the way down; the last strength if they never do.
inline double interpolated_crossing(const CurveData& data, double level) {
    for (Eigen::Index i = 1; i < data.x.size(); ++i)
        if (data.y[i - 1] >= level && data.y[i] < level) {
            const double share = (data.y[i - 1] - level) / (data.y[i - 1] - data.y[i]);
            return data.x[i - 1] + share * (data.x[i] - data.x[i - 1]);
        }
    return data.x[data.x.size() - 1];
}

/// The number of the first of the two neighbours between which the means fall fastest; at least two points.
inline Eigen::Index steepest_piece(const CurveData& data) {
    const auto slope = [&](Eigen::Index i) { return (data.y[i] - data.y[i + 1]) / (data.x[i + 1] - data.x[i]); };
    Eigen::Index steepest = 0;
    for (Eigen::Index i = 1; i + 1 < data.x.size(); ++i)
        if (slope(i) > slope(steepest)) steepest = i;
    return steepest;
}

/// The steepest fall between neighbours, taken `margin` errors less steep: a lower bound on the steepest slope of any
/// smooth curve through the points (mean value theorem). At least 0.
inline double steepest_fall(const CurveData& data, double margin) {
    double steepest = 0;
    for (Eigen::Index i = 1; i < data.x.size(); ++i) {
        const double fall = data.y[i - 1] - data.y[i] - margin * std::hypot(data.e[i - 1], data.e[i]);
        steepest = std::max(steepest, fall / (data.x[i] - data.x[i - 1]));
    }
    return steepest;
}

}  // namespace pstar::detail
