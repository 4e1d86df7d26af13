#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/report/curve_report.hpp"
#include "common/run/output_folder.hpp"
#include "kernel_spectra.hpp"

namespace study {

/// A line a network and kind of inputs: does the spectrum flatten or concentrate, by how much, how sure?
std::vector<std::string> spectra_answers(const CurveStory& story, std::span<const SpectraCurve> curves);

/// `report.html`, figures that were drawn included.
void write_spectra_report(const CurveStory& story, std::span<const SpectraCurve> curves, const OutputFolder& out);

}  // namespace study
