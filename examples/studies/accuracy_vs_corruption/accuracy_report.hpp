#pragma once

#include <string>
#include <vector>

#include "common/report/curve_report.hpp"
#include "common/run/output_folder.hpp"

namespace study {

/// Writes `report.html` of `accuracy_vs_corruption`.
void write_report(const CurveStory& story, const OutputFolder& out);

/// A sentence per curve and per trend, for the terminal.
std::vector<std::string> findings(const CurveStory& story);

}  // namespace study
