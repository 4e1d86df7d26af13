#pragma once

#include "../common/curve_report.hpp"
#include "../common/output_folder.hpp"
#include "../common/report.hpp"

/// What machines learn and what they dream of.
namespace study {

/// Trains the first seed's machine of the first `--components` again at some strengths, and draws the weights of some
/// hidden units (`filters`) and what its Gibbs chains come to (`fantasies`).
void draw_machines(const CurveStory& story, const OutputFolder& out);
void add_machines(Report& report, const CurveStory& story, const OutputFolder& out);

}  // namespace study
