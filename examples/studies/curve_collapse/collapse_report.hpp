#pragma once

#include <span>
#include <string>
#include <vector>

#include "collapse_analysis.hpp"
#include "collapse_flags.hpp"
#include "common/run/output_folder.hpp"
#include "curve_table.hpp"

namespace study {

/// Everything the report of curve_collapse tells of.
struct CollapseStory {
    const CollapseFlags& flags;
    const CurveTable& table;
    std::span<const GroupAnalysis> groups;
    std::string command;
    bool has_figures;
};

/// fits.csv, a row a size; collapse.csv, a row a group.
void write_collapse_tables(const CollapseStory& story, const OutputFolder& out);

/// For every group: its curves with their fits; p* and slope against size; the collapsed curves; S over the exponents.
void draw_collapse_figures(const CollapseStory& story, const OutputFolder& out);

/// report.html.
void write_collapse_report(const CollapseStory& story, const OutputFolder& out);

/// The fits, the three verdicts and the best collapse of every group, line by line.
std::vector<std::string> collapse_findings(const CollapseStory& story);

/// The file name of a group's figure: `curves`, or `curves_relu`.
std::string figure_name(const CollapseStory& story, const GroupAnalysis& group, const std::string& what);

}  // namespace study
