#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <pstar/core/compiled.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/tables.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/spectrum/spectrum.hpp>
#include <pstar/sweep/repeats.hpp>

namespace pstar {

PSTAR_INLINE void write_runs_csv(const std::filesystem::path& path, const Results& results) {
    auto columns = point_columns({"seed", "repeat", "train_loss", "test_loss", "test_accuracy",
                                  "test_accuracy_corrupted", "test_loss_corrupted", "status"});
    const bool has_kernels = results.settings.kernel_probe.has_value();
    if (has_kernels)
        for (const std::string images : {"", "_corrupted"})
            for (const char* number : {"ntk_rank", "ntk_entropy", "ntk_trace"}) columns.push_back(number + images);
    columns.emplace_back("seconds");
    CsvWriter csv(path, columns);
    for (std::size_t i = 0; i < results.runs.size(); ++i) {
        const auto& outcome = results.outcomes[i];
        if (outcome.skipped()) continue;
        const auto& run = results.runs[i];
        const auto result = outcome.value.value_or(RunResult{});
        write_point_cells(csv, run);
        csv.cell(repeat_seed(results.settings.seed, run.repeat).value);
        csv.cell(run.repeat);
        for (const double number : {result.train_loss, result.test_loss, result.test_accuracy,
                                    result.test_accuracy_corrupted, result.test_loss_corrupted})
            csv.cell(number);
        csv.cell(status_word(outcome));
        if (has_kernels)
            for (const auto* kernel : {&result.kernel, &result.kernel_corrupted}) {
                Spectrum spectrum;
                spectrum.trace = Spectrum::undefined;
                if (*kernel && (*kernel)->spectrum.status != SpectrumStatus::not_converged)
                    spectrum = (*kernel)->spectrum;
                for (const double number : {spectrum.effective_rank, spectrum.entropy, spectrum.trace})
                    csv.cell(number);
            }
        csv.cell(outcome.seconds);
        csv.end_row();
    }
    csv.commit();
}

PSTAR_INLINE void write_summary_csv(const std::filesystem::path& path, std::span<const PointSummary> summaries) {
    auto columns = point_columns({"repeats"});
    for (const std::string quantity : {"test_accuracy", "test_loss", "test_accuracy_corrupted", "test_loss_corrupted"})
        for (const std::string statistic : {"mean_", "std_", "stderr_"}) columns.push_back(statistic + quantity);
    columns.emplace_back("left_out");
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries) {
        write_point_cells(csv, summary.run);
        csv.cell(summary.test_accuracy.n);
        for (const auto& moments :
             {summary.test_accuracy, summary.test_loss, summary.test_accuracy_corrupted, summary.test_loss_corrupted})
            for (const double number : {moments.mean, moments.stddev, moments.sem}) csv.cell(number);
        csv.cell(summary.left_out);
        csv.end_row();
    }
    csv.commit();
}

}  // namespace pstar
