#pragma once

#include <span>

#include "common/report/curve_report.hpp"
#include "common/run/output_folder.hpp"
#include "kernel_spectra.hpp"

namespace study {

/// - `eigenvalues.csv`: a row an eigenvalue of every run's kernel, `index` 1 for the largest; of kernels whose spectrum
///   is `ok`;
/// - `spectra.csv`: a row a point: mean, standard error and number of seeds;
/// - `trends.csv`: a row a network and kind of inputs: how the effective rank moves with the strength.
void write_spectra_tables(const CurveStory& story, std::span<const SpectraCurve> curves, const OutputFolder& out);

}  // namespace study
