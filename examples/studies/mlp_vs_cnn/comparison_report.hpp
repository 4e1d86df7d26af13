#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/run/output_folder.hpp"
#include "network_comparison.hpp"

namespace study {

/// Draws p* of every network with its interval, a figure a family (`families`).
void draw_midpoints(const CurveStory& story, const OutputFolder& out);

/// Writes `report.html` of `mlp_vs_cnn`.
void write_report(const CurveStory& story, std::span<const NetworkComparison> comparisons, const OutputFolder& out);

/// The answer to every question, a line each.
std::vector<std::string> answers(const CurveStory& story, std::span<const NetworkComparison> comparisons);

}  // namespace study
