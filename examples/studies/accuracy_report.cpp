#include "accuracy_report.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include <pstar/core/blas.hpp>
#include <pstar/version.hpp>

#include "../common/curve_figures.hpp"
#include "../common/families.hpp"
#include "../common/report.hpp"
#include "../common/words.hpp"

namespace study {
namespace {

using Rows = std::vector<std::vector<std::string>>;

double chance(const AccuracyStory& story) {
    return 1 / static_cast<double>(story.data.train.classes);
}

std::string curve_name(const AccuracyStory& story, const FittedCurve& curve) {
    return fmt::format("{}, {} test images", network_name(story.flags, curve.measured.run),
                       to_string(curve.measured.images));
}

std::string channel_in_words(const AccuracyStory& story) {
    if (story.flags.channel == "additive") return "uniform noise of width sigma added to every pixel and clipped";
    if (story.flags.channel == "binary") return "a share p of the black-and-white pixels replaced by fair coins";
    return "a share p of the pixels replaced by uniform noise";
}

std::string data_in_words(const AccuracyStory& story) {
    return story.flags.data == "synthetic" ? std::string("synthetic digits")
                                           : fmt::format("images of {}", story.flags.data);
}

/// `5 seeds`, `10 to 100 seeds`.
std::string seeds_in_words(std::size_t least, std::size_t most) {
    return least == most ? counted(most, "seed") : fmt::format("{} to {} seeds", least, most);
}
std::string seeds_in_words(const AccuracyStory& story) {
    return seeds_in_words(story.flags.repeats.least, story.flags.repeats.most);
}

/// `16, 64 or 256`.
std::string one_of(const std::vector<std::size_t>& values) {
    std::vector<std::string> words;
    for (const auto value : values) words.push_back(std::to_string(value));
    return enumerated(words, "or");
}

/// What was done, in one sentence.
std::string setting_sentence(const AccuracyStory& story) {
    const auto& flags = story.flags;
    const std::string layer = flags.arch == "cnn" ? "block" : "hidden layer",
                      unit = flags.arch == "cnn" ? "channels" : "units";
    const auto layers =
        flags.depth == std::vector<std::size_t>{1} ? "1 " + layer : one_of(flags.depth) + " " + layer + "s";
    return fmt::format("{} ({}; {}{} of {} {}) learned for {} from {} {} with {}, and were then tested on {} others.",
                       counted(story.runs.finished, flags.arch == "cnn" ? "convolutional network" : "network"),
                       enumerated(flags.activation, "or"), layers, flags.arch == "cnn" ? ", the first" : "",
                       one_of(flags.width), unit, counted(flags.epochs, "epoch"), one_of(flags.train),
                       data_in_words(story), channel_in_words(story), *flags.test);
}

/// What became of accuracy on one curve.
std::string outcome_sentence(const AccuracyStory& story, const FittedCurve& curve) {
    const auto symbol = strength_symbol(story.flags);
    const auto &first = curve.points.front(), &last = curve.points.back();
    auto sentence = fmt::format(
        "On {} test images the networks with {} go from {} correct at {} = {:g} to {} at {} = {:g} (chance is {})",
        to_string(curve.measured.images), network_name(story.flags, curve.measured.run), percent(first.accuracy),
        symbol, first.strength, percent(last.accuracy), symbol, last.strength, percent(chance(story)));
    if (curve.comparable)
        sentence += fmt::format("; half of the drop is reached at {}* = {}", symbol, in_words(curve.p_star));
    return sentence + ".";
}

/// `width`, as in `rises with width`.
std::string size_in_words(const AccuracyStory& story) {
    const auto& name = colour_axis(story.flags).name;
    if (name == "train") return "the number of training images";
    if (name == "width" && story.flags.arch == "cnn") return "the number of channels";
    return name == "batch" ? "the size of a batch" : name;
}

std::string trend_sentence(const AccuracyStory& story, const SizeTrend& found) {
    std::vector<std::string> sizes;
    for (const auto size : found.sizes) sizes.push_back(std::to_string(size));
    const bool midpoint = found.quantity == "p*";
    const auto symbol = strength_symbol(story.flags);
    const auto subject =
        fmt::format("{}, {} test images: the {}", found.family, to_string(found.images),
                    midpoint ? fmt::format("midpoint {}*", symbol) : fmt::format("slope |A'({}*)|", symbol));
    const auto size = size_in_words(story);
    if (!std::isfinite(found.trend.slope.low) || !std::isfinite(found.trend.slope.high))
        return subject + " is undecided against " + size + ". " + found.trend.reason;
    const double doubling = std::numbers::ln2;  // the trend is per factor e
    const double low = doubling * found.trend.slope.low, high = doubling * found.trend.slope.high;
    const double scale = (high - low) / 2;
    const auto verb = found.trend.verdict == pstar::Verdict::undecided
                          ? "is undecided against " + size
                          : std::string(to_string(found.trend.verdict)) + " with " + size;
    return fmt::format("{} {}: {} per doubling, 95% interval [{}, {}]; measured at {}, {} each.", subject, verb,
                       signed_number(doubling * found.trend.slope.value, scale), signed_number(low, scale),
                       signed_number(high, scale), enumerated(sizes),
                       seeds_in_words(found.least_repeats, found.most_repeats));
}

std::vector<std::string> trend_sentences(const AccuracyStory& story) {
    std::vector<std::string> sentences;
    for (const auto& found : size_trends(story.flags, story.curves)) sentences.push_back(trend_sentence(story, found));
    return sentences;
}

/// The number, unless the curve did not identify it: then fits.csv has it, for what it is worth.
std::string number_of(const FittedCurve& curve, const pstar::Estimate& estimate) {
    return curve.comparable ? in_words(estimate) : "not identified";
}

Rows fit_rows(const AccuracyStory& story) {
    Rows rows;
    for (const auto& curve : story.curves) {
        const auto quality = curve.dof > 0 && std::isfinite(curve.chi_squared)
                                 ? fmt::format("{:.1f} / {}", curve.chi_squared, curve.dof)
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

std::vector<std::string> warnings(const AccuracyStory& story) {
    std::vector<std::string> result;
    if (story.runs.diverged > 0)
        result.push_back(
            fmt::format("{} diverged (a loss was not finite); left out of all means and fits. A smaller "
                        "--learning-rate may help.",
                        counted(story.runs.diverged, "run")));
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

std::string error_bars(const AccuracyStory& story) {
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

bool has_spread(const AccuracyStory& story) {
    return story.flags.repeats.most >= 2;
}

void figures(Report& report, const AccuracyStory& story, const OutputFolder& out) {
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

void fits(Report& report, const AccuracyStory& story) {
    const auto symbol = strength_symbol(story.flags);
    report.heading("The fitted curves");
    report.table({"network", "test images", fmt::format("midpoint {}*", symbol), fmt::format("slope |A'({}*)|", symbol),
                  "upper level", "chi\u00b2 / dof", "seeds", "status"},
                 fit_rows(story));
    report.paragraph(fmt::format(
        "A({0}) = lower + (upper \u2212 lower) / (1 + exp(({0} \u2212 {0}*) / w)) with lower = chance = {1}; slope = "
        "(upper \u2212 lower) / 4w. 95% intervals in brackets, widened where the curve misses its points. No error is "
        "taken smaller than the counting error of {2} test images. The strengths of one seed share initial weights and "
        "order{3}, so errors along a curve are correlated; the fit takes them as independent.",
        symbol, percent(chance(story)), *story.flags.test, story.flags.noise == "common" ? " and noise" : ""));
    if (const auto trends = trend_sentences(story); !trends.empty()) {
        report.heading("How midpoint and slope move with " + size_in_words(story));
        report.list(trends);
    }
    if (const auto notes = warnings(story); !notes.empty()) {
        report.heading("To bear in mind");
        report.list(notes);
    }
}

void origins(Report& report, const AccuracyStory& story) {
    Rows rows;
    for (const auto& setting : settings_of(story.flags)) {
        rows.push_back({setting.flag, fmt::format("{}", fmt::join(setting.values, ", "))});
    }
    rows.push_back({"pstar", PSTAR_VERSION});
    rows.push_back({"compiler", compiler_description()});
    rows.push_back({"BLAS", pstar::blas_description()});
    rows.push_back({"processor", processor_description()});
    report.heading("Configuration");
    report.table({"setting", "value"}, rows);
    report.heading("The command that made this page");
    report.command(story.command);
    report.paragraph(
        "The same command gives the same runs.csv on the same machine but for its last column, with any number of "
        "threads or processes, interrupted or not. Beside this page: config.json, journal.jsonl (the runs as they "
        "ended), runs.csv (a row a run), summary.csv (means), fits.csv (curves), and every figure as SVG, PNG and "
        "gnuplot script.");
}

}  // namespace

void draw_figures(const AccuracyStory& story, const OutputFolder& out) {
    const auto symbol = story.flags.channel == "additive" ? std::string("\u03c3") : std::string("p");
    const auto& colours = colour_axis(story.flags);
    for (const auto& family : families(story.flags, story.curves)) {
        if (!has_points(family)) continue;
        accuracy_figure(family, colours, chance(story), symbol).write(out.path(), accuracy_name(family));
        if (has_spread(story)) spread_figure(family, colours, symbol).write(out.path(), spread_name(family));
    }
    strip_figure(story.data.test, corruption_of(story.flags), story.flags.strength, symbol).write(out.path(), "strip");
}

void write_report(const AccuracyStory& story, const OutputFolder& out) {
    Report report("Test accuracy against corruption",
                  fmt::format("{}, {} channel, {}", data_in_words(story), story.flags.channel, date_and_time()));
    std::string summary = setting_sentence(story);
    const auto size = colour_axis(story.flags).member;
    for (const auto& family : families(story.flags, story.curves)) {
        std::size_t largest = 0;
        for (const auto* curve : family.curves) largest = std::max(largest, curve->measured.run.*size);
        for (const auto* curve : family.curves)
            if (curve->measured.run.*size == largest && !curve->points.empty())
                summary.append(" ").append(outcome_sentence(story, *curve));
    }
    report.highlight(summary);
    figures(report, story, out);
    fits(report, story);
    origins(report, story);
    report.write(out / "report.html");
}

std::vector<std::string> findings(const AccuracyStory& story) {
    std::vector<std::string> lines;
    for (const auto& curve : story.curves)
        lines.push_back(fmt::format("{}: {}* = {}, slope {}, {}", curve_name(story, curve),
                                    strength_symbol(story.flags), number_of(curve, curve.p_star),
                                    number_of(curve, curve.slope), curve.status));
    for (const auto& sentence : trend_sentences(story)) lines.push_back(sentence);
    return lines;
}

}  // namespace study
