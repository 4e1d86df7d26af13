#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <pstar/data/dataset.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/results.hpp>

#include "common/cli/flags.hpp"
#include "common/report/pictures.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/sweep_runs.hpp"

/// What the reports of all studies of accuracy curves have in common.
namespace study {

/// What such a report is about.
struct CurveStory {
    const Flags& flags;
    const pstar::TrainTest& data;
    const Tally& runs;
    const pstar::Results& results;
    std::span<const pstar::FittedCurve> curves;
    std::string command;
    bool has_figures;
    std::vector<std::string> rounds = {};  ///< where runs were chosen round by round: how, and what came of it
};

/// Draws the accuracies of every family, their spread and a strip of corrupted images into the folder.
void draw_curves(const CurveStory& story, const OutputFolder& out);

/// Writes `report.html`: the answer and how it was found; what the study adds; those figures; the fitted numbers;
/// notes; the configuration and the command.
void write_curve_report(const CurveStory& story, const OutputFolder& out, const std::string& title,
                        const std::string& answer, const std::string& setting,
                        const std::function<void(Report&)>& add_own);

/// `p`, or the letter sigma for the additive channel: in figures.
std::string figure_symbol(const CurveStory& story);
/// `relu, width 16, clean test images`; `images` is `test images` or `inputs`.
std::string curve_name(const CurveStory& story, const pstar::RunKey& run, pstar::TestImages kind,
                       const std::string& images = "test images");
/// `synthetic digits`.
std::string data_in_words(const CurveStory& story);
/// `1000 or 2000 synthetic digits with a share p of the pixels replaced by uniform noise`.
std::string images_in_words(const CurveStory& story);
/// `16, 64 or 256`.
std::string either_of(const std::vector<std::size_t>& values);
std::string either_of(const std::vector<double>& values);
/// `5 seeds`, `10 to 100 seeds`.
std::string seeds_in_words(std::size_t least, std::size_t most);
std::string seeds_in_words(const CurveStory& story);
/// The number with its interval, or `not identified`; fits.csv still has the estimate then.
std::string number_of(const pstar::FittedCurve& curve, const pstar::Estimate& estimate);
/// `+0.12 [0.10, 0.14]`: with signs, and as many decimals as the width of the interval justifies.
std::string with_sign(const pstar::Estimate& estimate);

}  // namespace study
