#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/detail/interval_cells.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/scaling/collapse/analysis.hpp>

/// What `analyse_sizes` found, as CSV files. Intervals are in columns `..._low` and `..._high`; an open end is `inf`, a
/// number that is not defined `nan`.
namespace pstar {

/// The analysis of one group of curves.
struct GroupAnalysis {
    std::string name;  ///< empty where there is one group
    ScalingAnalysis found;
};

namespace detail {

/// The number of further sizes of the curves, the same in all groups.
inline std::size_t more_sizes(std::span<const GroupAnalysis> groups) {
    return groups.empty() ? 0 : groups[0].found.sizes[0].measured.more_sizes.size();
}

/// `name_2`, `name_3` ...: of the further sizes.
inline std::vector<std::string> numbered(const std::string& name, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t k = 0; k < count; ++k) names.push_back(name + "_" + std::to_string(k + 2));
    return names;
}

}  // namespace detail

/// `fits.csv`: one row per group and size; further sizes of the curves are in the last columns, `size_2` and so on.
inline void write_size_fits_csv(const std::filesystem::path& path, std::span<const GroupAnalysis> groups) {
    std::vector<std::string> columns{"group", "size", "family", "form"};
    detail::add_intervals(columns, {"p_star", "slope", "steepest", "width", "upper", "lower", "crossing"});
    detail::add_columns(columns, {"intervals",
                                  "interval_dof",
                                  "p_star_profile_low",
                                  "p_star_profile_high",
                                  "slope_profile_low",
                                  "slope_profile_high",
                                  "method",
                                  "errors",
                                  "deviance",
                                  "dof",
                                  "p_value",
                                  "rms_residual",
                                  "inflation",
                                  "dispersion",
                                  "aic",
                                  "best_family",
                                  "best_aic",
                                  "strengths",
                                  "least_runs",
                                  "most_runs",
                                  "points_without_error"});
    detail::add_intervals(columns, {"spread_peak", "spread_height"});
    detail::add_columns(columns, {"spread_status", "status"});
    for (const auto& name : detail::numbered("size", detail::more_sizes(groups))) columns.push_back(name);
    CsvWriter csv(path, columns);
    for (const auto& group : groups)
        for (const auto& [measured, fit, families, spread, curve] : group.found.sizes) {
            const auto& best = families.front();
            detail::append_cells(
                csv, group.name, measured.size, to_string(fit.curve.family), fit.form(), fit.p_star, fit.slope,
                fit.steepest, fit.width, fit.upper, fit.lower, fit.crossing, to_string(fit.source), fit.interval_dof,
                fit.profile.p_star.low, fit.profile.p_star.high, fit.profile.slope.low, fit.profile.slope.high,
                to_string(fit.method), to_string(fit.error_source), fit.deviance, fit.dof, fit.p_value,
                fit.rms_residual, fit.inflation, fit.dispersion.rho, fit.aic, to_string(best.curve.family), best.aic,
                measured.strength.size(), measured.least_runs(), measured.most_runs(), measured.points_without_error(),
                spread.peak, spread.height, to_string(spread.status), to_string(fit.status));
            for (const double more : measured.more_sizes) csv.cell(more);
            csv.end_row();
        }
    csv.commit();
}

/// `collapse.csv`: one row per group: the collapse, the next best exponents (`second_...`), its tests with sizes left
/// out and with shuffled sizes, the trends of p* and of log slope, and the correction to scaling (`none` or `fitted`).
/// nu of further sizes is in the last columns, `nu_2` and so on.
inline void write_collapse_csv(const std::filesystem::path& path, std::span<const GroupAnalysis> groups) {
    std::vector<std::string> columns{"group", "sizes"};
    detail::add_intervals(columns, {"p_c", "nu", "zeta"});
    detail::add_columns(columns, {"s",
                                  "s_by_size",
                                  "overlapping",
                                  "points",
                                  "s_line",
                                  "overlapping_line",
                                  "p_value",
                                  "log_evidence",
                                  "inflation",
                                  "status",
                                  "prediction_rms",
                                  "null_prediction_rms",
                                  "error_rms",
                                  "predicted_points",
                                  "shuffle_p_value",
                                  "shuffle_orders",
                                  "peaks",
                                  "second_p_c",
                                  "second_nu",
                                  "second_zeta",
                                  "second_log_evidence",
                                  "shift",
                                  "shift_p_value",
                                  "sharpening",
                                  "sharpening_p_value"});
    detail::add_intervals(
        columns, {"s_line_expected", "shift_slope", "sharpening_exponent", "p_star_limit", "approach_exponent"});
    detail::add_columns(columns, {"approach_status", "correction", "correction_log_evidence"});
    detail::add_intervals(columns, {"correction_b", "correction_omega", "correction_change"});
    for (const auto& name : detail::numbered("nu", detail::more_sizes(groups)))
        detail::add_intervals(columns, {name.c_str()});
    CsvWriter csv(path, columns);
    for (const auto& [name, found] : groups) {
        const auto& collapse = found.collapse;
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        CollapsePeak second{{nan, nan, nan}, nan, {}};
        if (collapse.peaks.size() > 1) second = collapse.peaks[1];
        detail::append_cells(
            csv, name, collapse.sizes, collapse.p_c, collapse.nu, collapse.zeta, collapse.smooth.s,
            collapse.smooth.s_by_size, collapse.smooth.overlapping, collapse.smooth.points, collapse.line.s,
            collapse.line.overlapping, collapse.p_value, collapse.log_evidence, collapse.inflation,
            to_string(collapse.status), found.prediction.rms, found.prediction.null_rms, found.prediction.error_rms,
            found.prediction.scored, found.shuffled.p_value, found.shuffled.orders, collapse.peaks.size(),
            second.exponents.p_c, second.exponents.nu, second.exponents.zeta, second.log_evidence,
            to_string(found.shift.verdict), found.shift.p_value, to_string(found.sharpening.verdict),
            found.sharpening.p_value, collapse.line_expected, found.shift.slope, found.sharpening.slope,
            found.approach.limit, found.approach.exponent, to_string(found.approach.status));
        const auto& correction = collapse.correction;
        detail::append_cells(csv, to_string(correction.fitted ? CorrectionChoice::fitted : CorrectionChoice::none),
                             correction.log_evidence, correction.amplitude, correction.omega, correction.change);
        for (std::size_t k = 0; k < detail::more_sizes(groups); ++k)
            detail::append_cell(csv, k < collapse.more_nu.size() ? collapse.more_nu[k] : open_interval());
        csv.end_row();
    }
    csv.commit();
}

/// `proxies.csv`: one row per group and proxy, the best proxy of a group first.
inline void write_proxies_csv(const std::filesystem::path& path, std::span<const GroupAnalysis> groups) {
    std::vector<std::string> columns{"group", "rank", "proxy", "log_evidence", "share_best"};
    detail::add_intervals(columns, {"s"});
    detail::add_columns(columns, {"overlapping", "points", "s_line", "overlapping_line", "p_value"});
    CsvWriter csv(path, columns);
    for (const auto& [name, found] : groups)
        for (std::size_t k = 0; k < found.ranking.proxies.size(); ++k) {
            const auto& proxy = found.ranking.proxies[k];
            detail::append_cells(csv, name, k + 1, proxy.name, proxy.log_evidence, proxy.share_best, proxy.s,
                                 proxy.smooth.overlapping, proxy.smooth.points, proxy.line.s, proxy.line.overlapping,
                                 proxy.p_value);
            csv.end_row();
        }
    csv.commit();
}

}  // namespace pstar
