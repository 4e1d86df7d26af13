#pragma once

#include <string>

#include <pstar/report/figure.hpp>
#include <pstar/report/page.hpp>

#include "common/cli/text.hpp"
#include "common/run/output_folder.hpp"

/// The library's figures and pages, as studies use them.
namespace study {

using pstar::Figure, pstar::line_style, pstar::shown_text;
using Report = pstar::ReportPage;

/// Draws the figure into the folder; says on stderr why there is no picture, if there is none.
inline void draw(const Figure& figure, const OutputFolder& out, const std::string& name) {
    if (const auto problem = figure.write(out.path(), name)) complain("{}\n", *problem);
}

}  // namespace study
