#pragma once

#include <pstar/margin/predicted_curve.hpp>
#include <pstar/scaling/curve/fit.hpp>

namespace pstar {

/// p* and slope of a predicted curve, fitted as a measured one of the same images is: `fit_curve` of `ImageOutcomes`,
/// with the predicted probabilities of being right in place of shares of draws. Intervals are for other test images.
/// Throws as `fit_curve`.
template <class Curve = SigmoidCurve>
CurveFit fit_predicted_curve(const PredictedCurve& curve, const CurveFitOptions& options = {}) {
    return fit_curve<Curve>(ImageOutcomes{curve.strength, curve.correct}, options);
}

}  // namespace pstar
