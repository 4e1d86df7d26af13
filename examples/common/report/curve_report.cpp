#include "common/report/curve_report.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/curve_figures.hpp"
#include "common/report/families.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/output_folder.hpp"

namespace study {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows fit_rows(const CurveStory& story) {
    Rows rows;
    for (const auto& curve : story.curves) {
        const auto quality = curve.dof > 0 && std::isfinite(curve.deviance)
                                 ? fmt::format("{:.1f} / {}", curve.deviance, curve.dof)
                                 : std::string("-");
        const auto seeds = curve.least_repeats == curve.repeats
                               ? std::to_string(curve.repeats)
                               : fmt::format("{} to {}", curve.least_repeats, curve.repeats);
        rows.push_back({network_name(story.flags, curve.measured.run), std::string(to_string(curve.measured.images)),
                        number_of(curve, curve.p_star), number_of(curve, curve.slope), number_of(curve, curve.upper),
                        quality, seeds, curve.status});
    }
    return rows;
}

std::string error_bars(const CurveStory& story) {
    if (story.flags.repeats.most < 2) return "One seed, no error bars.";
    return fmt::format("Error bars: standard error of the mean over {}.", seeds_in_words(story));
}

std::string accuracy_name(const Family& family) {
    return "accuracy_" + family.name;
}
std::string spread_name(const Family& family) {
    return "spread_" + family.name;
}
bool has_points(const Family& family) {
    return std::ranges::any_of(family.curves, [](const auto* curve) { return !curve->points.empty(); });
}

bool has_spread(const CurveStory& story) {
    return story.flags.repeats.most >= 2;
}

std::vector<std::string> warnings(const CurveStory& story) {
    std::vector<std::string> result;
    if (story.runs.diverged > 0)
        result.push_back(fmt::format(
            "{} diverged ({}); left out of all means and fits. A {} may help.", counted(story.runs.diverged, "run"),
            story.flags.arch == "ntk" ? "the kernel could not be factorised" : "a loss was not finite",
            story.flags.arch == "ntk" ? "larger --ridge" : "smaller --learning-rate"));
    if (story.runs.failed > 0)
        result.push_back(
            fmt::format("{} failed, the first with: {}", counted(story.runs.failed, "run"), story.runs.first_error));
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> by_status;
    for (const auto& curve : story.curves)
        if (curve.status != "ok") by_status[{curve.status, curve.explanation}].push_back(curve_name(story, curve));
    for (const auto& [reason, names] : by_status)
        result.push_back(fmt::format("{} ({}): {}", reason.first, fmt::join(names, "; "), reason.second));
    if (story.flags.repeats.is_adaptive())
        result.push_back(fmt::format(
            "Seeds were added to a point until its standard error was at most {:g} or it had {}. Stopping when an "
            "error "
            "bar looks small favours points that scatter little by chance: with {} to begin with, the error bars are "
            "somewhat too small on average ({}); means are hardly touched.",
            story.flags.repeats.until_error, seeds_in_words(story.flags.repeats.most, story.flags.repeats.most),
            seeds_in_words(story.flags.repeats.least, story.flags.repeats.least),
            story.flags.repeats.least >= 10 ? "by a few percent" : "the more so the fewer to begin with"));
    if (story.flags.repeats.most < 2)
        result.push_back(
            "One seed only: no scatter was measured, error bars are the counting errors of the test images.");
    return result;
}

}  // namespace

double chance(const CurveStory& story) {
    return 1 / static_cast<double>(story.data.train.classes);
}

std::string curve_name(const CurveStory& story, const FittedCurve& curve) {
    return fmt::format("{}, {} test images", network_name(story.flags, curve.measured.run),
                       to_string(curve.measured.images));
}

std::string channel_in_words(const CurveStory& story) {
    if (story.flags.channel == "additive") return "uniform noise of width sigma added to every pixel and clipped";
    if (story.flags.channel == "binary") return "a share p of the black-and-white pixels replaced by fair coins";
    return "a share p of the pixels replaced by uniform noise";
}

std::string data_in_words(const CurveStory& story) {
    return story.flags.data == "synthetic" ? std::string("synthetic digits")
                                           : fmt::format("images of {}", story.flags.data);
}

