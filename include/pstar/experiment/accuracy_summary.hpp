#pragma once

#include <cstddef>
#include <vector>

#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/statistics/moments.hpp>
#include <pstar/sweep/outcome.hpp>

namespace pstar {

/// All repeats of one point of the grid.
struct PointSummary {
    RunKey run;                ///< its repeat has no meaning
    std::size_t left_out = 0;  ///< runs that failed or diverged
    Moments test_accuracy = {}, test_loss = {}, test_accuracy_corrupted = {}, test_loss_corrupted = {};
};

/// Means over repeats, one for each point of the grid that was started, in the order of the runs. Runs that failed or
/// diverged are left out and counted; those that were never started are ignored. Throws std::invalid_argument unless
/// there is one outcome per run.
inline std::vector<PointSummary> summarise(const Results& results) {
    detail::check_results("summarise", results);
    std::vector<PointSummary> summaries;
    for (const auto& group : detail::group_runs(results.runs, point_key)) {
        PointSummary summary{.run = results.runs[group[0]]};
        std::vector<const RunResult*> usable_results;
        for (const auto i : group) {
            if (const auto* result = usable(results.outcomes[i]))
                usable_results.push_back(result);
            else if (!results.outcomes[i].skipped())
                ++summary.left_out;
        }
        if (usable_results.empty() && summary.left_out == 0) continue;
        const auto moments_of = [&](double RunResult::*member) {
            std::vector<double> values;
            for (const auto* result : usable_results) values.push_back(result->*member);
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

}  // namespace pstar
