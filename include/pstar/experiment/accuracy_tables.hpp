#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/accuracy_summary.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/spectrum/spectrum.hpp>
#include <pstar/sweep/outcome.hpp>
#include <pstar/sweep/repeats.hpp>

/// Runs and means as CSV files, under the names that notebooks read.
namespace pstar {

namespace detail {

struct StrengthColumns {
    double p, sigma;  ///< the one that the mode does not have is 0, so that grouping by both loses no row
};
inline StrengthColumns strength_columns(std::string_view mode, double strength) {
    if (mode == "additive") return {0, strength};
    return {strength, 0};
}

template <class... Cells>
void cells(CsvWriter& csv, const Cells&... values) {
    (csv.cell(values), ...);
}

inline std::string_view status_word(const Outcome<RunResult>& outcome) {
    if (!outcome.value) return "failed";
    return has_diverged(*outcome.value) ? "diverged" : "finished";
}

}  // namespace detail

/// `runs.csv`: a row a run, in the order of `runs`; runs that were never started are left out. `seed` is the run's own
/// (`repeat_seed`): networks, order and noise are functions of it. Numbers that were not measured are `nan`. Where the
/// settings have a `KernelProbe`, `ntk_rank` (effective rank), `ntk_entropy` and `ntk_trace` are of the kernel of clean
/// images, with `_corrupted` of that of corrupted ones. `seconds`, the only column that differs from one time to the
/// next, comes last.
inline void write_runs_csv(const std::filesystem::path& path, const ExperimentSettings& settings,
                           std::span<const RunKey> runs, std::span<const Outcome<RunResult>> outcomes) {
    std::vector<std::string> columns{"activation",
                                     "model_type",
                                     "corruption_mode",
                                     "p",
                                     "sigma",
                                     "mlp_width",
                                     "depth",
                                     "n_train_samples",
                                     "seed",
                                     "train_loss",
                                     "test_loss",
                                     "test_accuracy",
                                     "test_accuracy_corrupted",
                                     "test_loss_corrupted",
                                     "batch_size",
                                     "status"};
    if (settings.kernel_probe)
        for (const std::string images : {"", "_corrupted"})
            for (const char* number : {"ntk_rank", "ntk_entropy", "ntk_trace"}) columns.push_back(number + images);
    columns.emplace_back("seconds");
    CsvWriter csv(path, columns);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (outcomes[i].skipped()) continue;
        const auto& run = runs[i];
        const auto result = outcomes[i].value.value_or(RunResult{});
        const auto [p, sigma] = detail::strength_columns(run.corruption, run.strength);
        detail::cells(csv, to_string(run.activation), run.model, run.corruption, p, sigma, run.width, run.depth,
                      run.train_samples, repeat_seed(settings.seed, run.repeat).value, result.train_loss,
                      result.test_loss, result.test_accuracy, result.test_accuracy_corrupted,
                      result.test_loss_corrupted, run.batch_size, detail::status_word(outcomes[i]));
        if (settings.kernel_probe)
            for (const auto* kernel : {&result.kernel, &result.kernel_corrupted}) {
                Spectrum spectrum;
                spectrum.trace = Spectrum::undefined;
                if (*kernel && (*kernel)->spectrum.status != SpectrumStatus::not_converged)
                    spectrum = (*kernel)->spectrum;
                detail::cells(csv, spectrum.effective_rank, spectrum.entropy, spectrum.trace);
            }
        csv.cell(outcomes[i].seconds);
        csv.end_row();
    }
    csv.commit();
}

/// `summary.csv`: mean, sample standard deviation (n - 1) and standard error over the usable repeats of every point.
/// `repeats` counts those; `left_out` those that failed or diverged. With one repeat, deviation and error are `nan`.
inline void write_summary_csv(const std::filesystem::path& path, std::span<const PointSummary> summaries) {
    std::vector<std::string> columns{"activation", "model_type", "corruption_mode", "p",
                                     "sigma",      "mlp_width",  "n_train_samples", "repeats"};
    for (const std::string quantity : {"test_accuracy", "test_loss", "test_accuracy_corrupted", "test_loss_corrupted"})
        for (const std::string statistic : {"mean_", "std_", "stderr_"}) columns.push_back(statistic + quantity);
    for (const char* more : {"left_out", "depth", "batch_size"}) columns.push_back(more);
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries) {
        const auto& run = summary.run;
        const auto [p, sigma] = detail::strength_columns(run.corruption, run.strength);
        csv.cell(to_string(run.activation));
        csv.cell(run.model);
        csv.cell(run.corruption);
        csv.cell(p);
        csv.cell(sigma);
        csv.cell(run.width);
        csv.cell(run.train_samples);
        csv.cell(summary.test_accuracy.n);
        for (const auto& statistics :
             {summary.test_accuracy, summary.test_loss, summary.test_accuracy_corrupted, summary.test_loss_corrupted}) {
            csv.cell(statistics.mean);
            csv.cell(statistics.stddev);
            csv.cell(statistics.sem);
        }
        csv.cell(summary.left_out);
        csv.cell(run.depth);
        csv.cell(run.batch_size);
        csv.end_row();
    }
    csv.commit();
}

}  // namespace pstar
