#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/io/csv_writer.hpp>

/// The columns that say which run, point or curve a row of a table is about: the same names in every table.
namespace pstar {

/// The columns, each of which `write_key_cells` can fill:
/// - `activation`, `model_type`, `corruption_mode`, `depth`, `n_train_samples`, `batch_size`;
/// - `width`, of whatever the kind of model counts (see `ModelSpec`); `mlp_width`, `cnn_channels` and `rbm_components`
///   are the same for models of that kind, else `nan`;
/// - `strength`; `p` and `sigma`, where the one that the corruption does not have is 0, so that grouping by both loses
///   no row; of a corruption of one's own both are 0;
/// - `repeat`;
/// - `samples_per_class`, `clean_fraction`, `clean_per_class`, `clean_only`, `label_noise`: 0 where not asked for.
inline void write_key_cells(CsvWriter& csv, const RunKey& run, std::span<const std::string> columns) {
    const auto width_if = [&](const char* kind) {
        return run.model == kind ? static_cast<double>(run.width) : std::numeric_limits<double>::quiet_NaN();
    };
    const bool is_sigma = run.corruption == "additive";
    const bool is_p = run.corruption == "replacement" || run.corruption == "binary_replacement" ||
                      run.corruption == "byte_replacement";
    for (const auto& column : columns) {
        if (column == "activation")
            csv.cell(to_string(run.activation));
        else if (column == "model_type")
            csv.cell(run.model);
        else if (column == "corruption_mode")
            csv.cell(run.corruption);
        else if (column == "depth")
            csv.cell(run.depth);
        else if (column == "n_train_samples")
            csv.cell(run.train_samples);
        else if (column == "batch_size")
            csv.cell(run.batch_size);
        else if (column == "width")
            csv.cell(run.width);
        else if (column == "mlp_width")
            csv.cell(width_if("mlp"));
        else if (column == "cnn_channels")
            csv.cell(width_if("cnn"));
        else if (column == "rbm_components")
            csv.cell(run.model == "rbm_plain" ? width_if("rbm_plain") : width_if("rbm"));
        else if (column == "strength")
            csv.cell(run.strength);
        else if (column == "p")
            csv.cell(is_p ? run.strength : 0.0);
        else if (column == "sigma")
            csv.cell(is_sigma ? run.strength : 0.0);
        else if (column == "repeat")
            csv.cell(run.repeat);
        else if (column == "samples_per_class")
            csv.cell(run.samples_per_class);
        else if (column == "clean_fraction")
            csv.cell(run.clean_fraction);
        else if (column == "clean_per_class")
            csv.cell(run.clean_per_class);
        else if (column == "clean_only")
            csv.cell(run.clean_only ? 1 : 0);
        else if (column == "label_noise")
            csv.cell(run.label_noise);
        else
            require(false, "write_key_cells", "column", "'" + column + "'", "be one that says which run it is");
    }
}

/// What is varied of the training set beside its size.
inline std::vector<std::string> training_set_columns() {
    return {"samples_per_class", "clean_fraction", "clean_per_class", "clean_only", "label_noise"};
}
/// Of a curve, and then `more`.
inline std::vector<std::string> curve_columns(const std::vector<std::string>& more = {}) {
    std::vector<std::string> columns{"activation",   "model_type",      "corruption_mode", "mlp_width",
                                     "depth",        "n_train_samples", "batch_size",      "width",
                                     "cnn_channels", "rbm_components"};
    const auto of_set = training_set_columns();
    columns.insert(columns.end(), of_set.begin(), of_set.end());
    columns.insert(columns.end(), more.begin(), more.end());
    return columns;
}
/// Of a point, and then `more`.
inline std::vector<std::string> point_columns(const std::vector<std::string>& more = {}) {
    auto columns = curve_columns({"strength", "p", "sigma"});
    columns.insert(columns.end(), more.begin(), more.end());
    return columns;
}
/// The cells of `curve_columns`: the network without strength and repeat.
inline void write_curve_cells(CsvWriter& csv, const RunKey& run) {
    write_key_cells(csv, run, curve_columns());
}
/// The cells of `point_columns`: the network and its strength.
inline void write_point_cells(CsvWriter& csv, const RunKey& run) {
    write_key_cells(csv, run, point_columns());
}

}  // namespace pstar
