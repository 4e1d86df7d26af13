#include "spectra_tables.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <pstar/experiment/accuracy_tables.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/sweep/repeats.hpp>

#include "common/report/estimate_cells.hpp"

namespace study {
namespace {

using Columns = std::vector<std::string>;

/// What tells networks and inputs apart, before the columns of a table.
Columns with_network(const Columns& columns) {
    Columns all{"activation", "model_type",      "corruption_mode", "mlp_width",
                "depth",      "n_train_samples", "batch_size",      "inputs"};
    all.insert(all.end(), columns.begin(), columns.end());
    return all;
}
void network_cells(pstar::CsvWriter& csv, const SpectraCurve& curve) {
    const auto& run = curve.run;
    csv.cell(to_string(run.activation));
    csv.cell(run.model);
    csv.cell(run.corruption);
    csv.cell(run.width);
    csv.cell(run.depth);
    csv.cell(run.train_samples);
    csv.cell(run.batch_size);
    csv.cell(to_string(curve.inputs));
}
void strength_cells(pstar::CsvWriter& csv, const SpectraCurve& curve, double strength) {
    const auto [p, sigma] = pstar::detail::strength_columns(curve.run.corruption, strength);
    csv.cell(p);
    csv.cell(sigma);
}

void write_eigenvalues(const CurveStory& story, std::span<const SpectraCurve> curves, const OutputFolder& out) {
    pstar::CsvWriter csv(out / "eigenvalues.csv", with_network({"p", "sigma", "seed", "index", "eigenvalue"}));
    for (const auto& curve : curves)
        for (const auto& point : curve.points)
            for (const auto& seed : point.kernels) {
                const auto& eigenvalues = seed.kernel->spectrum.eigenvalues;
                for (std::size_t i = 0; i < eigenvalues.size(); ++i) {
                    network_cells(csv, curve);
                    strength_cells(csv, curve, point.strength);
                    csv.cell(pstar::repeat_seed(pstar::Seed{story.flags.seed}, seed.repeat).value);
                    csv.cell(i + 1);
                    csv.cell(eigenvalues[i]);
                    csv.end_row();
                }
            }
    csv.commit();
}

void write_points(std::span<const SpectraCurve> curves, const OutputFolder& out) {
    Columns columns{"p", "sigma", "seeds"};
    for (const auto name : spectrum_number_names)
        for (const char* statistic : {"mean_", "stderr_"}) columns.push_back(statistic + std::string(name));
    columns.insert(columns.end(), {"zero_trace", "indefinite", "not_converged", "no_network"});
    pstar::CsvWriter csv(out / "spectra.csv", with_network(columns));
    for (const auto& curve : curves)
        for (const auto& point : curve.points) {
            network_cells(csv, curve);
            strength_cells(csv, curve, point.strength);
            csv.cell(point.kernels.size());
            for (std::size_t k = 0; k < spectrum_number_names.size(); ++k) {
                const auto found = moments_of(point, static_cast<SpectrumNumber>(k));
                csv.cell(found.mean);
                csv.cell(found.sem);
            }
            for (const auto count : {point.zero_trace, point.indefinite, point.not_converged, point.no_network})
                csv.cell(count);
            csv.end_row();
        }
    csv.commit();
}

void write_trends(std::span<const SpectraCurve> curves, const OutputFolder& out) {
    pstar::CsvWriter csv(out / "trends.csv", with_network({"seeds", "slope", "slope_low", "slope_high",
                                                           "rank_correlation", "change", "change_low", "change_high",
                                                           "verdict", "turn", "turn_at", "largest_at", "smallest_at"}));
    for (const auto& curve : curves) {
        const auto& trend = curve.trend;
        const auto at = [&](bool known, std::size_t i) { return known ? curve.points[i].strength : std::nan(""); };
        network_cells(csv, curve);
        csv.cell(trend.seeds);
        cells(csv, trend.slope);
        csv.cell(trend.correlation);
        cells(csv, trend.change.empty() ? trend.slope : trend.change.back());
        csv.cell(to_string(trend.verdict));
        csv.cell(to_string(trend.turn));
        csv.cell(at(trend.turn != SpectrumTurn::none, trend.turn_at));
        csv.cell(at(trend.seeds > 0, trend.largest_at));
        csv.cell(at(trend.seeds > 0, trend.smallest_at));
        csv.end_row();
    }
    csv.commit();
}

}  // namespace

void write_spectra_tables(const CurveStory& story, std::span<const SpectraCurve> curves, const OutputFolder& out) {
    write_eigenvalues(story, curves, out);
    write_points(curves, out);
    write_trends(curves, out);
}

}  // namespace study
