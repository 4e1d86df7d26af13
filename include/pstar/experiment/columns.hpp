#pragma once

#include <limits>
#include <string>
#include <vector>

#include <pstar/experiment/run_key.hpp>
#include <pstar/io/csv_writer.hpp>

/// The columns that say which run, point or curve a row of a table is about: the same names in every table.
namespace pstar {

/// Of a curve, and then `more`: `activation`, `model_type`, `corruption_mode`, `width` (of whatever the kind of model
/// counts, see `ModelSpec`), `mlp_width`, `cnn_channels` and `rbm_components` (the same for models of that kind, else
/// `nan`), `depth`, `n_train_samples`, `batch_size`.
inline std::vector<std::string> curve_columns(const std::vector<std::string>& more = {}) {
    std::vector<std::string> columns{"activation",      "model_type",   "corruption_mode", "width",
                                     "mlp_width",       "cnn_channels", "rbm_components",  "depth",
                                     "n_train_samples", "batch_size"};
    columns.insert(columns.end(), more.begin(), more.end());
    return columns;
}
/// Of a point, besides: `strength`, and `p` or `sigma`, where the one that the corruption does not have is 0, so that
/// grouping by both loses no row; of a corruption of your own both are 0.
inline std::vector<std::string> point_columns(const std::vector<std::string>& more = {}) {
    auto columns = curve_columns({"strength", "p", "sigma"});
    columns.insert(columns.end(), more.begin(), more.end());
    return columns;
}

inline void write_curve_cells(CsvWriter& csv, const RunKey& run) {
    csv.cell(to_string(run.activation));
    csv.cell(run.model);
    csv.cell(run.corruption);
    csv.cell(run.width);
    for (const char* kind : {"mlp", "cnn", "rbm"})
        csv.cell(run.model == kind ? static_cast<double>(run.width) : std::numeric_limits<double>::quiet_NaN());
    csv.cell(run.depth);
    csv.cell(run.train_samples);
    csv.cell(run.batch_size);
}
inline void write_point_cells(CsvWriter& csv, const RunKey& run) {
    write_curve_cells(csv, run);
    const bool is_p = run.corruption == "replacement" || run.corruption == "binary_replacement";
    csv.cell(run.strength);
    csv.cell(is_p ? run.strength : 0.0);
    csv.cell(run.corruption == "additive" ? run.strength : 0.0);
}

}  // namespace pstar
