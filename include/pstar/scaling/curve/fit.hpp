#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <pstar/scaling/curve/fit_options.hpp>
#include <pstar/scaling/curve/fit_result.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/scaling/detail/curve_fitting.hpp>
#include <pstar/scaling/detail/measured_curve.hpp>

namespace pstar {

/// Fits a falling curve to measured accuracies, from anywhere (`search_falling`), in any order of strengths:
/// `SigmoidCurve` of `options.family`, or of the family of least AIC.
///
/// A plateau may slope and bend (`Plateau`) where that lowers the AIC by more than 2, and only if a plateau and a knee
/// are left (`detail::has_knee`). Where the family is open and none describes the points and tells its plateaus, the
/// numbers are those of a smooth falling curve without a family (`MonotoneRefits`), status `smooth`; or, where half of
/// the drop lies between two strengths, a bracket of p_star and a lower bound of the slope, status `coarse`.
///
/// What is fitted. Means with errors: weighted least squares; errors that were estimated from repeats are first pooled
/// with those of neighbouring strengths (`curve_errors`): three seeds alone give a poor estimate of their scatter.
/// Counts (and runs, where `options.test_images` is known): binomial maximum likelihood; where runs at the same
/// strength surely vary more than binomial counts, the usual case with seeds, beta-binomial, with the dispersion that
/// the variation between runs shows (`estimate_dispersion`). `CurveFit::method` says which.
///
/// Where the intervals come from (`CurveFit::source`):
/// - seeds: `SeedCurves`, or `CurveRuns` with known seeds; at least three. Bootstrap over seeds, each with its whole
///   curve, where every strength has the same ones (`bootstrap_seeds`), or with the runs that it has (`shares_seeds`,
///   `bootstrap_some_seeds`), and Student's t. The only interval that contains what a seed does to all strengths at
///   once. Noise of the test images, which all seeds share, is not in it.
/// - images: outcomes image by image (`ImageOutcomes`): bootstrap over test images.
/// - runs: repeats whose seeds are not known or have no strengths in common: `bootstrap_runs`, each strength's own
/// scatter, taken as
///   independent.
/// - profile: all others, and for comparison in `CurveFit::profile`: the likelihood.
/// - errors: of a curve without a family, where neither is known: redrawn with the errors of the points.
/// `inflate` multiplies the errors of runs and profile by sqrt(deviance / dof) where that exceeds 1. Resamples choose
/// again between the families and plateaus whose AIC is at most 10 above the least (`CurveRefits`); the profile does
/// not.
///
/// A number that the data do not identify gives a status with an explanation, not an exception. In a `step` the numbers
/// come from the points themselves: p_star between the last strength surely above half way and the first surely below,
/// the slope at least the steepest fall between neighbours, and without upper end.
///
/// Measured coverage of 95% intervals with a known family and a level plateau (for others see docs/scaling.md), 1,000
/// simulated experiments each (Monte Carlo error .007): p_star .62, width .06, levels .97 and .1 (known), 1,000 test
/// images, strengths 0 to 1; "crossing" at accuracy .7, "length" the mean length of the interval of p_star.
///
///                                                          p_star  slope  width  upper  crossing  length   profile:
///                                                                                                          p_star
///     binomial, 1 run, 11 strengths (profile)                .963   .965   .967   .956      .970   .0135     .963
///     binomial, 1 run, 21 strengths (profile)                .968   .960   .961   .969      .966   .0093     .968
///     binomial, 1 run of 100 images, 11 (profile)            .965   .964   .962   .960      .962   .0433     .965
///     binomial, 3 runs, 11 (runs)                            .955   .967   .966   .964      .962   .0097     .962
///     binomial, 3 seeds, 11 (seeds)                          .957   .949   .949   .951      .945   .0138     .962
///     binomial, 5 seeds, 11 (seeds)                          .955   .944   .945   .952      .942   .0074     .965
///     beta-binomial, rho .002, 3 runs, 11 (runs)             .964   .961   .958   .963      .962   .0173     .968
///     beta-binomial, rho .002, 5 runs, 11 (runs)             .950   .959   .955   .959      .949   .0115     .947
///     beta-binomial, rho .002, 5 seeds, 11 (seeds)           .949   .964   .966   .947      .938   .0128     .947
///     the same, lower level fitted                           .941   .955   .952   .944      .938   .0145     .954
///     the same, Weibull                                      .954   .945   .942   .954      .946   .0106     .958
///     beta-binomial, rho .002, 10 seeds, 21 (seeds)          .950   .948   .948   .945      .953   .0055     .970
///     seeds shift curves, sd .01, 3 seeds, 21 (seeds)        .953   .945   .950   .949      .952   .0445     .460
///     seeds shift curves, sd .01, 5 seeds, 21 (seeds)        .949   .951   .947   .942      .954   .0238     .460
///     seeds shift curves, sd .01, 10 seeds, 21 (seeds)       .942   .936   .938   .940      .944   .0142     .443
///     seeds shift curves, 5 runs, 21, seeds unknown (runs)   .651   .992   .993   .949      .665   .0090     .460
///
/// The last line shows what is lost when the seeds are not known. Means with errors from repeats, normal noise of sd
/// .003 on the plateaus rising to .033 at p_star (2,000 experiments): p_star .980 .946 .945 .940, slope .976 .949 .951
/// .959 for 2, 3, 5, 10 runs; with noise that all runs of a strength share, as large as the error of their mean, p_star
/// .944 .916 .892 for 3, 5, 10 runs. With one run and no other errors (`ErrorSource::residual`) equal noise at all
/// strengths is assumed: where it grows tenfold near the knee the interval of p_star covers in only about half. Run
/// repeats.
///
/// Throws std::invalid_argument for options out of range, accuracies outside [0, 1], negative or non-finite errors, and
/// strengths that are not finite or occur twice.
template <class Curve = SigmoidCurve>
CurveFit fit_curve(std::span<const CurvePoint> points, const CurveFitOptions& options = {}) {
    options.validate();
    return detail::fit_measured<Curve>(detail::measured(points, options), options);
}

/// The same from single runs: as counts where `options.test_images` is known, else their means and standard errors. The
/// intervals are those of seeds where these are known and have several strengths each.
template <class Curve = SigmoidCurve>
CurveFit fit_curve(const CurveRuns& runs, const CurveFitOptions& options = {}) {
    options.validate();
    return detail::fit_measured<Curve>(detail::measured(runs, options), options);
}

/// The same from runs that are known to belong to seeds.
template <class Curve = SigmoidCurve>
CurveFit fit_curve(const SeedCurves& curves, const CurveFitOptions& options = {}) {
    options.validate();
    return detail::fit_measured<Curve>(detail::measured(curves, options), options);
}

/// The same from counts.
template <class Curve = SigmoidCurve>
CurveFit fit_curve(const CurveCounts& counts, const CurveFitOptions& options = {}) {
    options.validate();
    return detail::fit_measured<Curve>(detail::measured(counts, options), options);
}

/// The same from outcomes image by image.
template <class Curve = SigmoidCurve>
CurveFit fit_curve(const ImageOutcomes& outcomes, const CurveFitOptions& options = {}) {
    options.validate();
    return detail::fit_measured<Curve>(detail::measured(outcomes, options), options);
}

/// One fit for each family, in order of AIC, the best first, each with the plateau that suits it. Weibull takes part
/// where all strengths are at least 0. Differences of AIC below about 2 decide nothing. `data` is anything that
/// `fit_curve` takes.
template <class Curve = SigmoidCurve, class Data>
std::vector<CurveFit> fit_families(const Data& data, CurveFitOptions options = {}) {
    std::vector<CurveFit> fits;
    for (const auto family : sigmoid_families) {
        options.family = family;
        options.validate();
        auto measured = detail::measured(data, options);
        if (family == SigmoidFamily::weibull && measured.data.x.size() > 0 && measured.data.x[0] < 0) continue;
        fits.push_back(detail::fit_measured<Curve>(std::move(measured), options));
    }
    std::stable_sort(fits.begin(), fits.end(), [](const auto& a, const auto& b) { return a.aic < b.aic; });
    return fits;
}

}  // namespace pstar
