#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/kernel_probe.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/statistics/estimate.hpp>
#include <pstar/statistics/moments.hpp>

#include "common/report/curve_report.hpp"
#include "common/run/sweep_runs.hpp"

/// The spectra of tangent kernels against the strength of corruption: do they flatten or concentrate?
namespace study {

/// What of a kernel is averaged over seeds, under these names in tables.
enum class SpectrumNumber { rank, entropy, trace, participation, top_share, nonzero, alignment };
inline constexpr std::array<std::string_view, 7> spectrum_number_names{
    "ntk_rank", "ntk_entropy", "ntk_trace", "ntk_participation", "ntk_top_share", "ntk_nonzero", "ntk_label_alignment"};

/// The effective rank, the entropy (nats), the trace, the participation ratio, the largest eigenvalue's share in the
/// trace, how many eigenvalues do not count as zero, or the alignment with the labels.
double number_of(const pstar::ProbedKernel& kernel, SpectrumNumber number);

/// The kernel that one seed has at one strength, and the accuracy of its network on all test images seen in the same
/// way, NaN if that was not measured.
struct SeedKernel {
    std::size_t repeat;
    const pstar::ProbedKernel* kernel;  ///< of an outcome, which must outlive this
    double accuracy;
};

/// All seeds of a network at one strength.
struct SpectraPoint {
    double strength = 0;
    std::vector<SeedKernel> kernels = {};                           ///< those whose spectrum is `ok`
    std::size_t no_network = 0;                                     ///< runs that failed or diverged
    std::size_t zero_trace = 0, indefinite = 0, not_converged = 0;  ///< kernels of other status
};

enum class SpectrumVerdict { flattens, concentrates, undecided };
std::string_view to_string(SpectrumVerdict verdict);
enum class SpectrumTurn { none, maximum, minimum };
std::string_view to_string(SpectrumTurn turn);

/// How the effective rank moves with the strength, seed by seed: seeds without a kernel at some strength take no part.
/// Intervals are 95%, Student's t over seeds.
struct SpectraTrend {
    std::size_t seeds = 0;
    pstar::Estimate slope;                     ///< of a straight line by least squares, per unit of strength
    double correlation = 0;                    ///< Spearman's, with the strength: mean over seeds
    std::vector<pstar::Estimate> change = {};  ///< from the first strength to each
    SpectrumVerdict verdict = SpectrumVerdict::undecided;
    SpectrumTurn turn = SpectrumTurn::none;       ///< beyond chance, an extreme between the ends
    std::size_t turn_at = 0;                      ///< of the points
    std::size_t largest_at = 0, smallest_at = 0;  ///< points with the largest and the smallest mean
};

/// All strengths of one network on one kind of inputs.
struct SpectraCurve {
    pstar::RunKey run;  ///< its strength and repeat mean nothing
    pstar::TestImages inputs;
    std::vector<SpectraPoint> points = {};  ///< strengths in increasing order
    SpectraTrend trend = {};
};

/// The verdict is `flattens` (the effective rank rises) or `concentrates` (it falls) when the interval of the slope
/// leaves out 0, from `seeds_for_a_verdict` seeds. A turn is an extreme of the mean between the ends whose differences
/// to both ends, seed by seed, leave out 0, the error probability shared out over the strengths between them.
inline constexpr std::size_t seeds_for_a_verdict = 3;
SpectraTrend trend_of(std::span<const SpectraPoint> points);

/// Curves by network in the order of the grid, clean inputs before corrupted ones.
std::vector<SpectraCurve> collect_spectra(const CurveStory& story, const Grid& grid, const Outcomes& outcomes);

/// Mean and scatter over the seeds of a point.
pstar::Moments moments_of(const SpectraPoint& point, SpectrumNumber number);
pstar::Moments accuracies_of(const SpectraPoint& point);
/// The mean with its interval, Student's t; open from a single seed.
pstar::Estimate interval_of(const pstar::Moments& moments, double confidence = 0.95);

}  // namespace study
