#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <pstar/data/dataset.hpp>

#include "common/cli/flags.hpp"
#include "common/report/curve_fits.hpp"
#include "common/report/report.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/sweep_runs.hpp"

/// What the reports of all studies of accuracy curves have in common.
namespace study {

/// Everything such a report tells of.
struct CurveStory {
    const Flags& flags;
    const pstar::TrainTest& data;
    const Tally& runs;
    std::span<const FittedCurve> curves;
    std::string command;
    bool has_figures;
};

/// Draws the accuracies of every family, their spread and a strip of corrupted images into the folder.
void draw_curves(const CurveStory& story, const OutputFolder& out);

/// The parts of a report, each under a heading: those figures; the fitted numbers; what to bear in mind; where all of
/// it comes from.
void add_curves(Report& report, const CurveStory& story, const OutputFolder& out);
void add_fits(Report& report, const CurveStory& story);
void add_notes(Report& report, const CurveStory& story);
void add_origins(Report& report, const CurveStory& story);

/// The accuracy of guessing.
double chance(const CurveStory& story);
/// `relu, width 16, clean test images`.
std::string curve_name(const CurveStory& story, const FittedCurve& curve);
/// `a share p of the pixels replaced by uniform noise`.
std::string channel_in_words(const CurveStory& story);
/// `synthetic digits`.
std::string data_in_words(const CurveStory& story);
/// `5 seeds`, `10 to 100 seeds`.
std::string seeds_in_words(std::size_t least, std::size_t most);
std::string seeds_in_words(const CurveStory& story);
/// The number, unless the curve did not identify it: then fits.csv has it, for what it is worth.
std::string number_of(const FittedCurve& curve, const pstar::Estimate& estimate);

}  // namespace study
