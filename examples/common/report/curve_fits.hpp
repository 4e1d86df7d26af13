#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/scaling/curve/sigmoid_curve.hpp>
#include <pstar/scaling/trend.hpp>
#include <pstar/statistics/estimate.hpp>

namespace study {

/// A measured curve with what was made of it: the numbers of `pstar::CurveFit` and `pstar::Spread`.
struct FittedCurve {
    pstar::AccuracyCurve measured;
    std::vector<pstar::CurvePoint> points;       ///< mean and standard error at each strength
    std::size_t least_repeats = 0, repeats = 0;  ///< the fewest and the most usable runs at a strength

    pstar::Estimate p_star, slope, transition_width, upper, lower;
    pstar::SigmoidCurve curve;                      ///< for drawing; NaN when there is none
    pstar::Estimate profile_p_star, profile_slope;  ///< from the likelihood alone
    double deviance = 0, p_value = 1, rms_residual = 0, inflation = 1, dispersion = 0;
    std::size_t dof = 0;
    std::string errors;     ///< what the error bars behind the fit are
    std::string method;     ///< what was maximised
    std::string intervals;  ///< where the intervals come from
    double interval_dof = 0;
    std::string status, explanation;
    bool comparable = false;  ///< the status lets the numbers be compared: ok, misfit, step

    std::vector<std::pair<double, double>> spread;  ///< (strength, sample standard deviation of the runs there)
};

/// Fits every curve by the likelihood of its counts, `test_images` images behind each accuracy. The lower level is
/// fixed at chance, 1/classes: at full strength nothing of the image is left. The upper level is fitted. Intervals come
/// from a bootstrap over seeds, each with its whole curve, where all strengths have the same three or more; else from
/// the scatter at each strength.
std::vector<FittedCurve> fit_curves(std::vector<pstar::AccuracyCurve> curves, std::size_t classes,
                                    std::size_t test_images);

/// The midpoint of a curve of which a part has been measured, from few resamples: for a look while runs go on. Nothing
/// where it is not identified.
std::optional<pstar::Estimate> quick_midpoint(const pstar::CurveRuns& runs, std::size_t classes,
                                              std::size_t test_images);

/// `fits.csv`: a row a curve. Intervals are 95%; an open end is `inf`, a number that cannot be told `nan`.
void write_fits_csv(const std::filesystem::path& path, std::span<const FittedCurve> curves);

}  // namespace study
