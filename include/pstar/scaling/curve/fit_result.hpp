#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <pstar/scaling/curve/count_likelihood.hpp>
#include <pstar/scaling/curve/fit_options.hpp>
#include <pstar/scaling/curve/monotone_curve.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/scaling/curve/quantity.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/scaling/curve/status.hpp>

namespace pstar {

/// A fitted curve with intervals and how well it fits. The members of `CurveIntervals` are the numbers to quote:
/// p_star, width and slope, the levels, and `crossing`, the strength at `CurveFitOptions::level`; `source` says what
/// stands behind their intervals. They are those of `curve`, or of `monotone` where no family fits (`status` smooth or
/// coarse); all that judges the fit (`profile`, `deviance`, `aic`, ...) is about `curve`.
struct CurveFit : CurveIntervals {
    CurveFitOptions options;  ///< what was asked for
    CurveStatus status = CurveStatus::too_few_points;
    std::string explanation;  ///< one sentence for a reader
    CurveIntervals profile;   ///< the same from the likelihood alone, whatever `source` is
    SigmoidCurve curve;       ///< the best curve of a family (all NaN when there is none)
    MonotoneCurve monotone;   ///< the curve without a family that the numbers come from; empty: they come from `curve`
    FitMethod method = FitMethod::least_squares;       ///< how it was fitted
    ErrorSource error_source = ErrorSource::residual;  ///< where the errors of the points come from
    double deviance = 0;  ///< what the curve misses: chi^2, or of counts 2 (log P(best means) - log P(curve))
    std::size_t dof = 0;  ///< strengths less fitted parameters
    double p_value = 1;   ///< of the deviance; 1 where there is nothing to judge by (dof = 0 or unknown errors)
    std::vector<double> residuals = {};  ///< signed roots of each strength's share of the deviance, measured - curve
    double rms_residual = 0;             ///< sqrt(mean (accuracy - curve)^2), unweighted
    double inflation = 1;                ///< factor that widened the profile's intervals, and those of `runs`
    Dispersion dispersion = {};          ///< of runs at the same strength beyond binomial, where there are counts
    double log_likelihood = 0;           ///< of the curve; Gaussian errors, or counts with binomial coefficients
    double aic = 0;  ///< 2 (fitted parameters) - 2 log_likelihood: compare families on the same data

    /// A(p) of the curve that the numbers come from, for drawing; NaN when there is none.
    double at(double p) const { return monotone.empty() ? curve(p) : monotone(p); }
    /// `gumbel`, `gumbel on a sloping plateau`, `gumbel on a bent plateau` or `no family`: what the numbers come from.
    std::string form() const {
        if (!monotone.empty()) return "no family";
        std::string name(to_string(curve.family));
        if (curve.plateau.bend != 0) return name + " on a bent plateau";
        return curve.plateau.fall != 0 ? name + " on a sloping plateau" : name;
    }
};

}  // namespace pstar
