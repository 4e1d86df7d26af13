#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/matrix.hpp>
#include <pstar/scaling/curve/runs.hpp>
#include <pstar/statistics/moments.hpp>

/// Measured curves, and what is known of their error bars.
namespace pstar {

/// Mean accuracy at one strength. With `repeats` >= 2 independent runs the standard error was estimated from their
/// scatter (sample standard deviation, n - 1, over sqrt(repeats)) and is trusted as far as repeats - 1 degrees of
/// freedom go. With fewer, a positive standard error is taken as known exactly, and 0 means unknown.
struct CurvePoint {
    double strength = 0;
    double accuracy = 0;         ///< in [0, 1]
    double stderr_accuracy = 0;  ///< >= 0
    std::size_t repeats = 0;
};

/// `correct` of `images` test images were classified correctly.
struct Count {
    std::size_t correct = 0, images = 0;
};

/// Counts run by run: runs[i] holds the runs at strength[i]; their numbers may differ.
struct CurveCounts {
    std::vector<double> strength;
    std::vector<std::vector<Count>> runs;
};

/// Outcomes image by image: correct[i][m] in [0, 1] is the share of runs at strength[i] that classified test image m
/// correctly; 0 or 1 for a single run. The images are the same at all strengths.
struct ImageOutcomes {
    std::vector<double> strength;
    std::vector<std::vector<double>> correct;
};

/// What the error bars of a fit mean.
enum class ErrorSource {
    repeats,   ///< scatter between repeats of a strength
    given,     ///< standard errors given by the caller, taken as known
    binomial,  ///< counting error of the test images alone; scatter between seeds is not in it
    residual,  ///< nothing was known: all points weigh the same, the scatter about the fit is the error
};

inline std::string to_string(ErrorSource source) {
    switch (source) {
        case ErrorSource::repeats:
            return "repeats";
        case ErrorSource::given:
            return "given";
        case ErrorSource::binomial:
            return "binomial";
        case ErrorSource::residual:
            return "residual";
    }
    return "unknown";
}

/// Mean, standard error and number of runs at each strength.
/// Throws std::invalid_argument when the lists differ in length, a strength has no run or an accuracy is outside [0,
/// 1].
inline std::vector<CurvePoint> summarise(const CurveRuns& runs) {
    require(runs.strength.size() == runs.accuracy.size(), "summarise", "number of accuracy lists", runs.accuracy.size(),
            "equal the number of strengths");
    std::vector<CurvePoint> points;
    for (std::size_t i = 0; i < runs.strength.size(); ++i) {
        const auto& a = runs.accuracy[i];
        require(!a.empty(), "summarise", "runs at one strength", a.size(), "be at least 1");
        for (const double value : a) require(value >= 0 && value <= 1, "summarise", "accuracy", value, "lie in [0, 1]");
        const double mean = mean_of(a), variance = variance_about(a, mean);
        const bool same = std::all_of(a.begin(), a.end(), [&](double value) { return value == a[0]; });
        points.push_back({runs.strength[i], same ? a[0] : mean,
                          same ? 0 : std::sqrt(variance / static_cast<double>(a.size())), a.size()});
    }
    return points;
}

/// Accuracies on `images` test images as counts, rounded to whole images (tables keep few digits).
/// Throws std::invalid_argument when `images` is 0 or an accuracy is outside [0, 1].
inline CurveCounts counted(const CurveRuns& runs, std::size_t images) {
    require(images > 0, "counted", "images", images, "be at least 1");
    CurveCounts counts{runs.strength, {}};
    for (const auto& accuracies : runs.accuracy) {
        counts.runs.emplace_back();
        for (const double a : accuracies) {
            require(a >= 0 && a <= 1, "counted", "accuracy", a, "lie in [0, 1]");
            counts.runs.back().push_back(
                {static_cast<std::size_t>(std::llround(a * static_cast<double>(images))), images});
        }
    }
    return counts;
}

/// The error of each point, twice: `own` comes from the point's own runs and is unbiased, with `dof` degrees of
/// freedom; `smooth` is pooled with its neighbours and steady enough to weigh with. Both are > 0.
struct CurveErrors {
    Vector<double> own, smooth, dof;
    ErrorSource source = ErrorSource::residual;
    double total_dof = std::numeric_limits<double>::infinity();  ///< behind all of `smooth` together
};

namespace detail {

/// Variance of a single run around strength i: 0.95 of the pool over i (twice) and its two neighbours, 0.05 of the pool
/// over all. `variance` and `dof` hold each strength's own; dof 0: the variance is unknown. Strengths in increasing
/// order.
inline double pooled_variance(const Vector<double>& variance, const Vector<double>& dof, Eigen::Index i) {
    constexpr double overall_share = 0.05;
    const double overall = variance.dot(dof) / sum_of(dof);
    double sum = 0, weight = 0;
    for (auto j = std::max<Eigen::Index>(0, i - 1); j <= std::min(dof.size() - 1, i + 1); ++j) {
        const double w = (j == i ? 2 : 1) * dof[j];
        sum += w * variance[j];
        weight += w;
    }
    return weight > 0 ? (1 - overall_share) * sum / weight + overall_share * overall : overall;
}

inline double binomial_error(double accuracy, double n) {
    const double a = (accuracy * n + 0.5) / (n + 1);  // keeps 0 and 1 from being certain
    return std::sqrt(a * (1 - a) / n);
}

/// Errors estimated from the scatter of repeats. A zero (all seeds equal) borrows the pooled error.
inline CurveErrors errors_from_repeats(std::span<const CurvePoint> points) {
    const auto n = static_cast<Eigen::Index>(points.size());
    Vector<double> variance = Vector<double>::Zero(n), dof = variance;
    for (Eigen::Index i = 0; i < n; ++i) {
        const auto& point = points[static_cast<std::size_t>(i)];
        const auto repeats = static_cast<double>(point.repeats);
        variance[i] = point.stderr_accuracy * point.stderr_accuracy * repeats;
        dof[i] = std::max(0.0, repeats - 1);
    }
    CurveErrors errors{variance, variance, dof, ErrorSource::repeats, sum_of(dof)};
    for (Eigen::Index i = 0; i < n; ++i) {
        const auto& point = points[static_cast<std::size_t>(i)];
        const bool known = point.repeats < 2 && point.stderr_accuracy > 0;
        const double runs = std::max(1.0, static_cast<double>(point.repeats));
        errors.smooth[i] = known ? point.stderr_accuracy : std::sqrt(pooled_variance(variance, dof, i) / runs);
        errors.own[i] = point.stderr_accuracy > 0 ? point.stderr_accuracy : errors.smooth[i];
        if (dof[i] == 0) errors.dof[i] = known ? std::numeric_limits<double>::infinity() : errors.total_dof;
    }
    return errors;
}

/// Errors the caller knows; a zero among them borrows the root mean square of the others.
inline CurveErrors errors_as_given(std::span<const CurvePoint> points) {
    const auto n = static_cast<Eigen::Index>(points.size());
    double sum = 0, known = 0;
    for (const auto& point : points) {
        sum += point.stderr_accuracy * point.stderr_accuracy;
        known += point.stderr_accuracy > 0 ? 1 : 0;
    }
    CurveErrors errors;
    errors.source = ErrorSource::given;
    errors.own.resize(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        const double e = points[static_cast<std::size_t>(i)].stderr_accuracy;
        errors.own[i] = e > 0 ? e : std::sqrt(sum / known);
    }
    errors.smooth = errors.own;
    errors.dof = Vector<double>::Constant(n, std::numeric_limits<double>::infinity());
    return errors;
}

}  // namespace detail

/// Decides what the error bars mean and makes every one positive; `points` in increasing order of strength.
/// Repeats come first, then errors that were given, then the binomial error of `test_images`, then nothing: unit
/// errors, to be scaled by the scatter about the fit. When `test_images` > 0 no point weighs more than the images of
/// all its runs allow: `smooth` is at least sqrt(A (1 - A) / (test_images repeats)).
inline CurveErrors curve_errors(std::span<const CurvePoint> points, std::size_t test_images) {
    const auto n = static_cast<Eigen::Index>(points.size());
    const auto has_error = [](const CurvePoint& point) { return point.stderr_accuracy > 0; };
    const auto has_scatter = [&](const CurvePoint& point) { return has_error(point) && point.repeats >= 2; };
    CurveErrors errors;
    if (std::any_of(points.begin(), points.end(), has_scatter)) {
        errors = detail::errors_from_repeats(points);
    } else if (std::any_of(points.begin(), points.end(), has_error)) {
        errors = detail::errors_as_given(points);
    } else {
        errors.source = test_images > 0 ? ErrorSource::binomial : ErrorSource::residual;
        errors.own = errors.smooth = Vector<double>::Constant(n, test_images > 0 ? 0.0 : 1.0);
        errors.dof = Vector<double>::Constant(n, std::numeric_limits<double>::infinity());
    }
    for (Eigen::Index i = 0; i < n && test_images > 0; ++i) {
        const auto& point = points[static_cast<std::size_t>(i)];
        const double images = static_cast<double>(test_images * std::max<std::size_t>(1, point.repeats));
        errors.smooth[i] = std::max(errors.smooth[i], detail::binomial_error(point.accuracy, images));
        if (point.stderr_accuracy == 0) errors.own[i] = errors.smooth[i];
    }
    return errors;
}

}  // namespace pstar
