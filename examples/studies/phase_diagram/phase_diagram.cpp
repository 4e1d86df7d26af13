/// Test accuracy over two axes: corruption strength p against width, training images, depth or another axis. One run
/// for every network, strength and seed, strengths inserted where accuracy falls; a heat map with the knee p* of every
/// size, tables and a report. `--help` lists the flags.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <pstar/experiment/analysis/phase_map.hpp>
#include <pstar/report/phase_figure.hpp>

#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/report/trends.hpp"
#include "common/run/curve_study.hpp"

namespace study {
namespace {

/// A map needs two sizes.
void check_axis(Flags& flags, const pstar::Experiment&) {
    const auto& axis = colour_axis(flags);
    const auto word = to_string(axis.size);
    std::vector<double> sizes;
    for (const auto& run : grid_of(flags).runs()) sizes.push_back(axis.value(run));
    const auto [least, most] = std::ranges::minmax(sizes);
    if (least == most)
        throw UsageError(fmt::format("--size {}: {} is the only value; name at least two with {}", word, decimal(least),
                                     flag_of(word)));
    if (least == 0 && axis.size == pstar::RunSize::width)
        throw UsageError("--width: 0, infinite, has no place on an axis; leave it out");
    if (least == 0 && axis.size == pstar::RunSize::samples_per_class)
        throw UsageError(
            "--size samples_per_class: leave out --n-train-samples; training sets that are the first images have no "
            "place on the axis");
}

std::string map_name(const CurveStory& story, const pstar::PhaseMap& map) {
    const auto family = families(story.flags, std::span(map.curves[0], 1))[0].name;
    return fmt::format("phase_{}_{}", family, to_string(map.images));
}

/// `number of training images`
std::string axis_label(const CurveStory& story) {
    const auto words = size_in_words(story.flags);
    return words.starts_with("the ") ? words.substr(4) : words;
}

/// From the smallest to the largest size whose knee is identified.
std::string ends_in_words(const CurveStory& story, const pstar::PhaseMap& map) {
    std::vector<const pstar::FittedCurve*> known;
    std::ranges::copy_if(map.curves, std::back_inserter(known), [](const auto* curve) { return curve->comparable(); });
    const auto symbol = strength_symbol(story.flags);
    const auto subject = fmt::format("{}, {} test images", family_title(story.flags, map.run), to_string(map.images));
    if (known.empty()) return fmt::format("{}: {}* is not identified for any size.", subject, symbol);
    const auto at = [&](const pstar::FittedCurve& curve) {
        return fmt::format("{} at {}", in_words(curve.fit.p_star), colour_axis(story.flags).of(curve.measured.run));
    };
    auto text = fmt::format("{}: {}* is {}", subject, symbol, at(*known.front()));
    if (known.size() > 1) text += fmt::format(" and {}", at(*known.back()));
    if (known.size() < map.curves.size())
        text += fmt::format("; not identified for {} of {} sizes", map.curves.size() - known.size(), map.curves.size());
    return text + ".";
}

std::string caption(const CurveStory& story, const pstar::PhaseMap& map) {
    const auto symbol = strength_symbol(story.flags);
    return fmt::format(
        "Mean test accuracy on {} test images over {} and {}, {}; a cell reaches half way to what was measured next to "
        "it. Black: accuracy {:.2f}, half way from chance to the best of the map. Orange: {}* of every size, half of "
        "the drop of its own curve, with its 95% interval. Magenta, dashed: where the curve is steepest. Sizes whose "
        "curve is not identified have no mark.",
        to_string(map.images), symbol, size_in_words(story.flags), seeds_in_words(story), map.half_height(), symbol);
}

/// How the answer was found.
std::string setting(const CurveStory& story) {
    return fmt::format("{} learned for {} from {}, and were then tested on {} others; 95% intervals are those of {}.",
                       counted(story.runs.finished, "network"), counted(story.flags.epochs, "epoch"),
                       images_in_words(story), *story.flags.test, seeds_in_words(story));
}

std::vector<std::string> tell(const CurveStory& story, const OutputFolder& out) {
    const auto maps = pstar::phase_maps(story.curves, colour_axis(story.flags).size);
    pstar::write_phase_csv(out / "phase.csv", maps);
    if (story.has_figures) {
        draw_curves(story, out);
        for (const auto& map : maps)
            draw(pstar::phase_figure(map, axis_label(story), figure_symbol(story)), out, map_name(story, map));
    }
    auto found = trends_in_words(story);
    for (const auto& map : maps) found.push_back(ends_in_words(story, map));
    const auto summary =
        found.empty() ? std::string("No two sizes have a finished run.") : fmt::format("{}", fmt::join(found, " "));
    write_curve_report(story, out, "Test accuracy over two axes", summary, setting(story), [&](Report& report) {
        report.heading(
            fmt::format("Accuracy over {} and {}", strength_symbol(story.flags), size_in_words(story.flags)));
        if (story.has_figures)
            for (const auto& map : maps) report.figure(out / (map_name(story, map) + ".svg"), caption(story, map));
        report.paragraph("phase.csv has the map in long form: one row per size and strength.");
    });
    return found;
}

}  // namespace
}  // namespace study

int main(int argc, char** argv) {
    study::Flags defaults;
    defaults.out = "pstar-out/phase_diagram";
    defaults.train = {2000};
    defaults.test = 2000;
    defaults.width = {64};
    defaults.epochs = 8;
    defaults.repeats = {3, 3};
    defaults.variations.emplace();
    defaults.refinement.emplace();
    const std::string program = "phase_diagram";
    return study::run_curve_study(
        argc, argv, defaults,
        {.name = program,
         .description = "Maps test accuracy over corruption strength and a second axis, finely at the knee p*.",
         .example = program + " --data mnist --size n_train_samples --n-train-samples 500,2000,8000 --out mnist-map",
         .table = "fits.csv",
         .streams = true,
         .choose_networks = study::check_axis,
         .tell = study::tell});
}
