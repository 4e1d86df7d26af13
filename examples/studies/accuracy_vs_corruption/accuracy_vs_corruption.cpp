/// Test accuracy A(p) against corruption strength p: trains networks on corrupted images, one run for every network,
/// strength and seed; fits the curves and writes tables, figures and a report. `--help` lists the flags.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/report/trends.hpp"
#include "common/run/curve_study.hpp"
#include "studies/accuracy_vs_corruption/variations.hpp"

namespace study {
namespace {

/// What was done, in one sentence.
std::string setting(const CurveStory& story) {
    const auto& flags = story.flags;
    if (is_kernel(flags.arch)) {
        const auto width = flags.width == std::vector<std::size_t>{0}
                               ? std::string("infinite width")
                               : fmt::format("width {} (0: infinite)", either_of(flags.width));
        return fmt::format(
            "{} ({} kernel of {} networks of {}, hidden layers: {}; ridge {:g}) were fitted to {}, and were "
            "then tested on {} others.",
            counted(story.runs.finished, "kernel regression"), flags.arch == "ntk" ? "tangent" : "NNGP",
            enumerated(flags.activation, "or"), width, either_of(flags.depth), flags.ridge, images_in_words(story),
            *flags.test);
    }
    const bool is_cnn = flags.arch == "cnn";
    const std::string layer = is_cnn ? "block" : "hidden layer";
    const auto layers =
        flags.depth == std::vector<std::size_t>{1} ? "1 " + layer : either_of(flags.depth) + " " + layer + "s";
    return fmt::format("{} ({}; {}{} of {} {}) learned for {} from {}, and were then tested on {} others.",
                       counted(story.runs.finished, is_cnn ? "convolutional network" : "network"),
                       enumerated(flags.activation, "or"), layers, is_cnn ? ", the first" : "", either_of(flags.width),
                       is_cnn ? "channels" : "units", counted(flags.epochs, "epoch"), images_in_words(story),
                       *flags.test);
}

/// Where accuracy breaks on one curve.
std::string outcome(const CurveStory& story, const pstar::FittedCurve& curve) {
    const auto symbol = strength_symbol(story.flags);
    const auto &first = curve.points.front(), &last = curve.points.back();
    const auto change =
        fmt::format("{} correct at {} = {:g}, {} at {} = {:g}, chance is {}", percent(first.accuracy), symbol,
                    first.strength, percent(last.accuracy), symbol, last.strength, percent(curve.measured.chance()));
    const auto name = curve_name(story, curve.measured.run, curve.measured.images);
    if (!curve.comparable())
        return fmt::format("{}: where accuracy breaks is not identified ({}). {}", name, change, curve.fit.explanation);
    return fmt::format("{}: half of the drop is lost at {}* = {} ({}).", name, symbol, in_words(curve.fit.p_star),
                       change);
}

/// What became of the largest network of every family.
std::string summary(const CurveStory& story) {
    std::string text;
    const auto size = [&](const pstar::FittedCurve* curve) {
        const auto& axis = colour_axis(story.flags);
        const double value = axis.value(curve->measured.run);
        const bool is_infinite = axis.size == pstar::RunSize::width && value == 0;
        return is_infinite ? std::numeric_limits<double>::infinity() : value;
    };
    for (const auto& family : families(story.flags, story.curves)) {
        const auto largest = size(std::ranges::max(family.curves, {}, size));
        for (const auto* curve : family.curves)
            if (size(curve) == largest && !curve->points.empty())
                text.append(text.empty() ? "" : " ").append(outcome(story, *curve));
    }
    return text;
}

std::vector<std::string> tell(const CurveStory& story, const OutputFolder& out) {
    if (story.has_figures) draw_curves(story, out);
    const auto with_size = trends_in_words(story);
    const Variations variations(story);
    variations.write_tables(out);
    if (story.has_figures) variations.draw(out);
    write_curve_report(story, out, "Test accuracy against corruption", summary(story), setting(story),
                       [&](Report& report) {
                           if (!with_size.empty()) {
                               report.heading("How midpoint and slope move with " + size_in_words(story.flags));
                               report.list(with_size);
                           }
                           variations.add_to(report, out);
                       });
    std::vector<std::string> lines;
    for (const auto& curve : story.curves)
        lines.push_back(fmt::format(
            "{}: {}* = {}, slope {}, {}{}", curve_name(story, curve.measured.run, curve.measured.images),
            strength_symbol(story.flags), number_of(curve, curve.fit.p_star), number_of(curve, curve.fit.slope),
            std::isfinite(curve.fit.curve.p_star) ? curve.fit.form() + ", " : "", to_string(curve.fit.status)));
    lines.insert(lines.end(), with_size.begin(), with_size.end());
    const auto varied = variations.found();
    lines.insert(lines.end(), varied.begin(), varied.end());
    return lines;
}

}  // namespace
}  // namespace study

int main(int argc, char** argv) {
    study::Flags defaults;
    defaults.out = "pstar-out/accuracy_vs_corruption";
    defaults.variations.emplace();
    const std::string program = "accuracy_vs_corruption";
    return study::run_curve_study(
        argc, argv, defaults,
        {.name = program,
         .description = "Traces test accuracy against corruption strength and fits the knee p*.",
         .example =
             program + " --data mnist --width 64,256 --strength 0:1:0.1 --epochs 10 --repeats 5 --out mnist-accuracy",
         .streams = true,
         .tell = study::tell});
}
