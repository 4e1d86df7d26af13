#pragma once

#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/spectra_curves.hpp>

#include "common/report/curve_report.hpp"
#include "common/report/families.hpp"
#include "common/run/output_folder.hpp"

namespace study {

/// The spectra of the networks of a family: a list for each kind of inputs.
std::vector<std::vector<const pstar::SpectraCurve*>> spectra_of(const Family& family,
                                                                std::span<const pstar::SpectraCurve> curves);

/// Draws for every family its effective rank, entropy and accuracy against the strength (`spectra_<family>`), and for
/// every network its eigenvalues at some strengths (`eigenvalues_name`).
void draw_spectra(const CurveStory& story, std::span<const pstar::SpectraCurve> curves, const OutputFolder& out);
std::string eigenvalues_name(const CurveStory& story, const Family& family, const pstar::SpectraCurve& curve);

/// Writes `report.html`, with the figures that were drawn. Returns one line for each network and kind of inputs: does
/// the spectrum flatten or concentrate, by how much, how sure?
std::vector<std::string> write_spectra_report(const CurveStory& story, std::span<const pstar::SpectraCurve> curves,
                                              const OutputFolder& out);

}  // namespace study
