#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include <pstar/experiment/kernel_probe.hpp>
#include <pstar/spectrum/spectrum.hpp>

/// The spectra of tangent kernels at one strength of corruption, seed by seed.
namespace pstar {

/// A number of a kernel that is averaged over seeds, under these names in tables.
enum class SpectrumNumber {
    rank,           ///< effective rank
    entropy,        ///< in nats
    trace,          ///< sum of all eigenvalues
    participation,  ///< participation ratio
    top_share,      ///< the largest eigenvalue's share in the trace
    nonzero,        ///< how many eigenvalues do not count as zero
    alignment,      ///< with the labels, see `ProbedKernel`
};
/// Their words, in the same order: columns of tables.
inline constexpr std::array<std::string_view, 7> spectrum_number_names{
    "ntk_rank", "ntk_entropy", "ntk_trace", "ntk_participation", "ntk_top_share", "ntk_nonzero", "ntk_label_alignment"};

/// That number of a kernel whose spectrum is `ok`.
inline double number_of(const ProbedKernel& kernel, SpectrumNumber number) {
    const auto& s = kernel.spectrum;
    switch (number) {
        case SpectrumNumber::rank:
            return s.effective_rank;
        case SpectrumNumber::entropy:
            return s.entropy;
        case SpectrumNumber::trace:
            return s.trace;
        case SpectrumNumber::participation:
            return s.participation_ratio;
        case SpectrumNumber::top_share:
            return s.eigenvalues.front() / s.trace;
        case SpectrumNumber::nonzero:
            return static_cast<double>(s.rank);
        case SpectrumNumber::alignment:
            break;
    }
    return kernel.label_alignment;
}

/// The kernel that one repeat has at one strength.
struct SeedKernel {
    std::size_t repeat;
    const ProbedKernel* kernel;  ///< of the results, which must outlive this
    double accuracy;             ///< on all test images of the same kind; NaN if it was not measured
};

/// All repeats of a network at one strength.
struct SpectraPoint {
    double strength = 0;
    std::vector<SeedKernel> kernels = {};                           ///< those whose spectrum is `ok`
    std::size_t no_network = 0;                                     ///< runs that failed or diverged
    std::size_t zero_trace = 0, indefinite = 0, not_converged = 0;  ///< kernels of another status
};

/// The number of every repeat of a point whose spectrum is `ok`; `moments` and `mean_interval` take it from there.
inline std::vector<double> values_of(const SpectraPoint& point, SpectrumNumber number) {
    std::vector<double> values;
    for (const auto& seed : point.kernels) values.push_back(number_of(*seed.kernel, number));
    return values;
}
/// The accuracies of the same repeats.
inline std::vector<double> accuracies_of(const SpectraPoint& point) {
    std::vector<double> values;
    for (const auto& seed : point.kernels) values.push_back(seed.accuracy);
    return values;
}

/// The eigenvalues of all repeats that do not count as zero, in no particular order.
inline std::vector<double> positive_eigenvalues(const SpectraPoint& point) {
    std::vector<double> values;
    for (const auto& seed : point.kernels)
        for (const double value : seed.kernel->spectrum.eigenvalues)
            if (value > seed.kernel->spectrum.threshold) values.push_back(value);
    return values;
}

/// shares[i]: the share of the i-th largest eigenvalue in the trace, mean over repeats; as many as are above the
/// threshold in all of them.
inline std::vector<double> mean_eigenvalue_shares(const SpectraPoint& point) {
    std::size_t count = std::numeric_limits<std::size_t>::max();
    for (const auto& seed : point.kernels) count = std::min(count, seed.kernel->spectrum.rank);
    std::vector<double> shares;
    for (std::size_t i = 0; i < count && !point.kernels.empty(); ++i) {
        double sum = 0;
        for (const auto& seed : point.kernels)
            sum += seed.kernel->spectrum.eigenvalues[i] / seed.kernel->spectrum.trace;
        shares.push_back(sum / static_cast<double>(point.kernels.size()));
    }
    return shares;
}

}  // namespace pstar
