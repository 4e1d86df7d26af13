#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <pstar/experiment/analysis/prediction_summary.hpp>
#include <pstar/experiment/columns.hpp>
#include <pstar/experiment/detail/interval_cells.hpp>
#include <pstar/io/csv_writer.hpp>

/// Margin predictions as CSV files. The first columns say which network and strength it is (`write_key_cells`); 95%
/// intervals are in columns `..._low` and `..._high`.
namespace pstar {

/// `predictions.csv`: one row per point and criterion: AUC, Brier score, log score, error per image.
inline void write_scores_csv(const std::filesystem::path& path, std::span<const PredictionSummary> summaries) {
    auto columns = point_columns({"criterion"});
    for (const auto& [name, member] : score_numbers) detail::add_intervals(columns, {name});
    detail::add_columns(columns, {"seeds"});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries)
        for (std::size_t c = 0; c < criteria.size(); ++c) {
            write_point_cells(csv, summary.run);
            detail::append_cells(csv, criterion_names[c]);
            for (const auto& [name, member] : score_numbers) detail::append_cells(csv, summary.scores[c].*member);
            csv.cell(summary.seeds);
            csv.end_row();
        }
    csv.commit();
}

/// `differences.csv`: one row per point and pair of criteria: the scores of the first minus those of the second.
inline void write_score_differences_csv(const std::filesystem::path& path,
                                        std::span<const PredictionSummary> summaries) {
    auto columns = point_columns({"first", "second"});
    for (const auto& [name, member] : score_numbers) detail::add_intervals(columns, {name});
    detail::add_columns(columns, {"seeds"});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries)
        for (std::size_t k = 0; k < criterion_pairs.size(); ++k) {
            const auto [first, second] = criterion_pairs[k];
            write_point_cells(csv, summary.run);
            detail::append_cells(csv, criterion_names[first], criterion_names[second]);
            for (const auto& [name, member] : score_numbers) detail::append_cells(csv, summary.differences[k].*member);
            csv.cell(summary.seeds);
            csv.end_row();
        }
    csv.commit();
}

/// `accuracy.csv`: one row per point: measured accuracy, the prediction of each criterion, and its excess.
inline void write_predicted_accuracy_csv(const std::filesystem::path& path,
                                         std::span<const PredictionSummary> summaries) {
    auto columns = point_columns();
    detail::add_intervals(columns, {"measured"});
    columns.insert(columns.end(), criterion_names.begin(), criterion_names.end());
    for (const auto name : criterion_names)
        detail::add_intervals(columns, {(std::string(name) + "_minus_measured").c_str()});
    detail::add_columns(columns, {"clean", "seeds"});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries) {
        write_point_cells(csv, summary.run);
        detail::append_cells(csv, summary.own.accuracy);
        for (const double predicted : summary.own.predicted) csv.cell(predicted);
        for (const auto& excess : summary.excess) detail::append_cells(csv, excess);
        detail::append_cells(csv, summary.clean_accuracy.value, summary.seeds);
        csv.end_row();
    }
    csv.commit();
}

/// `calibration.csv`: one row per point, criterion and bin of predicted probabilities.
inline void write_calibration_csv(const std::filesystem::path& path, std::span<const PredictionSummary> summaries) {
    auto columns = point_columns({"criterion", "from", "to", "images", "predicted"});
    detail::add_intervals(columns, {"measured"});
    CsvWriter csv(path, columns);
    for (const auto& summary : summaries)
        for (std::size_t c = 0; c < criteria.size(); ++c)
            for (const auto& bin : summary.calibration[c]) {
                write_point_cells(csv, summary.run);
                detail::append_cells(csv, criterion_names[c], bin.low, bin.high, bin.images, bin.predicted,
                                     bin.measured);
                csv.end_row();
            }
    csv.commit();
}

namespace detail {

/// One row per point and strength of testing, `test_strength`; `write(csv, at)` appends the cells of `columns`.
template <class Write>
void write_elsewhere_csv(const std::filesystem::path& path, std::vector<std::string> columns,
                         std::span<const PredictionSummary> summaries, const Write& write) {
    columns.insert(columns.begin(), "test_strength");
    CsvWriter csv(path, point_columns(columns));
    for (const auto& summary : summaries)
        for (const auto& at : summary.elsewhere) {
            write_point_cells(csv, summary.run);
            csv.cell(at.strength);
            write(csv, at);
            csv.end_row();
        }
    csv.commit();
}

}  // namespace detail

