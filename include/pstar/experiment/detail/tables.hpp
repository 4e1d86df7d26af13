#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/compiled.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/tables.hpp>
#include <pstar/experiment/training_set.hpp>
#include <pstar/io/csv_writer.hpp>
#include <pstar/spectrum/spectrum.hpp>
#include <pstar/sweep/repeats.hpp>

namespace pstar {

namespace detail {

inline std::vector<std::string> joined(std::vector<std::string> columns, const std::vector<std::string>& more) {
    columns.insert(columns.end(), more.begin(), more.end());
    return columns;
}

/// What newer tables have at their end, so that the columns before it keep their places.
inline std::vector<std::string> later_columns() {
    return {"width", "cnn_channels", "rbm_components", "strength"};
}

}  // namespace detail

PSTAR_INLINE void write_runs_csv(const std::filesystem::path& path, const Results& results) {
    const std::vector<std::string> key{"activation", "model_type", "corruption_mode", "p",
                                       "sigma",      "mlp_width",  "depth",           "n_train_samples"};
    const bool draws_subsets = results.settings.training_subset == TrainingSubset::fresh;
    const auto later = detail::joined(detail::joined(detail::later_columns(), {"repeat"}), training_set_columns());
    auto columns = detail::joined(key, {"seed", "train_loss", "test_loss", "test_accuracy", "test_accuracy_corrupted",
                                        "test_loss_corrupted", "batch_size", "status"});
    const bool has_kernels = results.settings.kernel_probe.has_value();
    if (has_kernels)
        for (const std::string images : {"", "_corrupted"})
            for (const char* number : {"ntk_rank", "ntk_entropy", "ntk_trace"}) columns.push_back(number + images);
    columns = detail::joined(columns, later);
    if (draws_subsets) columns.emplace_back("training_subset");
    CsvWriter csv(path, detail::joined(columns, {"seconds"}));
    for (std::size_t i = 0; i < results.runs.size(); ++i) {
        const auto& outcome = results.outcomes[i];
        if (outcome.skipped()) continue;
        const auto& run = results.runs[i];
        const auto result = outcome.value.value_or(RunResult{});
        write_key_cells(csv, run, key);
        csv.cell(repeat_seed(results.settings.seed, run.repeat).value);
        for (const double number : {result.train_loss, result.test_loss, result.test_accuracy,
                                    result.test_accuracy_corrupted, result.test_loss_corrupted})
            csv.cell(number);
        csv.cell(run.batch_size);
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
        write_key_cells(csv, run, later);
        if (draws_subsets) csv.cell(training_subset_of(results.settings, run.repeat));
        csv.cell(outcome.seconds);
        csv.end_row();
    }
    csv.commit();
}

PSTAR_INLINE void write_summary_csv(const std::filesystem::path& path, std::span<const PointSummary> summaries) {
    const std::vector<std::string> key{"activation", "model_type", "corruption_mode", "p",
                                       "sigma",      "mlp_width",  "n_train_samples"};
    const auto later =
        detail::joined(detail::joined({"depth", "batch_size"}, detail::later_columns()), training_set_columns());
    auto columns = detail::joined(key, {"repeats"});
    for (const std::string quantity : {"test_accuracy", "test_loss", "test_accuracy_corrupted", "test_loss_corrupted"})
        for (const std::string statistic : {"mean_", "std_", "stderr_"}) columns.push_back(statistic + quantity);
    columns.emplace_back("left_out");
    CsvWriter csv(path, detail::joined(columns, later));
    for (const auto& summary : summaries) {
        write_key_cells(csv, summary.run, key);
        csv.cell(summary.test_accuracy.n);
        for (const auto& moments :
             {summary.test_accuracy, summary.test_loss, summary.test_accuracy_corrupted, summary.test_loss_corrupted})
            for (const double number : {moments.mean, moments.stddev, moments.sem}) csv.cell(number);
        csv.cell(summary.left_out);
        write_key_cells(csv, summary.run, later);
        csv.end_row();
    }
    csv.commit();
}

}  // namespace pstar
