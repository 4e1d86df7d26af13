#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/scaling/curve/status.hpp>
#include <pstar/statistics/estimate.hpp>

/// Accuracy curves with the sigmoids fitted to them.
namespace pstar {

/// A measured curve and its fit.
struct FittedCurve {
    AccuracyCurve measured;
    CurveFit fit;
    std::vector<CurvePoint> points = {};  ///< mean and standard error at each strength

    /// Whether its numbers can be compared with those of other curves, see `is_comparable`.
    bool comparable() const { return is_comparable(fit.status); }

    /// The fewest and the most usable runs at a strength; 0 where there are none.
    std::size_t least_repeats() const {
        return points.empty() ? 0 : std::ranges::min(points, {}, &CurvePoint::repeats).repeats;
    }
    /// The most runs behind a point.
    std::size_t most_repeats() const {
        return points.empty() ? 0 : std::ranges::max(points, {}, &CurvePoint::repeats).repeats;
    }
};

/// What is known of every accuracy curve: its lower level is chance, 1/classes, since at full strength nothing of the
/// image is left - unless a share of the training images stays clean and the test images are clean: then it is
/// fitted; and how many test images there are, so that accuracies are counts. The rest is at its defaults, and the
/// family, unless one is asked for, that of least AIC. Throws std::invalid_argument for fewer than two classes.
inline CurveFitOptions fit_options(const AccuracyCurve& curve, std::optional<SigmoidFamily> family = std::nullopt) {
    require(curve.classes >= 2, "fit_curve", "classes", curve.classes, "be at least 2");
    const bool learns_clean = curve.run.clean_fraction > 0 || curve.run.clean_per_class > 0;
    CurveFitOptions options{.family = family, .test_images = curve.test_images};
    if (!learns_clean || curve.images != TestImages::clean) options.lower = curve.chance();
    return options;
}

/// Fits the curve by the likelihood of its counts, with `fit_options`; the upper level is fitted, and so is a slope of
/// its plateau where the data call for it. Intervals come from a bootstrap over seeds, each with its whole curve, where
/// all strengths have the same three or more; else from the scatter at each strength (`CurveFit::source` says which). A
/// curve that cannot answer has a status, not an exception.
template <class Curve = SigmoidCurve>
FittedCurve fit_curve(AccuracyCurve curve, std::optional<SigmoidFamily> family = std::nullopt) {
    auto fit = fit_curve<Curve>(curve.runs, fit_options(curve, family));
    auto points = summarise(curve.runs);
    return {std::move(curve), std::move(fit), std::move(points)};
}

/// The fits of several curves, in their order.
template <class Curve = SigmoidCurve>
std::vector<FittedCurve> fit_curves(std::vector<AccuracyCurve> curves,
                                    std::optional<SigmoidFamily> family = std::nullopt) {
    std::vector<FittedCurve> fits;
    for (auto& curve : curves) fits.push_back(fit_curve<Curve>(std::move(curve), family));
    return fits;
}

/// The fits of all curves of the results (`accuracy_curves`, with `stuck`).
template <class Curve = SigmoidCurve>
std::vector<FittedCurve> fit_curves(const Results& results, std::optional<SigmoidFamily> family = std::nullopt,
                                    StuckNetworks stuck = StuckNetworks::leave_out) {
    return fit_curves<Curve>(accuracy_curves(results, stuck), family);
}

/// The midpoint from 100 resamples, whichever seeds there are: for a first look at a curve during a sweep. Nothing
/// where the midpoint is not identified.
template <class Curve = SigmoidCurve>
std::optional<Estimate> quick_midpoint(const AccuracyCurve& curve) {
    if (curve.runs.strength.empty()) return std::nullopt;
    auto options = fit_options(curve);
    options.bootstrap = 100;
    const CurveRuns runs{curve.runs.strength, curve.runs.accuracy};
    const auto fit = fit_curve<Curve>(runs, options);
    if (!is_comparable(fit.status) || !std::isfinite(fit.p_star.value)) return std::nullopt;
    return fit.p_star;
}

}  // namespace pstar
