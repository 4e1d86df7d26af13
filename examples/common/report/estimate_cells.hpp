#pragma once

#include <pstar/io/csv_writer.hpp>
#include <pstar/statistics/estimate.hpp>

namespace study {

/// The number and the ends of its interval as the next three cells of a row.
inline void cells(pstar::CsvWriter& csv, const pstar::Estimate& estimate) {
    csv.cell(estimate.value);
    csv.cell(estimate.low);
    csv.cell(estimate.high);
}

}  // namespace study
