#pragma once

/// Figures, drawn by gnuplot where it is installed, and report pages of one HTML file.

#include <pstar/report/accuracy_figure.hpp>
#include <pstar/report/estimate_text.hpp>
#include <pstar/report/figure.hpp>
#include <pstar/report/heat_map.hpp>
#include <pstar/report/histogram.hpp>
#include <pstar/report/image_grid.hpp>
#include <pstar/report/latex_table.hpp>
#include <pstar/report/page.hpp>
#include <pstar/report/phase_figure.hpp>
