#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/ntk/subject.hpp>
#include <pstar/spectrum/spectrum.hpp>

/// Tangent kernels as results of runs: `KernelProbe` says which to compute, `ProbedKernel` holds one.
namespace pstar {

/// Which tangent kernels a run computes: `empirical_ntk` of its trained network on some of the test images.
struct KernelProbe {
    std::size_t subset =
        64;  ///< test images; they depend on the seed of the run's repeat only: the same at every strength
    NtkOutput output = NtkOutput::true_class;  ///< which outputs' gradients are paired
    bool clean = true, corrupted = true;       ///< of the clean images; of the images seen through the run's corruption

    void validate() const {
        require(subset >= 1, "KernelProbe", "subset", subset, "be at least 1");
        require(clean || corrupted, "KernelProbe", "clean || corrupted", false, "be true: ask for one of them");
    }
    /// Number of rows of the kernel of a network with `classes` outputs.
    std::size_t rows(std::size_t classes) const { return output == NtkOutput::full ? subset * classes : subset; }
};

/// What a run keeps of a kernel.
struct ProbedKernel {
    Spectrum spectrum;
    double label_alignment;  ///< of centred kernels (CKA), see `label_alignment`; NaN where the labels are all the same
};

/// The journal holds {"eigenvalues": [largest, ...], "label_alignment": ...}; everything else is computed from them.
/// The list is empty where LAPACK did not converge.
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
