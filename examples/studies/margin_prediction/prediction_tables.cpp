#include "prediction_tables.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <pstar/io/csv_writer.hpp>

namespace study {
namespace {

using Summaries = std::span<const PredictionSummary>;
using Columns = std::vector<std::string>;

Columns with_intervals(Columns columns, const Columns& names) {
    for (const auto& name : names)
        for (const char* end : {"", "_low", "_high"}) columns.push_back(name + end);
    return columns;
}
void cells(pstar::CsvWriter& csv, const pstar::Estimate& x) {
    csv.cell(x.value);
    csv.cell(x.low);
    csv.cell(x.high);
}
void cells(pstar::CsvWriter& csv, const pstar::PredictionScore& scores) {
    cells(csv, scores.auc);
    cells(csv, scores.brier);
    cells(csv, scores.log_score);
}
Columns criterion_columns(Columns columns) {
    columns.insert(columns.end(), pstar::criterion_names.begin(), pstar::criterion_names.end());
    return columns;
}

void write_predictions(const OutputFolder& out, const std::string& symbol, Summaries summaries) {
    auto columns = with_intervals({symbol, "criterion"}, {"auc", "brier", "log_score"});
    columns.emplace_back("seeds");
    pstar::CsvWriter csv(out / "predictions.csv", columns);
    for (const auto& summary : summaries)
        for (std::size_t c = 0; c < pstar::criteria.size(); ++c) {
            csv.cell(summary.strength);
            csv.cell(pstar::criterion_names[c]);
            cells(csv, summary.scores[c]);
            csv.cell(summary.seeds);
            csv.end_row();
        }
    csv.commit();
}

void write_differences(const OutputFolder& out, const std::string& symbol, Summaries summaries) {
    auto columns = with_intervals({symbol, "first", "second"}, {"auc", "brier", "log_score"});
    columns.emplace_back("seeds");
    pstar::CsvWriter csv(out / "differences.csv", columns);
    for (const auto& summary : summaries)
        for (std::size_t k = 0; k < criterion_pairs.size(); ++k) {
            csv.cell(summary.strength);
            csv.cell(pstar::criterion_names[criterion_pairs[k].first]);
            csv.cell(pstar::criterion_names[criterion_pairs[k].second]);
            cells(csv, summary.differences[k]);
            csv.cell(summary.seeds);
            csv.end_row();
        }
    csv.commit();
}

void write_accuracy(const OutputFolder& out, const std::string& symbol, Summaries summaries) {
    auto columns = criterion_columns(with_intervals({symbol}, {"measured"}));
    for (const auto name : pstar::criterion_names)
        columns = with_intervals(columns, {std::string(name) + "_minus_measured"});
    columns.insert(columns.end(), {"clean", "seeds"});
    pstar::CsvWriter csv(out / "accuracy.csv", columns);
    for (const auto& summary : summaries) {
        csv.cell(summary.strength);
        cells(csv, summary.trained_at.measured);
        for (const double predicted : summary.trained_at.predicted) csv.cell(predicted);
        for (const auto& excess : summary.excess) cells(csv, excess);
        csv.cell(summary.clean_accuracy.value);
        csv.cell(summary.seeds);
        csv.end_row();
    }
    csv.commit();
}

void write_calibration(const OutputFolder& out, const std::string& symbol, Summaries summaries) {
    pstar::CsvWriter csv(out / "calibration.csv",
                         with_intervals({symbol, "criterion", "from", "to", "images", "predicted"}, {"measured"}));
    for (const auto& summary : summaries)
        for (std::size_t c = 0; c < pstar::criteria.size(); ++c)
            for (const auto& bin : summary.calibration[c]) {
                csv.cell(summary.strength);
                csv.cell(pstar::criterion_names[c]);
                csv.cell(bin.place / 10);
                csv.cell((bin.place + 1) / 10);
                csv.cell(bin.images);
                csv.cell(bin.predicted);
                cells(csv, bin.measured);
                csv.end_row();
            }
    csv.commit();
}

/// A row a network's strength of training and each strength it was tested at; `write` fills in the rest of the row.
template <class Write>
void write_elsewhere(const OutputFolder& out, const std::string& name, const std::string& symbol, Columns columns,
                     Summaries summaries, const Write& write) {
    columns.insert(columns.begin(), {"trained_" + symbol, symbol});
    pstar::CsvWriter csv(out / name, columns);
    for (const auto& summary : summaries)
        for (const auto& at : summary.elsewhere) {
            csv.cell(summary.strength);
            csv.cell(at.strength);
            write(csv, at);
            csv.end_row();
        }
    csv.commit();
}

}  // namespace

void write_prediction_tables(const OutputFolder& out, const std::string& symbol, Summaries summaries) {
    write_predictions(out, symbol, summaries);
    write_differences(out, symbol, summaries);
    write_accuracy(out, symbol, summaries);
    write_calibration(out, symbol, summaries);
    write_elsewhere(out, "accuracy_elsewhere.csv", symbol, criterion_columns(with_intervals({}, {"measured"})),
                    summaries, [](pstar::CsvWriter& csv, const AtStrength& at) {
                        cells(csv, at.measured);
                        for (const double predicted : at.predicted) csv.cell(predicted);
                    });
    write_elsewhere(out, "linearisation.csv", symbol,
                    with_intervals({}, {"predicted_mean", "measured_mean", "relative_bias", "relative_error",
                                        "error_over_sd", "sd_ratio"}),
                    summaries, [](pstar::CsvWriter& csv, const AtStrength& at) {
                        for (const auto& number : at.linearisation) cells(csv, number);
                    });
    Columns quantiles;
    for (const double q : pstar::snr_probabilities) quantiles.push_back(fmt::format("snr_q{:g}", 100 * q));
    write_elsewhere(out, "snr.csv", symbol, quantiles, summaries, [](pstar::CsvWriter& csv, const AtStrength& at) {
        for (const double quantile : at.snr) csv.cell(quantile);
    });
}

}  // namespace study
