#include "common/report/curve_report.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <pstar/experiment/built_in.hpp>
#include <pstar/report/accuracy_figure.hpp>
#include <pstar/report/image_grid.hpp>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/run/conclusion.hpp"

namespace study {
namespace {

std::string chance_in_words(const CurveStory& story) {
    return percent(1 / static_cast<double>(story.results.classes));
}

/// `a share p of the pixels replaced by uniform noise`.
std::string channel_in_words(const CurveStory& story) {
    if (story.flags.channel == "additive") return "uniform noise of width sigma added to every pixel and clipped";
    if (story.flags.channel == "binary") return "a share p of the black-and-white pixels replaced by fair coins";
    return "a share p of the pixels replaced by uniform noise";
}

std::string error_bars(const CurveStory& story) {
    if (story.flags.repeats.most < 2) return "One seed, no error bars.";
    return fmt::format("Error bars: standard error of the mean over {}.", seeds_in_words(story));
}

/// `1 of 36 networks never learned`.
std::string stuck_in_words(const pstar::AccuracyCurve& curve, bool kept) {
    std::size_t all = kept ? 0 : curve.stuck;
    for (const auto& runs : curve.runs.accuracy) all += runs.size();
    return fmt::format("{} of {} never learned", curve.stuck, counted(all, "network"));
}

bool has_points(const Family& family) {
    return std::ranges::any_of(family.curves, [](const auto* curve) { return !curve->points.empty(); });
}
/// The curves of a figure with their names in its key.
std::vector<pstar::NamedCurve> named_curves(const CurveStory& story, const Family& family) {
    std::vector<pstar::NamedCurve> named;
    for (const auto* curve : family.curves) named.push_back({curve, colour_axis(story.flags).of(curve->measured.run)});
    return named;
}

bool has_spread(const CurveStory& story) {
    return story.flags.repeats.most >= 2;
}

std::vector<std::string> warnings(const CurveStory& story) {
    std::vector<std::string> result;
    const auto& flags = story.flags;
    const bool of_kernels = is_kernel(flags.arch);
    if (story.runs.diverged > 0)
        result.push_back(fmt::format("{} diverged ({}); left out of all means and fits. A {} may help.",
                                     counted(story.runs.diverged, "run"),
                                     of_kernels ? "the kernel could not be factorised" : "a loss was not finite",
                                     of_kernels ? "larger --ridge" : "smaller --learning-rate"));
    if (story.runs.failed > 0)
        result.push_back(
            fmt::format("{} failed, the first with: {}", counted(story.runs.failed, "run"), story.runs.first_error));
    for (const auto& curve : story.curves)
        if (curve.measured.stuck > 0)
            result.push_back(
                fmt::format("{}: {}, {} (--stuck): their training loss is that of guessing where others "
                            "learned.",
                            curve_name(story, curve.measured.run, curve.measured.images),
                            stuck_in_words(curve.measured, flags.curves->stuck == "keep"),
                            flags.curves->stuck == "keep" ? "kept" : "left out of means and fits"));
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> by_status;
    for (const auto& [measured, fit, points] : story.curves)
        if (fit.status != pstar::CurveStatus::ok && fit.status != pstar::CurveStatus::smooth)
            by_status[{to_string(fit.status), fit.explanation}].push_back(
                curve_name(story, measured.run, measured.images));
    for (const auto& [reason, names] : by_status)
        result.push_back(fmt::format("{} ({}): {}", reason.first, fmt::join(names, "; "), reason.second));
    const auto least = flags.repeats.least, most = flags.repeats.most;
    if (flags.repeats.is_adaptive() && !has_rounds(flags))
        result.push_back(fmt::format(
            "Seeds were added to a point until its standard error was at most {:g} or it had {}. Stopping when an "
            "error bar looks small favours points that scatter little by chance: with {} to begin with, the error bars "
            "are somewhat too small on average ({}); means are hardly touched.",
            flags.repeats.until_error, seeds_in_words(most, most), seeds_in_words(least, least),
            least >= 10 ? "by a few percent" : "the more so the fewer to begin with"));
    if (most < 2)
        result.push_back(
            "One seed only: no scatter was measured, error bars are the counting errors of the test images.");
    return result;
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
        add("accuracy_" + family.name,
            fmt::format("Test accuracy against {}, mean over seeds. {} Dashed: chance ({}).{}", symbol,
                        error_bars(story), chance_in_words(story), what_is_drawn(named_curves(story, family), symbol)));
        if (has_spread(story))
            add("spread_" + family.name,
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
    std::vector<std::vector<std::string>> rows;
    for (const auto& curve : story.curves) {
        const auto& fit = curve.fit;
        const auto quality = fit.dof > 0 && std::isfinite(fit.deviance)
                                 ? fmt::format("{:.1f} / {}", fit.deviance, fit.dof)
                                 : std::string("-");
        const auto least = curve.least_repeats(), most = curve.most_repeats();
        rows.push_back({network_name(story.flags, curve.measured.run), to_string(curve.measured.images),
                        number_of(curve, fit.p_star), number_of(curve, fit.slope), number_of(curve, fit.steepest),
                        number_of(curve, fit.upper), std::isfinite(fit.curve.p_star) ? fit.form() : "-", quality,
                        (least == most ? std::to_string(most) : fmt::format("{} to {}", least, most)) +
                            (curve.measured.stuck == 0
                                 ? ""
                                 : "; " + stuck_in_words(curve.measured, story.flags.curves->stuck == "keep")),
                        to_string(fit.status)});
    }
    report.heading("The fitted curves");
    report.table({"network", "test images", fmt::format("midpoint {}*", symbol), "steepest slope", "steepest at",
                  "upper level", "curve", "deviance / dof", "seeds", "status"},
                 rows);
    report.paragraph(fmt::format(
        "{0}* is where half of the drop from the upper level to chance ({1}) is lost. The curve is the family of least "
        "AIC "
        "among logistic, gaussian, gumbel, reversed gumbel and Weibull, or the one asked for; its plateau slopes or "
        "bends "
        "where that lowers the AIC by more than 2, and the upper level is then its height at the smallest {0}. Where "
        "no "
        "family describes the points within their errors, the numbers are those of a smooth falling curve without a "
        "family; its deviance is still that of the best family. Fitted by the likelihood of correct answers among {2} "
        "test images, with more "
        "scatter between seeds than counting gives where there is. 95% intervals in brackets. The strengths of one "
        "seed share initial weights and order{3}: with three seeds or more at all strengths the intervals come from a "
        "bootstrap over seeds, each with its whole curve; else from the scatter at each strength, widened where the "
        "curve misses its points (column intervals of fits.csv).",
        symbol, chance_in_words(story), *story.flags.test, story.flags.noise == "common" ? " and noise" : ""));
}

}  // namespace

std::string figure_symbol(const CurveStory& story) {
    return story.flags.channel == "additive" ? "\u03c3" : "p";
}

std::string curve_name(const CurveStory& story, const pstar::RunKey& run, pstar::TestImages kind,
                       const std::string& images) {
    return fmt::format("{}, {} {}", network_name(story.flags, run), to_string(kind), images);
}

std::string data_in_words(const CurveStory& story) {
    return story.flags.data == "synthetic" ? "synthetic digits" : fmt::format("images of {}", story.flags.data);
}
std::string images_in_words(const CurveStory& story) {
    std::string images = either_of(story.flags.train);
    if (!story.flags.variations)
        return fmt::format("{} {} with {}", images, data_in_words(story), channel_in_words(story));
    const auto& set = *story.flags.variations;
    if (!set.samples_per_class.empty())
        images += (images.empty() ? "" : " or ") + either_of(set.samples_per_class) + " of each class of";
    auto text =
        fmt::format("{} {}{} with {}", images, data_in_words(story),
                    set.is_fresh() ? fmt::format(" drawn anew from {}", *set.pool) : "", channel_in_words(story));
    if (set.clean_fraction != std::vector{0.0})
        text += fmt::format(" (a share {} of the images stays clean)", either_of(set.clean_fraction));
    if (!set.clean_per_class.empty())
        text += fmt::format(" ({} images of each class stay clean)", either_of(set.clean_per_class));
    if (set.label_noise != std::vector{0.0})
        text += fmt::format(", labels replaced with probability {}", either_of(set.label_noise));
    return text;
}

std::string either_of(const std::vector<std::size_t>& values) {
    return either_of(std::vector<double>(values.begin(), values.end()));
}
std::string either_of(const std::vector<double>& values) {
    std::vector<std::string> words;
    for (const double value : values) words.push_back(decimal(value));
    return enumerated(words, "or");
}

std::string seeds_in_words(std::size_t least, std::size_t most) {
    return least == most ? counted(most, "seed") : fmt::format("{} to {} seeds", least, most);
}
std::string seeds_in_words(const CurveStory& story) {
    return seeds_in_words(story.flags.repeats.least, story.flags.repeats.most);
}

std::string number_of(const pstar::FittedCurve& curve, const pstar::Estimate& estimate) {
    return curve.comparable() ? in_words(estimate) : "not identified";
}

std::string with_sign(const pstar::Estimate& e) {
    if (!std::isfinite(e.low)) return signed_number(e.value, std::abs(e.value) / 10);
    const double scale = (e.high - e.low) / 2;
    return fmt::format("{} [{}, {}]", signed_number(e.value, scale), signed_number(e.low, scale),
                       signed_number(e.high, scale));
}

void write_curve_report(const CurveStory& story, const OutputFolder& out, const std::string& title,
                        const std::string& answer, const std::string& setting,
                        const std::function<void(Report&)>& add_own) {
    Report report(title, fmt::format("{}, {} channel, {}", data_in_words(story), story.flags.channel, date_and_time()));
    report.highlight(answer, setting);
    add_own(report);
    add_curves(report, story, out);
    add_fits(report, story);
    if (!story.rounds.empty()) {
        report.heading("How the runs were chosen");
        report.list(story.rounds);
    }
    if (const auto notes = warnings(story); !notes.empty()) {
        report.heading("To bear in mind");
        report.list(notes);
    }
    add_origins(report, settings_of(story.flags), story.command,
                "The same command gives the same runs.csv on the same host, except its last column, with any number "
                "of threads or processes, interrupted or not. Beside this page: config.json, journal.jsonl (the runs "
                "as they ended), runs.csv (one row per run), summary.csv (means), fits.csv (curves), fits.tex (the "
                "same for a paper), and every figure as SVG, PNG and gnuplot script.",
                out);
    report.write(out / "report.html");
}

void draw_curves(const CurveStory& story, const OutputFolder& out) {
    const auto symbol = figure_symbol(story);
    for (const auto& family : families(story.flags, story.curves)) {
        if (!has_points(family)) continue;
        const auto named = named_curves(story, family);
        draw(pstar::accuracy_figure(named, symbol), out, "accuracy_" + family.name);
        if (has_spread(story)) draw(pstar::spread_figure(named, symbol), out, "spread_" + family.name);
    }
    const auto& data = story.data.test;
    draw(pstar::corruption_strip(data, pstar::built_in_corruptions().at(story.flags.channel), story.flags.strength,
                                 symbol),
         out, "strip");
}

}  // namespace study
