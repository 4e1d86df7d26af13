#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/prediction_summary.hpp>
#include <pstar/experiment/detail/interval_cells.hpp>
#include <pstar/io/csv_writer.hpp>

/// Margin predictions as CSV files. The column of strengths is called `symbol`, e.g. p or sigma; 95% intervals are in
/// columns `..._low` and `..._high`.
namespace pstar {

/// `predictions.csv`: one row per strength and criterion: AUC, Brier score, log score.
inline void write_scores_csv(const std::filesystem::path& path, const std::string& symbol,
                             std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns{symbol, "criterion"};
    for (const auto& [name, member] : score_numbers) detail::add_intervals(columns, {name});
    detail::add_columns(columns, {"seeds"});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries)
        for (std::size_t c = 0; c < criteria.size(); ++c) {
            detail::append_cells(csv, summary.strength, criterion_names[c]);
            for (const auto& [name, member] : score_numbers) detail::append_cells(csv, summary.scores[c].*member);
            csv.cell(summary.seeds);
            csv.end_row();
        }
    csv.commit();
}

/// `differences.csv`: one row per strength and pair of criteria: the scores of the first minus those of the second.
inline void write_score_differences_csv(const std::filesystem::path& path, const std::string& symbol,
                                        std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns{symbol, "first", "second"};
    for (const auto& [name, member] : score_numbers) detail::add_intervals(columns, {name});
    detail::add_columns(columns, {"seeds"});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries)
        for (std::size_t k = 0; k < criterion_pairs.size(); ++k) {
            const auto [first, second] = criterion_pairs[k];
            detail::append_cells(csv, summary.strength, criterion_names[first], criterion_names[second]);
            for (const auto& [name, member] : score_numbers) detail::append_cells(csv, summary.differences[k].*member);
            csv.cell(summary.seeds);
            csv.end_row();
        }
    csv.commit();
}

/// `accuracy.csv`: one row per strength: measured accuracy, the prediction of each criterion, and its excess.
inline void write_predicted_accuracy_csv(const std::filesystem::path& path, const std::string& symbol,
                                         std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns{symbol};
    detail::add_intervals(columns, {"measured"});
    columns.insert(columns.end(), criterion_names.begin(), criterion_names.end());
    for (const auto name : criterion_names)
        detail::add_intervals(columns, {(std::string(name) + "_minus_measured").c_str()});
    detail::add_columns(columns, {"clean", "seeds"});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries) {
        detail::append_cells(csv, summary.strength, summary.own.accuracy);
        for (const double predicted : summary.own.predicted) csv.cell(predicted);
        for (const auto& excess : summary.excess) detail::append_cells(csv, excess);
        detail::append_cells(csv, summary.clean_accuracy.value, summary.seeds);
        csv.end_row();
    }
    csv.commit();
}

/// `calibration.csv`: one row per strength, criterion and bin of predicted probabilities.
inline void write_calibration_csv(const std::filesystem::path& path, const std::string& symbol,
                                  std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns{symbol, "criterion", "from", "to", "images", "predicted"};
    detail::add_intervals(columns, {"measured"});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries)
        for (std::size_t c = 0; c < criteria.size(); ++c)
            for (const auto& bin : summary.calibration[c]) {
                detail::append_cells(csv, summary.strength, criterion_names[c], bin.low, bin.high, bin.images,
                                     bin.predicted, bin.measured);
                csv.end_row();
            }
    csv.commit();
}

namespace detail {

/// One row per strength of training and strength of testing; `write(csv, at)` appends the cells of `columns`.
template <class Write>
void write_elsewhere_csv(const std::filesystem::path& path, const std::string& symbol, std::vector<std::string> columns,
                         std::span<const PredictionSummary> summaries, const Write& write) {
    columns.insert(columns.begin(), {"trained_" + symbol, symbol});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries)
        for (const auto& at : summary.elsewhere) {
            append_cells(csv, summary.strength, at.strength);
            write(csv, at);
            csv.end_row();
        }
    csv.commit();
}

}  // namespace detail

/// `accuracy_elsewhere.csv`: accuracies, measured and predicted, at other strengths than that of training.
inline void write_accuracy_elsewhere_csv(const std::filesystem::path& path, const std::string& symbol,
                                         std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns;
    detail::add_intervals(columns, {"measured"});
    columns.insert(columns.end(), criterion_names.begin(), criterion_names.end());
    detail::write_elsewhere_csv(path, symbol, columns, summaries, [](CsvWriter& csv, const StrengthPrediction& at) {
        detail::append_cells(csv, at.accuracy);
        for (const double predicted : at.predicted) csv.cell(predicted);
    });
}

/// `linearisation.csv`: the numbers of `LinearisationError` there.
inline void write_linearisation_csv(const std::filesystem::path& path, const std::string& symbol,
                                    std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns;
    for (const auto& [name, member] : linearisation_numbers) detail::add_intervals(columns, {name});
    detail::write_elsewhere_csv(path, symbol, columns, summaries, [](CsvWriter& csv, const StrengthPrediction& at) {
        for (const auto& [name, member] : linearisation_numbers) detail::append_cells(csv, at.linearisation.*member);
    });
}

/// `snr.csv`: the quantiles over images of the signal-to-noise ratio there, `snr_q10` for the probability 0.1.
inline void write_snr_csv(const std::filesystem::path& path, const std::string& symbol,
                          std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns;
    for (const double q : snr_probabilities) columns.push_back("snr_q" + std::to_string(std::lround(100 * q)));
    detail::write_elsewhere_csv(path, symbol, columns, summaries, [](CsvWriter& csv, const StrengthPrediction& at) {
        for (const double quantile : at.snr) csv.cell(quantile);
    });
}

/// All tables of `summaries`, under the names above, in a folder that exists.
inline void write_prediction_tables(const std::filesystem::path& folder, const std::string& symbol,
                                    std::span<const PredictionSummary> summaries) {
    write_scores_csv(folder / "predictions.csv", symbol, summaries);
    write_score_differences_csv(folder / "differences.csv", symbol, summaries);
    write_predicted_accuracy_csv(folder / "accuracy.csv", symbol, summaries);
    write_calibration_csv(folder / "calibration.csv", symbol, summaries);
    write_accuracy_elsewhere_csv(folder / "accuracy_elsewhere.csv", symbol, summaries);
    write_linearisation_csv(folder / "linearisation.csv", symbol, summaries);
    write_snr_csv(folder / "snr.csv", symbol, summaries);
}

}  // namespace pstar
