#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include <pstar/io/csv_writer.hpp>
#include <pstar/statistics/estimate.hpp>

/// Columns and cells of numbers with intervals.
namespace pstar::detail {

/// Adds a column for each name.
inline void add_columns(std::vector<std::string>& columns, std::initializer_list<const char*> names) {
    columns.insert(columns.end(), names.begin(), names.end());
}

/// Adds the columns `name`, `name_low` and `name_high` for each name.
inline void add_intervals(std::vector<std::string>& columns, std::initializer_list<const char*> names) {
    for (const std::string name : names)
        for (const char* end : {"", "_low", "_high"}) columns.push_back(name + end);
}

/// Appends one cell for each value; an estimate takes three: value, low, high.
template <class Value>
void append_cell(CsvWriter& csv, const Value& value) {
    if constexpr (requires { value.low; }) {
        csv.cell(value.value);
        csv.cell(value.low);
        csv.cell(value.high);
    } else {
        csv.cell(value);
    }
}
template <class... Values>
void append_cells(CsvWriter& csv, const Values&... values) {
    (append_cell(csv, values), ...);
}

}  // namespace pstar::detail
