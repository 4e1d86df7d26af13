#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/compiled.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/report/figure.hpp>

/// Accuracy curves as figures.
namespace pstar {

/// A curve, which must outlive it, and what the figure calls it.
struct NamedCurve {
    const FittedCurve* curve;  ///< what is drawn
    std::string name;          ///< `width 256`
};

/// Curves under the name of what is learned and its size: `mlp, width 256`, and `2 layers`, `1000 images`, `batches of
/// 64`, `relu`, the corruption, where they differ in those.
std::vector<NamedCurve> named_curves(std::span<const FittedCurve> curves);

/// A(p): points with standard errors, fitted curves, p* with its interval on each; one colour a curve, one panel for
/// clean and one for corrupted test images. Where the number of seeds varies it stands below, point by point. `symbol`
/// names the strength, e.g. p or sigma. Curves without points are left out. Throws `std::invalid_argument` where no
/// curve has points.
Figure accuracy_figure(std::span<const NamedCurve> curves, const std::string& symbol = "p");

/// What `accuracy_figure` draws beside the points, in sentences that each begin with a space: ` Lines: fitted curves.
/// Diamonds: the midpoint p* with its 95% interval. Below, the number of seeds behind each point.`; a part that is not
/// drawn is left out.
std::string what_is_drawn(std::span<const NamedCurve> curves, const std::string& symbol = "p");

/// The standard deviation across seeds against strength, in the same panels and colours, and as `accuracy_figure`
/// otherwise.
Figure spread_figure(std::span<const NamedCurve> curves, const std::string& symbol = "p");

/// Head and rows of a table of the curves: name, test images, midpoint, slope, upper level, curve, seeds, status; 95%
/// intervals in brackets.
std::vector<std::string> fits_header(const std::string& symbol = "p");
/// The rows under `fits_header`, one for each curve.
std::vector<std::vector<std::string>> fits_rows(std::span<const NamedCurve> curves);

/// `fits.tex`: that table for a paper, see `latex_table`.
void write_fits_tex(const std::filesystem::path& path, std::span<const NamedCurve> curves,
                    const std::string& symbol = "p");

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/report/detail/accuracy_figure.hpp>
#endif
