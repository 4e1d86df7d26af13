#pragma once

#include <span>
#include <string>

#include <pstar/data/dataset.hpp>

#include "curve_fits.hpp"
#include "figure.hpp"

namespace study {

/// A(p) of the curves of one activation: points with standard errors, fitted curves, p* with its interval on each; one
/// colour a width, one panel for clean and one for corrupted test images. `symbol` names the strength: p or sigma.
Figure accuracy_figure(std::span<const FittedCurve> curves, pstar::Activation activation, double chance,
                       const std::string& symbol);

/// The standard deviation across seeds against strength, in the same panels and colours.
Figure spread_figure(std::span<const FittedCurve> curves, pstar::Activation activation, const std::string& symbol);

/// One image of every class (columns) at several strengths (rows), as the networks see them.
Figure strip_figure(const pstar::Dataset& data, pstar::CorruptionMode corruption, std::span<const double> strengths,
                    const std::string& symbol);

}  // namespace study
