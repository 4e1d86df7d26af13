#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/detail/interval_cells.hpp>
#include <pstar/io/csv_writer.hpp>

namespace pstar {

/// `fits.csv`: one row per curve. Intervals are 95%; an open end is `inf`, a number that is not identified `nan`.
/// `form` is the curve that the numbers come from (`CurveFit::form`), `transition_width` is `CurveFit::width`,
/// `repeats` the largest number of usable runs at a strength.
inline void write_fits_csv(const std::filesystem::path& path, std::span<const FittedCurve> curves) {
    std::vector<std::string> columns{"evaluation", "form"};
    detail::add_intervals(columns, {"p_star", "slope", "steepest", "transition_width", "upper", "lower"});
    detail::add_columns(
        columns, {"deviance", "dof", "p_value", "rms_residual", "inflation", "errors", "repeats", "left_out",
                  "never_learned", "status", "method", "dispersion", "intervals", "interval_dof", "p_star_profile_low",
                  "p_star_profile_high", "slope_profile_low", "slope_profile_high"});
    CsvWriter csv(path, curve_columns(columns));
    for (const auto& curve : curves) {
        const auto& [measured, fit, points] = curve;
        write_curve_cells(csv, measured.run);
        detail::append_cells(csv, to_string(measured.images), fit.form(), fit.p_star, fit.slope, fit.steepest,
                             fit.width, fit.upper, fit.lower);
        detail::append_cells(csv, fit.deviance, fit.dof, fit.p_value, fit.rms_residual, fit.inflation,
                             to_string(fit.error_source), curve.most_repeats(), measured.left_out, measured.stuck,
                             to_string(fit.status), to_string(fit.method), fit.dispersion.rho, to_string(fit.source),
                             fit.interval_dof, fit.profile.p_star.low, fit.profile.p_star.high, fit.profile.slope.low,
                             fit.profile.slope.high);
        csv.end_row();
    }
    csv.commit();
}

}  // namespace pstar
