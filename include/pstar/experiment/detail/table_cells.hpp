#pragma once

#include <string>
#include <vector>

#include <pstar/experiment/run_key.hpp>
#include <pstar/io/csv_writer.hpp>

namespace pstar::detail {

/// The columns that tell one model from another, before `more`; `curve_cells` fills them.
inline std::vector<std::string> with_curve_columns(const std::vector<std::string>& more) {
    std::vector<std::string> columns{"activation", "model_type", "corruption_mode",
                                     "mlp_width",  "depth",      "n_train_samples"};
    columns.insert(columns.end(), more.begin(), more.end());
    return columns;
}
inline void curve_cells(CsvWriter& csv, const RunKey& run) {
    csv.cell(to_string(run.activation));
    csv.cell(run.model);
    csv.cell(run.corruption);
    csv.cell(run.width);
    csv.cell(run.depth);
    csv.cell(run.train_samples);
}

}  // namespace pstar::detail
