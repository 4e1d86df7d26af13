#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/scaling/curve/count_likelihood.hpp>
#include <pstar/scaling/curve/descent.hpp>
#include <pstar/scaling/curve/fit_options.hpp>
#include <pstar/scaling/curve/points.hpp>

/// From what a caller has (means, runs, seeds, counts, images) to what a fit needs.
namespace pstar::detail {

struct MeasuredCurve {
    CurveData data;      ///< strengths in increasing order; `counts` where a likelihood of counts is to be maximised
    CurveErrors errors;  ///< of the means
    FitMethod method = FitMethod::least_squares;
    Dispersion dispersion = {};
    SeedCurves seeds = {};      ///< where the seeds are known and every strength has the same
    CurveRuns some_seeds = {};  ///< where they are known, and some lack runs; strengths in increasing order
    ImageOutcomes images = {};  ///< where outcomes are known image by image
};

/// The order that sorts strengths, each of which must be finite and occur once.
inline std::vector<std::size_t> order_of(std::span<const double> strength) {
    std::vector<std::size_t> order(strength.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (const double s : strength) require(std::isfinite(s), "fit_curve", "strength", s, "be finite");
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return strength[a] < strength[b]; });
    for (std::size_t i = 1; i < order.size(); ++i)
        require(strength[order[i]] > strength[order[i - 1]], "fit_curve", "strength", strength[order[i]],
                "occur once: average its runs, or pass them as CurveRuns");
    return order;
}

template <class Element>
std::vector<Element> in_order(const std::vector<Element>& elements, std::span<const std::size_t> order) {
    std::vector<Element> sorted;
    for (const auto i : order) sorted.push_back(elements[i]);
    return sorted;
}

/// The error of correct / images at a mean, kept from 0 where the mean is 0 or 1 by half an image.
inline double count_error(const CountLikelihood& count, double mean) {
    const double half = 1 / (2 * count.images() + 2);
    return count.error(std::clamp(mean, half, 1 - half));
}

inline MeasuredCurve measured(std::span<const CurvePoint> points, const CurveFitOptions& options) {
    require(options.method == FitMethod::automatic || options.method == FitMethod::least_squares, "fit_curve", "method",
            to_string(options.method), "be least_squares: means are no counts; pass CurveRuns or CurveCounts");
    std::vector<double> strength;
    for (const auto& point : points) {
        require(point.accuracy >= 0 && point.accuracy <= 1, "fit_curve", "accuracy", point.accuracy, "lie in [0, 1]");
        require(point.stderr_accuracy >= 0 && std::isfinite(point.stderr_accuracy), "fit_curve", "stderr_accuracy",
                point.stderr_accuracy, "be finite and not negative (0 where unknown)");
        strength.push_back(point.strength);
    }
    const auto sorted = in_order(std::vector<CurvePoint>(points.begin(), points.end()), order_of(strength));
    MeasuredCurve curve;
    curve.errors = curve_errors(sorted, options.test_images);
    const auto n = static_cast<Eigen::Index>(sorted.size());
    curve.data = {Vector<double>(n), Vector<double>(n), curve.errors.smooth};
    for (Eigen::Index i = 0; i < n; ++i) {
        curve.data.x[i] = sorted[static_cast<std::size_t>(i)].strength;
        curve.data.y[i] = sorted[static_cast<std::size_t>(i)].accuracy;
    }
    return curve;
}

/// Mean accuracies of counts, run by run with equal weight. Throws std::invalid_argument for lists of different length,
/// a strength without runs, a run without images, or more correct than images.
inline CurveRuns accuracies_of(const CurveCounts& counts) {
    require(counts.strength.size() == counts.runs.size(), "fit_curve", "number of count lists", counts.runs.size(),
            "equal the number of strengths");
    CurveRuns runs{counts.strength, {}};
    for (const auto& at_strength : counts.runs) {
        runs.accuracy.emplace_back();
        for (const auto& count : at_strength) {
            require(count.images > 0, "fit_curve", "images", count.images, "be at least 1");
            require(count.correct <= count.images, "fit_curve", "correct", count.correct,
                    "be at most the number of images");
            runs.accuracy.back().push_back(static_cast<double>(count.correct) / static_cast<double>(count.images));
        }
    }
    return runs;
}

