// Fits of accuracy curves.
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>

namespace pstar {

template CurveFit detail::fit_measured<SigmoidCurve>(MeasuredCurve measured, const CurveFitOptions& options);
template MidpointDifference midpoint_difference<SigmoidCurve>(const SeedCurves& first, const SeedCurves& second,
                                                              const CurveFitOptions& options);

}  // namespace pstar
