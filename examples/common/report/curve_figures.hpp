#pragma once

#include <span>
#include <string>

#include <pstar/data/dataset.hpp>

#include "common/report/families.hpp"
#include "common/report/figure.hpp"

namespace study {

/// A(p) of the curves of one family: points with standard errors, fitted curves, p* with its interval on each; one
/// colour a size, one panel for clean and one for corrupted test images. Where the number of seeds varies it stands
/// below, point by point. `symbol` names the strength: p or sigma.
Figure accuracy_figure(const Family& family, const SizeAxis& colours, double chance, const std::string& symbol);

/// The standard deviation across seeds against strength, in the same panels and colours.
Figure spread_figure(const Family& family, const SizeAxis& colours, const std::string& symbol);

/// One image of every class (columns) at several strengths (rows), as the networks see them.
Figure strip_figure(const pstar::Dataset& data, const std::string& corruption, std::span<const double> strengths,
                    const std::string& symbol);

}  // namespace study
