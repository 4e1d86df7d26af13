#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/scaling/curve/points.hpp>
#include <pstar/statistics/moments.hpp>
#include <pstar/sweep/outcome.hpp>

/// From single runs to means over repeats and to curves. Runs that failed, diverged or were never started are left out
/// and counted.
namespace pstar {

/// All repeats of one point of the grid.
struct PointSummary {
    RunKey run;                ///< its repeat means nothing
    std::size_t left_out = 0;  ///< runs that failed or diverged
    Moments test_accuracy = {}, test_loss = {}, test_accuracy_corrupted = {}, test_loss_corrupted = {};
};

/// All strengths of one network, measured on one kind of test images.
struct AccuracyCurve {
    RunKey run;  ///< its strength and repeat mean nothing
    TestImages images = TestImages::clean;
    CurveRuns runs = {};       ///< strengths in increasing order, those with at least one usable run
    std::size_t left_out = 0;  ///< runs that failed or diverged
};

namespace detail {

/// The indices of runs with the same key; groups in the order in which their first runs come.
inline std::vector<std::vector<std::size_t>> grouped(std::span<const RunKey> runs, RunKey (*key)(RunKey)) {
    std::map<RunKey, std::size_t> place;
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto [at, is_new] = place.try_emplace(key(runs[i]), groups.size());
        if (is_new) groups.emplace_back();
        groups[at->second].push_back(i);
    }
    return groups;
}

inline void check_sizes(const char* where, std::span<const RunKey> runs, std::span<const Outcome<RunResult>> outcomes) {
    require(runs.size() == outcomes.size(), where, "number of outcomes", outcomes.size(), "equal the number of runs");
}

}  // namespace detail

/// Means over repeats, one for each point of the grid that was started, in the order of `runs`.
inline std::vector<PointSummary> summarise(std::span<const RunKey> runs, std::span<const Outcome<RunResult>> outcomes) {
    detail::check_sizes("summarise", runs, outcomes);
    std::vector<PointSummary> summaries;
    for (const auto& group : detail::grouped(runs, point_key)) {
        PointSummary summary{.run = runs[group[0]]};
        std::vector<const RunResult*> results;
        for (const auto i : group) {
            if (const auto* result = usable(outcomes[i]))
                results.push_back(result);
            else if (!outcomes[i].skipped())
                ++summary.left_out;
        }
        if (results.empty() && summary.left_out == 0) continue;
        const auto moments_of = [&](double RunResult::*member) {
            std::vector<double> values;
            for (const auto* result : results) values.push_back(result->*member);
            return moments(values);
        };
        summary.test_accuracy = moments_of(&RunResult::test_accuracy);
        summary.test_loss = moments_of(&RunResult::test_loss);
        summary.test_accuracy_corrupted = moments_of(&RunResult::test_accuracy_corrupted);
        summary.test_loss_corrupted = moments_of(&RunResult::test_loss_corrupted);
        summaries.push_back(summary);
    }
    return summaries;
}

/// Accuracy curves, one for each combination of everything but strength and repeat, in the order of `runs`.
inline std::vector<AccuracyCurve> accuracy_curves(std::span<const RunKey> runs,
                                                  std::span<const Outcome<RunResult>> outcomes, TestImages images) {
    detail::check_sizes("accuracy_curves", runs, outcomes);
    std::vector<AccuracyCurve> curves;
    for (const auto& group : detail::grouped(runs, curve_key)) {
        AccuracyCurve curve{.run = runs[group[0]], .images = images};
        std::map<double, std::vector<double>> points;
        for (const auto i : group) {
            if (const auto* result = usable(outcomes[i]))
                points[runs[i].strength].push_back(test_accuracy(*result, images));
            else if (!outcomes[i].skipped())
                ++curve.left_out;
        }
        for (auto& [strength, accuracies] : points) {
            curve.runs.strength.push_back(strength);
            curve.runs.accuracy.push_back(std::move(accuracies));
        }
        curves.push_back(std::move(curve));
    }
    return curves;
}

}  // namespace pstar
