#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/experiment/analysis/spectra.hpp>
#include <pstar/experiment/analysis/spectra_curves.hpp>
#include <pstar/experiment/analysis/spectra_trend.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/detail/interval_cells.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/statistics/moments.hpp>
#include <pstar/sweep/repeats.hpp>

/// Spectra as CSV files.
namespace pstar {

namespace detail {

inline void write_spectra_cells(CsvWriter& csv, const SpectraCurve& curve, double strength) {
    auto run = curve.run;
    run.strength = strength;
    write_point_cells(csv, run);
    csv.cell(to_string(curve.inputs));
}

}  // namespace detail

/// `eigenvalues.csv`: one row per eigenvalue of every run's kernel whose spectrum is `ok`, `index` 1 for the largest.
/// `seed` is that of runs.csv, which follows from `settings.seed` and the repeat.
inline void write_eigenvalues_csv(const std::filesystem::path& path, Seed seed, std::span<const SpectraCurve> curves) {
    CsvWriter csv(path, point_columns({"inputs", "seed", "repeat", "index", "eigenvalue"}));
    for (const auto& curve : curves)
        for (const auto& point : curve.points)
            for (const auto& kernel : point.kernels) {
                const auto& eigenvalues = kernel.kernel->spectrum.eigenvalues;
                for (std::size_t i = 0; i < eigenvalues.size(); ++i) {
                    detail::write_spectra_cells(csv, curve, point.strength);
                    detail::append_cells(csv, repeat_seed(seed, kernel.repeat).value, kernel.repeat, i + 1,
                                         eigenvalues[i]);
                    csv.end_row();
                }
            }
    csv.commit();
}

/// `spectra.csv`: one row per point: mean and standard error of every `SpectrumNumber`, how many repeats have a
/// spectrum, and how many have none, by reason.
inline void write_spectra_csv(const std::filesystem::path& path, std::span<const SpectraCurve> curves) {
    std::vector<std::string> columns{"inputs", "seeds"};
    for (const auto name : spectrum_number_names)
        for (const char* statistic : {"mean_", "stderr_"}) columns.push_back(statistic + std::string(name));
    columns.insert(columns.end(), {"zero_trace", "indefinite", "not_converged", "no_network"});
    CsvWriter csv(path, point_columns(columns));
    for (const auto& curve : curves)
        for (const auto& point : curve.points) {
            detail::write_spectra_cells(csv, curve, point.strength);
            csv.cell(point.kernels.size());
            for (std::size_t k = 0; k < spectrum_number_names.size(); ++k) {
                const auto found = moments(values_of(point, static_cast<SpectrumNumber>(k)));
                detail::append_cells(csv, found.mean, found.sem);
            }
            detail::append_cells(csv, point.zero_trace, point.indefinite, point.not_converged, point.no_network);
            csv.end_row();
        }
    csv.commit();
}

/// `trends.csv`: one row per curve: how its effective rank moves with the strength (`SpectraTrend`), `change` from the
/// first strength to the last. Numbers that no repeat gives are `nan`.
inline void write_spectra_trends_csv(const std::filesystem::path& path, std::span<const SpectraCurve> curves) {
    CsvWriter csv(
        path, curve_columns({"inputs", "seeds", "slope", "slope_low", "slope_high", "rank_correlation", "change",
                             "change_low", "change_high", "verdict", "turn", "turn_at", "largest_at", "smallest_at"}));
    for (const auto& curve : curves) {
        const auto& trend = curve.trend;
        const auto at = [&](bool known, std::size_t i) { return known ? curve.points[i].strength : std::nan(""); };
        write_curve_cells(csv, curve.run);
        csv.cell(to_string(curve.inputs));
        detail::append_cells(csv, trend.seeds, trend.slope, trend.correlation,
                             trend.change.empty() ? trend.slope : trend.change.back(), to_string(trend.verdict),
                             to_string(trend.turn), at(trend.turn != SpectrumTurn::none, trend.turn_at),
                             at(trend.seeds > 0, trend.largest_at), at(trend.seeds > 0, trend.smallest_at));
        csv.end_row();
    }
    csv.commit();
}

}  // namespace pstar
