#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/report/curve_report.hpp"
#include "common/report/families.hpp"
#include "common/run/output_folder.hpp"
#include "kernel_spectra.hpp"

namespace study {

/// The curves of the networks of a family: a list for each kind of inputs.
std::vector<std::vector<const SpectraCurve*>> spectra_of(const Family& family, std::span<const SpectraCurve> curves);

/// Draws for every family its effective rank, entropy and accuracy against the strength (`spectra_name`), and for every
/// network its eigenvalues at some strengths (`eigenvalues_name`).
void draw_spectra(const CurveStory& story, std::span<const SpectraCurve> curves, const OutputFolder& out);

std::string spectra_name(const Family& family);
std::string eigenvalues_name(const CurveStory& story, const Family& family, const SpectraCurve& curve);

/// The strengths whose eigenvalues are drawn.
inline constexpr std::size_t strengths_drawn = 4;

}  // namespace study