std::string seeds_in_words(std::size_t least, std::size_t most) {
    return least == most ? counted(most, "seed") : fmt::format("{} to {} seeds", least, most);
}
std::string seeds_in_words(const CurveStory& story) {
    return seeds_in_words(story.flags.repeats.least, story.flags.repeats.most);
}

std::string number_of(const FittedCurve& curve, const pstar::Estimate& estimate) {
    return curve.comparable ? in_words(estimate) : "not identified";
}

void add_curves(Report& report, const CurveStory& story, const OutputFolder& out) {
    if (!story.has_figures) report.paragraph("Figures were left out: gnuplot is not installed.");
    const auto symbol = strength_symbol(story.flags);
    const auto add = [&](const std::string& name, const std::string& caption) {
        if (story.has_figures) report.figure(out / (name + ".svg"), caption);
    };
    for (const auto& family : families(story.flags, story.curves)) {
        if (!has_points(family)) continue;
        report.heading("Accuracy against corruption: " + family.title);
        add(accuracy_name(family),
            fmt::format(
                "Test accuracy against {}, mean over seeds. {} Lines: fitted logistic curves whose lower level is "
                "chance ({}); diamonds: the midpoint {}* with its 95% interval.{}",
                symbol, error_bars(story), percent(chance(story)), symbol,
                seeds_vary(family) ? " Below, the number of seeds behind each point." : ""));
        if (has_spread(story))
            add(spread_name(family),
                fmt::format("Sample standard deviation of test accuracy across {} at each {}, in percentage points: "
                            "where networks disagree.{}",
                            seeds_in_words(story), symbol,
                            story.flags.repeats.least < 10 ? " From so few seeds each point is rough." : ""));
    }
    report.heading("What the networks see");
    add("strip", fmt::format("One test image of every class with {}.", channel_in_words(story)));
}

void add_fits(Report& report, const CurveStory& story) {
    const auto symbol = strength_symbol(story.flags);
    report.heading("The fitted curves");
    report.table({"network", "test images", fmt::format("midpoint {}*", symbol), fmt::format("slope |A'({}*)|", symbol),
                  "upper level", "deviance / dof", "seeds", "status"},
                 fit_rows(story));
    report.paragraph(fmt::format(
        "A({0}) = lower + (upper \u2212 lower) / (1 + exp(({0} \u2212 {0}*) / w)) with lower = chance = {1}; slope = "
        "(upper \u2212 lower) / 4w. Fitted by the likelihood of correct answers among {2} test images, with more "
        "scatter "
        "between seeds than counting gives where there is. 95% intervals in brackets. The strengths of one seed share "
        "initial weights and order{3}: with three seeds or more at all strengths the intervals come from a bootstrap "
        "over "
        "seeds, each with its whole curve; else from the scatter at each strength, widened where the curve misses its "
        "points (column intervals of fits.csv).",
        symbol, percent(chance(story)), *story.flags.test, story.flags.noise == "common" ? " and noise" : ""));
}

void add_notes(Report& report, const CurveStory& story) {
    if (const auto notes = warnings(story); !notes.empty()) {
        report.heading("To bear in mind");
        report.list(notes);
    }
}

void add_origins(Report& report, const CurveStory& story) {
    add_origins(report, settings_of(story.flags), story.command,
                "The same command gives the same runs.csv on the same machine but for its last column, with any number "
                "of threads or processes, interrupted or not. Beside this page: config.json, journal.jsonl (the runs "
                "as they ended), runs.csv (a row a run), summary.csv (means), fits.csv (curves), and every figure as "
                "SVG, PNG and gnuplot script.");
}

void draw_curves(const CurveStory& story, const OutputFolder& out) {
    const auto symbol = story.flags.channel == "additive" ? std::string("\u03c3") : std::string("p");
    const auto& colours = colour_axis(story.flags);
    for (const auto& family : families(story.flags, story.curves)) {
        if (!has_points(family)) continue;
        accuracy_figure(family, colours, chance(story), symbol).write(out.path(), accuracy_name(family));
        if (has_spread(story)) spread_figure(family, colours, symbol).write(out.path(), spread_name(family));
    }
    strip_figure(story.data.test, corruption_of(story.flags), story.flags.strength, symbol).write(out.path(), "strip");
}

}  // namespace study