inline MeasuredCurve measured(const CurveCounts& counts, const CurveFitOptions& options) {
    const auto points = summarise(accuracies_of(counts));
    auto plain = options;
    plain.method = FitMethod::least_squares;
    if (plain.test_images == 0 && !counts.runs.empty()) plain.test_images = counts.runs[0][0].images;
    auto curve = measured(points, plain);
    if (options.method == FitMethod::least_squares) return curve;
    curve.dispersion = estimate_dispersion(counts);
    const bool surely = curve.dispersion.rho > 0 && curve.dispersion.p_value < 0.05;
    curve.method = options.method != FitMethod::automatic ? options.method
                   : surely                               ? FitMethod::beta_binomial
                                                          : FitMethod::binomial;
    const double rho = curve.method == FitMethod::beta_binomial ? curve.dispersion.rho : 0;
    const auto sorted = in_order(counts.runs, order_of(counts.strength));
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        curve.data.counts.emplace_back(sorted[i], rho);
        const auto at = static_cast<Eigen::Index>(i);
        curve.data.y[at] = curve.data.counts[i].best_mean();
        curve.data.e[at] = count_error(curve.data.counts[i], curve.data.y[at]);
    }
    if (curve.errors.source != ErrorSource::repeats) curve.errors.own = curve.errors.smooth = curve.data.e;
    curve.errors.total_dof = rho > 0 ? curve.dispersion.dof : std::numeric_limits<double>::infinity();
    return curve;
}

inline MeasuredCurve measured(const CurveRuns& runs, const CurveFitOptions& options) {
    auto curve = options.test_images > 0 && options.method != FitMethod::least_squares
                     ? measured(counted(runs, options.test_images), options)
                     : measured(summarise(runs), options);
    if (same_seeds(runs)) {
        curve.seeds = seed_curves(runs);
    } else if (shares_seeds(runs)) {
        const auto order = order_of(runs.strength);
        curve.some_seeds = {in_order(runs.strength, order), in_order(runs.accuracy, order), in_order(runs.seed, order)};
    }
    return curve;
}

inline MeasuredCurve measured(const SeedCurves& curves, const CurveFitOptions& options) {
    return measured(by_strength(curves), options);
}

/// Counts of images, those that some runs get right and others wrong in parts: the mean of a strength times the number
/// of images, rounded.
inline MeasuredCurve measured(const ImageOutcomes& outcomes, const CurveFitOptions& options) {
    require(outcomes.strength.size() == outcomes.correct.size(), "fit_curve", "number of outcome lists",
            outcomes.correct.size(), "equal the number of strengths");
    ImageOutcomes sorted;
    CurveRuns runs;
    for (const auto i : order_of(outcomes.strength)) {
        const auto& correct = outcomes.correct[i];
        require(correct.size() >= 2, "fit_curve", "images at one strength", correct.size(), "be at least 2");
        require(correct.size() == outcomes.correct[0].size(), "fit_curve", "images at one strength", correct.size(),
                "be the same at all strengths");
        for (const double c : correct) require(c >= 0 && c <= 1, "fit_curve", "correct", c, "lie in [0, 1]");
        sorted.strength.push_back(outcomes.strength[i]);
        sorted.correct.push_back(correct);
        runs.strength.push_back(outcomes.strength[i]);
        runs.accuracy.push_back(
            {std::accumulate(correct.begin(), correct.end(), 0.0) / static_cast<double>(correct.size())});
    }
    auto with_images = options;
    if (!sorted.correct.empty()) with_images.test_images = sorted.correct[0].size();
    auto curve = measured(runs, with_images);
    curve.images = std::move(sorted);
    return curve;
}

}  // namespace pstar::detail
