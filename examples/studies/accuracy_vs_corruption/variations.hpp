#pragma once

#include <string>
#include <vector>

#include <pstar/experiment/analysis/accuracy_variance.hpp>
#include <pstar/experiment/analysis/failures.hpp>
#include <pstar/experiment/analysis/transfer.hpp>

#include "common/report/curve_report.hpp"

namespace study {

/// What the study says beyond its curves: where the scatter comes from, how networks do on other corruptions, and which
/// images fail.
class Variations {
public:
    /// Refers to the story.
    explicit Variations(const CurveStory& story);

    /// `variance_components.csv` where there are several seeds, `transfer_summary.csv`, `confusion.csv`,
    /// `class_accuracy.csv` and `hardest_images.csv` where they were asked for.
    void write_tables(const OutputFolder& out) const;
    void draw(const OutputFolder& out) const;
    void add_to(Report& report, const OutputFolder& out) const;
    /// What was asked for, in sentences.
    std::vector<std::string> found() const;

private:
    bool has_variances() const { return !variances_.empty(); }
    std::vector<std::string> variances_in_words() const;
    void add_transfer(Report& report, const OutputFolder& out) const;
    void add_failures(Report& report, const OutputFolder& out) const;

    const CurveStory& story_;
    std::vector<pstar::AccuracyVariance> variances_;
    std::vector<pstar::TransferPoint> transfer_;
    std::vector<pstar::TransferMatrix> matrices_;
    std::vector<pstar::PointFailures> failures_;
};

}  // namespace study
