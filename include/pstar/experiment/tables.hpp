#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/results.hpp>

/// Runs and means as CSV files, under the names that notebooks read.
namespace pstar {

/// `finished`, `diverged` or `failed`.
inline std::string_view status_word(const Outcome<RunResult>& outcome) {
    if (!outcome.value) return "failed";
    return has_diverged(*outcome.value) ? "diverged" : "finished";
}

/// `runs.csv`: one row per run, in the order of the grid; runs that were never started are left out. Which run it is
/// (`write_key_cells`); `seed`, the run's own (`repeat_seed`): all that is random is a function of it; the losses and
/// accuracies, `nan` where not measured; `status`. Where the settings have a `KernelProbe`, `ntk_rank`
/// (effective rank), `ntk_entropy` and `ntk_trace` are of the kernel of clean images, with `_corrupted` of that of
/// corrupted ones. Where training sets are drawn anew, `training_subset` is the number of the run's own. `seconds`, the
/// only column that differs from one time to the next, comes last.
void write_runs_csv(const std::filesystem::path& path, const Results& results);

/// `summary.csv`: one row per point: mean, sample standard deviation (n - 1) and standard error over its usable
/// repeats. `repeats` counts those; `left_out` those that failed or diverged. From one repeat, the latter two are
/// `nan`.
void write_summary_csv(const std::filesystem::path& path, std::span<const PointSummary> summaries);

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/experiment/detail/tables.hpp>
#endif
