#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/ntk/subject.hpp>
#include <pstar/spectrum/spectrum.hpp>

/// Tangent kernels among the results of runs: what is asked for and what is found. `probe_kernels` is in a header of
/// its own.
namespace pstar {

/// Asks for the tangent kernel of every trained network, `empirical_ntk`, on some of the test images.
struct KernelProbe {
    std::size_t subset = 64;  ///< images, drawn by the seed of the run's repeat alone: the same at every strength
    NtkOutput output = NtkOutput::true_class;
    bool clean = true, corrupted = true;  ///< of the images as they are; seen through the run's channel

    void validate() const {
        require(subset >= 1, "KernelProbe", "subset", subset, "be at least 1");
        require(clean || corrupted, "KernelProbe", "clean || corrupted", false, "be true: ask for one of them");
    }
    /// Rows of the kernel of networks with so many outputs.
    std::size_t rows(std::size_t classes) const { return output == NtkOutput::full ? subset * classes : subset; }
};

/// A kernel as a run tells of it.
struct ProbedKernel {
    Spectrum spectrum;
    double label_alignment;  ///< of centred kernels (CKA), see `label_alignment`; NaN where the labels are all the same
};

/// How it stands in a journal: {"eigenvalues": [largest, ...], "label_alignment": ...}, from which all else follows;
/// without eigenvalues where LAPACK gave up.
template <class Json>
void to_json(Json& json, const ProbedKernel& kernel) {
    json = Json{{"eigenvalues", kernel.spectrum.eigenvalues}, {"label_alignment", kernel.label_alignment}};
}
template <class Json>
void from_json(const Json& json, ProbedKernel& kernel) {
    auto eigenvalues = json.at("eigenvalues").template get<std::vector<double>>();
    kernel.spectrum = {};
    if (eigenvalues.empty())
        kernel.spectrum.status = SpectrumStatus::not_converged;
    else
        kernel.spectrum = spectrum_of_eigenvalues(std::move(eigenvalues));
    const auto& alignment = json.at("label_alignment");
    kernel.label_alignment = alignment.is_null() ? Spectrum::undefined : alignment.template get<double>();
}

}  // namespace pstar
