#pragma once

#include <map>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/spectra.hpp>
#include <pstar/experiment/analysis/spectra_trend.hpp>
#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/spectrum/spectrum.hpp>
#include <pstar/sweep/outcome.hpp>

/// The spectra of tangent kernels against the strength of corruption.
namespace pstar {

/// All strengths of one network on one kind of inputs.
struct SpectraCurve {
    RunKey run;  ///< its strength and repeat have no meaning
    TestImages inputs = TestImages::clean;
    std::vector<SpectraPoint> points = {};  ///< strengths in increasing order
    SpectraTrend trend = {};                ///< `spectra_trend` of the points
};

namespace detail {

/// Adds a run's kernel to its point, or counts why it has none.
inline void add_kernel(SpectraPoint& point, const RunKey& run, const Outcome<RunResult>& outcome, TestImages inputs) {
    if (outcome.skipped()) return;
    const auto* result = usable(outcome);
    if (!result) {
        ++point.no_network;
        return;
    }
    const auto& kernel = inputs == TestImages::clean ? result->kernel : result->kernel_corrupted;
    if (!kernel) return;
    const auto status = kernel->spectrum.status;
    point.zero_trace += status == SpectrumStatus::zero_trace;
    point.indefinite += status == SpectrumStatus::indefinite;
    point.not_converged += status == SpectrumStatus::not_converged;
    if (status == SpectrumStatus::ok) point.kernels.push_back({run.repeat, &*kernel, test_accuracy(*result, inputs)});
}

}  // namespace detail

/// The spectra of every network in the order of the runs, of each on clean inputs before corrupted ones, as far as
/// `settings.kernel_probe` asked for them. Refers to `results`. Throws std::invalid_argument unless there is one
/// outcome per run and kernels were asked for.
inline std::vector<SpectraCurve> kernel_spectra(const Results& results) {
    detail::check_results("kernel_spectra", results);
    const auto& probe = results.settings.kernel_probe;
    require(probe.has_value(), "kernel_spectra", "settings.kernel_probe", "none",
            "be set: without it runs have no kernels");
    std::vector<TestImages> kinds;
    if (probe->clean) kinds.push_back(TestImages::clean);
    if (probe->corrupted) kinds.push_back(TestImages::corrupted);
    std::vector<SpectraCurve> curves;
    for (const auto& group : detail::group_runs(results.runs, curve_key))
        for (const auto inputs : kinds) {
            std::map<double, SpectraPoint> points;
            for (const auto i : group) {
                const auto& run = results.runs[i];
                auto& point = points[run.strength];
                point.strength = run.strength;
                detail::add_kernel(point, run, results.outcomes[i], inputs);
            }
            SpectraCurve curve{.run = results.runs[group[0]], .inputs = inputs};
            for (auto& [strength, point] : points) curve.points.push_back(std::move(point));
            curve.trend = spectra_trend(curve.points);
            curves.push_back(std::move(curve));
        }
    return curves;
}
/// The curves refer to the results, which must outlive them.
std::vector<SpectraCurve> kernel_spectra(Results&&) = delete;

}  // namespace pstar
