#pragma once

#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/curve_table.hpp>
#include <pstar/experiment/analysis/scaling_tables.hpp>

#include "collapse_flags.hpp"
#include "common/run/output_folder.hpp"

namespace study {

/// What the report of curve_collapse is made from.
struct CollapseResults {
    const CollapseFlags& flags;
    const pstar::CurveTable& table;
    std::span<const pstar::GroupAnalysis> groups;
    std::string command;
    bool has_figures;
};

/// For every group: its curves with their fits; p* and slope against size; the collapsed curves; S over the exponents.
void draw_collapse_figures(const CollapseResults& results, const OutputFolder& out);

/// Writes the fits as a table for a paper, for any number of groups.
void write_collapse_fits_tex(const CollapseResults& results, const std::filesystem::path& path);

/// Writes `report.html`.
void write_collapse_report(const CollapseResults& results, const OutputFolder& out);

/// The fits, the three verdicts and the best collapse of every group, line by line.
std::vector<std::string> collapse_findings(const CollapseResults& results);

/// `width`, or `width, images`: the columns of the sizes.
std::string size_title(const pstar::CurveColumns& columns);
/// `16`, or `16, 1000`.
std::string size_text(const pstar::MeasuredSize& measured);

/// The file name of a group's figure: `curves`, or `curves_relu`.
std::string figure_name(const CollapseResults& results, const pstar::GroupAnalysis& group, const std::string& what);

}  // namespace study
