#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/statistics/estimate.hpp>

namespace pstar {

/// The midpoint p* of one curve during a sweep, from those that have ended so far:
///
///     RunningMidpoint midpoint({.run = largest, .classes = 10, .test_images = 1000});
///     options.on_run = [&](const auto& run) {
///         if (run.outcome.value) midpoint.add(grid[run.index], *run.outcome.value);
///     };
///     ...
///     if (const auto p_star = midpoint.estimate()) ...
class RunningMidpoint {
public:
    /// The curve of all runs that differ from `curve.run` in strength and repeat alone, on `curve.images`; its `runs`
    /// are ignored.
    explicit RunningMidpoint(AccuracyCurve curve) : curve_(std::move(curve)) { curve_.runs = {}; }

    /// Takes a run into account if it is of the curve and did not diverge. A run that is added twice counts once.
    void add(const RunKey& run, const RunResult& result) {
        if (!has_diverged(result) && curve_key(run) == curve_key(curve_.run))
            accuracies_[run.strength][run.repeat] = test_accuracy(result, curve_.images);
    }
    /// `quick_midpoint` of the runs so far: nothing as long as it is not identified.
    template <class Curve = SigmoidCurve>
    std::optional<Estimate> estimate() const {
        auto curve = curve_;
        curve.runs = detail::curve_runs(accuracies_);
        return quick_midpoint<Curve>(curve);
    }

    /// The network, its strength and repeat without a meaning.
    const RunKey& run() const { return curve_.run; }

private:
    AccuracyCurve curve_;
    detail::AccuraciesBySeed accuracies_;
};

}  // namespace pstar
