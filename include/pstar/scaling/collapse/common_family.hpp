#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>

/// One family of curves for all sizes.
namespace pstar {

/// The fit of a family among those of several families; null where it was not fitted.
inline const CurveFit* fit_of(std::span<const CurveFit> fits, SigmoidFamily family) {
    const auto place =
        std::find_if(fits.begin(), fits.end(), [&](const CurveFit& fit) { return fit.curve.family == family; });
    return place == fits.end() ? nullptr : &*place;
}

/// The family that describes several curves best.
struct CommonFamily {
    SigmoidFamily best;   ///< of the least sum of AIC over the curves
    double aic_gain = 0;  ///< sum of AIC of the reference family minus that of the best; 0 where either is not finite
};

/// The family of the least sum of AIC over all curves; fits[c] holds the fits of curve c (`fit_families`). A family
/// that was not fitted to every curve (Weibull with negative strengths), or has no curve somewhere, takes no part.
/// Where none is left, the best is `reference`.
inline CommonFamily common_family(std::span<const std::vector<CurveFit>> fits, SigmoidFamily reference) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto total = [&](SigmoidFamily family) {
        double sum = 0;
        for (const auto& of_curve : fits) {
            const auto* fit = fit_of(of_curve, family);
            sum += fit && std::isfinite(fit->curve.p_star) ? fit->aic : infinity;
        }
        return sum;
    };
    CommonFamily result{reference};
    double least = infinity;
    for (const auto family : sigmoid_families)
        if (const double sum = total(family); sum < least) least = sum, result.best = family;
    const double of_reference = total(reference);
    if (std::isfinite(least) && std::isfinite(of_reference)) result.aic_gain = of_reference - least;
    return result;
}

}  // namespace pstar