/// `accuracy_elsewhere.csv`: accuracies, measured and predicted, at other strengths than that of training.
inline void write_accuracy_elsewhere_csv(const std::filesystem::path& path,
                                         std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns;
    detail::add_intervals(columns, {"measured"});
    columns.insert(columns.end(), criterion_names.begin(), criterion_names.end());
    detail::write_elsewhere_csv(path, columns, summaries, [](CsvWriter& csv, const StrengthPrediction& at) {
        detail::append_cells(csv, at.accuracy);
        for (const double predicted : at.predicted) csv.cell(predicted);
    });
}

/// `linearisation.csv`: the numbers of `LinearisationError` there.
inline void write_linearisation_csv(const std::filesystem::path& path, std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns;
    for (const auto& [name, member] : linearisation_numbers) detail::add_intervals(columns, {name});
    detail::write_elsewhere_csv(path, columns, summaries, [](CsvWriter& csv, const StrengthPrediction& at) {
        for (const auto& [name, member] : linearisation_numbers) detail::append_cells(csv, at.linearisation.*member);
    });
}

/// `snr.csv`: the quantiles over images of the signal-to-noise ratio there, `snr_q10` for the probability 0.1.
inline void write_snr_csv(const std::filesystem::path& path, std::span<const PredictionSummary> summaries) {
    std::vector<std::string> columns;
    for (const double q : snr_probabilities) columns.push_back("snr_q" + std::to_string(std::lround(100 * q)));
    detail::write_elsewhere_csv(path, columns, summaries, [](CsvWriter& csv, const StrengthPrediction& at) {
        for (const double quantile : at.snr) csv.cell(quantile);
    });
}

/// `prediction_times.csv`: one row per point and criterion: seconds for all test images, beside those of the draws.
inline void write_prediction_times_csv(const std::filesystem::path& path,
                                       std::span<const PredictionSummary> summaries) {
    CsvWriter csv(path, point_columns({"criterion", "seconds", "draw_seconds", "seeds"}));
    for (const auto& summary : summaries)
        for (std::size_t c = 0; c < criteria.size(); ++c) {
            write_point_cells(csv, summary.run);
            detail::append_cells(csv, criterion_names[c], summary.seconds[c], summary.draw_seconds, summary.seeds);
            csv.end_row();
        }
    csv.commit();
}

/// `examples.csv`: one row per point and image of `PredictionSummary::examples`, the clearest of each kind first.
inline void write_examples_csv(const std::filesystem::path& path, std::span<const PredictionSummary> summaries) {
    CsvWriter csv(path, point_columns({"kind", "test_image", "predicted", "measured"}));
    for (const auto& summary : summaries)
        for (std::size_t kind = 0; kind < failure_kinds.size(); ++kind)
            for (const auto& [image, predicted, measured] : summary.examples[kind]) {
                write_point_cells(csv, summary.run);
                detail::append_cells(csv, failure_kinds[kind], image, predicted, measured);
                csv.end_row();
            }
    csv.commit();
}

/// All tables of `summaries`, under the names above, in a folder that exists.
inline void write_prediction_tables(const std::filesystem::path& folder, std::span<const PredictionSummary> summaries) {
    write_scores_csv(folder / "predictions.csv", summaries);
    write_score_differences_csv(folder / "differences.csv", summaries);
    write_predicted_accuracy_csv(folder / "accuracy.csv", summaries);
    write_prediction_times_csv(folder / "prediction_times.csv", summaries);
    write_calibration_csv(folder / "calibration.csv", summaries);
    write_accuracy_elsewhere_csv(folder / "accuracy_elsewhere.csv", summaries);
    write_linearisation_csv(folder / "linearisation.csv", summaries);
    write_snr_csv(folder / "snr.csv", summaries);
    write_examples_csv(folder / "examples.csv", summaries);
}

}  // namespace pstar
