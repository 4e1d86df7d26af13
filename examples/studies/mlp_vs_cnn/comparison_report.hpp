#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/experiment/analysis/paired_differences.hpp>

#include "common/report/curve_report.hpp"
#include "common/run/output_folder.hpp"

namespace study {

/// What a CNN and an MLP have in common, beside the images they learn from.
enum class Basis { data, parameters };

inline std::string to_string(Basis basis) {
    return basis == Basis::data ? "equal data" : "equal parameters";
}

/// One question: is p* of this CNN larger than that of this MLP, tested on these images?
struct NetworkComparison {
    Basis basis;
    const pstar::FittedCurve *cnn, *mlp;
    std::size_t cnn_parameters, mlp_parameters;
    pstar::MidpointDifference found;  ///< the CNN's less the MLP's
};

/// Draws p* of every network with its interval, one figure per family (`families`).
void draw_midpoints(const CurveStory& story, const OutputFolder& out);

/// Writes `report.html` of `mlp_vs_cnn`, and returns the answer to every question, one line each.
std::vector<std::string> write_report(const CurveStory& story, std::span<const NetworkComparison> comparisons,
                                      const OutputFolder& out);

}  // namespace study
