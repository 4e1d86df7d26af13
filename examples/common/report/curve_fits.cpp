#include "common/report/curve_fits.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <pstar/io/csv_writer.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/scaling/curve/spread.hpp>

#include "common/report/estimate_cells.hpp"

namespace study {
namespace {

bool comparable(pstar::CurveStatus status) {
    using enum pstar::CurveStatus;
    return status == ok || status == misfit || status == step;
}

/// The same seeds at every strength, none left out: run r of each is seed r, which all strengths share.
bool has_all_seeds(const FittedCurve& curve) {
    return curve.measured.left_out == 0 && curve.least_repeats == curve.repeats && curve.repeats >= 2;
}

pstar::SeedCurves by_seed(const pstar::CurveRuns& runs) {
    pstar::SeedCurves curves{runs.strength, std::vector<std::vector<double>>(runs.accuracy[0].size())};
    for (const auto& accuracies : runs.accuracy)
        for (std::size_t r = 0; r < accuracies.size(); ++r) curves.accuracy[r].push_back(accuracies[r]);
    return curves;
}

FittedCurve fitted(pstar::AccuracyCurve measured, const pstar::CurveFitOptions& options) {
    FittedCurve result;
    result.measured = std::move(measured);
    result.points = pstar::summarise(result.measured.runs);
    for (const auto& point : result.points) {
        result.repeats = std::max(result.repeats, point.repeats);
        result.least_repeats =
            result.least_repeats == 0 ? point.repeats : std::min(result.least_repeats, point.repeats);
    }
    const auto fit = has_all_seeds(result) ? pstar::fit_curve(by_seed(result.measured.runs), options)
                                           : pstar::fit_curve(result.measured.runs, options);
    result.p_star = fit.p_star;
    result.slope = fit.slope;
    result.transition_width = fit.width;
    result.upper = fit.upper;
    result.lower = fit.lower;
    result.curve = fit.curve;
    result.deviance = fit.deviance;
    result.p_value = fit.p_value;
    result.rms_residual = fit.rms_residual;
    result.inflation = fit.inflation;
    result.dof = fit.dof;
    result.method = to_string(fit.method);
    result.intervals = to_string(fit.source);
    result.interval_dof = fit.interval_dof;
    result.profile_p_star = fit.profile.p_star;
    result.profile_slope = fit.profile.slope;
    result.dispersion = fit.dispersion.rho;
    result.errors = to_string(fit.error_source);
    result.status = to_string(fit.status);
    result.explanation = fit.explanation;
    result.comparable = comparable(fit.status);
    for (const auto& point : pstar::spread_across_runs(result.measured.runs).points)
        result.spread.emplace_back(point.strength, point.stddev.value);
    return result;
}

}  // namespace

std::vector<FittedCurve> fit_curves(std::vector<pstar::AccuracyCurve> curves, std::size_t classes,
                                    std::size_t test_images) {
    const pstar::CurveFitOptions options{.lower = 1 / static_cast<double>(classes), .test_images = test_images};
    std::vector<FittedCurve> result;
    for (auto& curve : curves) result.push_back(fitted(std::move(curve), options));
    return result;
}

std::optional<pstar::Estimate> quick_midpoint(const pstar::CurveRuns& runs, std::size_t classes,
                                              std::size_t test_images) {
    const auto fit = pstar::fit_curve(
        runs, {.lower = 1 / static_cast<double>(classes), .bootstrap = 100, .test_images = test_images});
    if (!comparable(fit.status) || !std::isfinite(fit.p_star.value)) return std::nullopt;
    return fit.p_star;
}

void write_fits_csv(const std::filesystem::path& path, std::span<const FittedCurve> curves) {
    std::vector<std::string> columns{"activation", "model_type",      "corruption_mode", "mlp_width",
                                     "depth",      "n_train_samples", "evaluation"};
    for (const std::string quantity : {"p_star", "slope", "transition_width", "upper", "lower"})
        for (const std::string end : {"", "_low", "_high"}) columns.push_back(quantity + end);
    for (const char* name : {"deviance", "dof", "p_value", "rms_residual", "inflation", "errors", "repeats", "left_out",
                             "status", "batch_size", "method", "dispersion", "intervals", "interval_dof",
                             "p_star_profile_low", "p_star_profile_high", "slope_profile_low", "slope_profile_high"})
        columns.emplace_back(name);
    pstar::CsvWriter csv(path, columns);
    for (const auto& curve : curves) {
        const auto& run = curve.measured.run;
        csv.cell(to_string(run.activation));
        csv.cell(run.model);
        csv.cell(run.corruption);
        csv.cell(run.width);
        csv.cell(run.depth);
        csv.cell(run.train_samples);
        csv.cell(to_string(curve.measured.images));
        for (const auto& estimate : {curve.p_star, curve.slope, curve.transition_width, curve.upper, curve.lower})
            cells(csv, estimate);
        csv.cell(curve.deviance);
        csv.cell(curve.dof);
        csv.cell(curve.p_value);
        csv.cell(curve.rms_residual);
        csv.cell(curve.inflation);
        csv.cell(curve.errors);
        csv.cell(curve.repeats);
        csv.cell(curve.measured.left_out);
        csv.cell(curve.status);
        csv.cell(run.batch_size);
        csv.cell(curve.method);
        csv.cell(curve.dispersion);
        csv.cell(curve.intervals);
        csv.cell(curve.interval_dof);
        csv.cell(curve.profile_p_star.low);
        csv.cell(curve.profile_p_star.high);
        csv.cell(curve.profile_slope.low);
        csv.cell(curve.profile_slope.high);
        csv.end_row();
    }
    csv.commit();
}

}  // namespace study
