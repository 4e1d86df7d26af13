#include "accuracy_report.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/report/report.hpp"

namespace study {
namespace {

/// `16, 64 or 256`.
std::string one_of(const std::vector<std::size_t>& values) {
    std::vector<std::string> words;
    for (const auto value : values) words.push_back(std::to_string(value));
    return enumerated(words, "or");
}

/// What was done, in one sentence, with kernels of wide networks.
std::string kernel_sentence(const CurveStory& story) {
    const auto& flags = story.flags;
    const auto width = flags.width == std::vector<std::size_t>{0}
                           ? std::string("infinite width")
                           : fmt::format("width {} (0: infinite)", one_of(flags.width));
    return fmt::format(
        "{} (tangent kernel of relu networks of {}, hidden layers: {}; ridge {:g}) were fitted to {} {} with {}, and "
        "were then tested on {} others.",
        counted(story.runs.finished, "kernel regression"), width, one_of(flags.depth), flags.ridge, one_of(flags.train),
        data_in_words(story), channel_in_words(story), *flags.test);
}

/// What was done, in one sentence.
std::string setting_sentence(const CurveStory& story) {
    const auto& flags = story.flags;
    if (flags.arch == "ntk") return kernel_sentence(story);
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
std::string outcome_sentence(const CurveStory& story, const FittedCurve& curve) {
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
std::string size_in_words(const CurveStory& story) {
    const auto& name = colour_axis(story.flags).name;
    if (name == "train") return "the number of training images";
    if (name == "width" && story.flags.arch == "cnn") return "the number of channels";
    return name == "batch" ? "the size of a batch" : name;
}

std::string trend_sentence(const CurveStory& story, const SizeTrend& found) {
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

std::vector<std::string> trend_sentences(const CurveStory& story) {
    std::vector<std::string> sentences;
    for (const auto& found : size_trends(story.flags, story.curves)) sentences.push_back(trend_sentence(story, found));
    return sentences;
}

}  // namespace

void write_report(const CurveStory& story, const OutputFolder& out) {
    Report report("Test accuracy against corruption",
                  fmt::format("{}, {} channel, {}", data_in_words(story), story.flags.channel, date_and_time()));
    std::string summary = setting_sentence(story);
    const auto size = [&](const FittedCurve& curve) {  // a width of 0 is infinite
        return curve.measured.run.*colour_axis(story.flags).member - 1;
    };
    for (const auto& family : families(story.flags, story.curves)) {
        std::size_t largest = 0;
        for (const auto* curve : family.curves) largest = std::max(largest, size(*curve));
        for (const auto* curve : family.curves)
            if (size(*curve) == largest && !curve->points.empty())
                summary.append(" ").append(outcome_sentence(story, *curve));
    }
    report.highlight(summary);
    add_curves(report, story, out);
    add_fits(report, story);
    if (const auto trends = trend_sentences(story); !trends.empty()) {
        report.heading("How midpoint and slope move with " + size_in_words(story));
        report.list(trends);
    }
    add_notes(report, story);
    add_origins(report, story);
    report.write(out / "report.html");
}

std::vector<std::string> findings(const CurveStory& story) {
    std::vector<std::string> lines;
    for (const auto& curve : story.curves)
        lines.push_back(fmt::format("{}: {}* = {}, slope {}, {}", curve_name(story, curve),
                                    strength_symbol(story.flags), number_of(curve, curve.p_star),
                                    number_of(curve, curve.slope), curve.status));
    for (const auto& sentence : trend_sentences(story)) lines.push_back(sentence);
    return lines;
}

}  // namespace study
