#include "common/report/trends.hpp"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <pstar/experiment/analysis/size_trends.hpp>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"

namespace study {
namespace {

std::string trend_in_words(const CurveStory& story, const pstar::SizeTrend& found) {
    std::vector<std::string> sizes;
    for (const auto size : found.sizes) sizes.push_back(decimal(size));
    const auto symbol = strength_symbol(story.flags);
    const auto subject =
        fmt::format("{}, {} test images: the {}", family_title(story.flags, found.run), to_string(found.images),
                    found.quantity == pstar::CurveQuantity::p_star ? fmt::format("midpoint {}*", symbol)
                                                                   : std::string("steepest slope"));
    const auto size = size_in_words(story.flags);
    const auto& slope = found.trend.slope;
    if (!std::isfinite(slope.low) || !std::isfinite(slope.high))
        return subject + " is undecided against " + size + ". " + found.trend.reason;
    const bool decided = found.trend.verdict != pstar::Verdict::undecided;
    const auto p_value = fmt::format("no trend at all: p-value {:.2g}", found.trend.p_value);
    if (decided && slope.low <= 0 && slope.high >= 0)  // sure, but at no steady rate: no interval of a rate beside it
        return fmt::format("{} {} with {} ({}). {}", subject, to_string(found.trend.verdict), size, p_value,
                           found.trend.reason);
    const double doubling = std::numbers::ln2;  // the trend is per factor e
    const double low = doubling * slope.low, high = doubling * slope.high, scale = (high - low) / 2;
    const auto verb = decided ? to_string(found.trend.verdict) + " with " + size : "is undecided against " + size;
    return fmt::format("{} {}: {} per doubling, 95% interval [{}, {}]{}; measured at {}, {} each.", subject, verb,
                       signed_number(doubling * slope.value, scale), signed_number(low, scale),
                       signed_number(high, scale), decided ? " (" + p_value + ")" : "", enumerated(sizes),
                       seeds_in_words(found.least_repeats, found.most_repeats));
}

}  // namespace

std::string size_in_words(const Flags& flags) {
    using pstar::RunSize;
    switch (const auto& axis = colour_axis(flags); axis.size) {
        case RunSize::train_samples:
            return "the number of training images";
        case RunSize::samples_per_class:
            return "the number of training images per class";
        case RunSize::width:
            return flags.arch == "cnn" ? "the number of channels" : "width";
        case RunSize::batch_size:
            return "the size of a batch";
        case RunSize::clean_fraction:
            return "the share of clean images";
        case RunSize::clean_per_class:
            return "the number of clean images per class";
        case RunSize::label_noise:
            return "label noise";
        default:
            return axis.name;
    }
}

std::vector<std::string> trends_in_words(const CurveStory& story) {
    std::vector<std::string> sentences;
    for (const auto& found : pstar::size_trends(story.curves, colour_axis(story.flags).size))
        sentences.push_back(trend_in_words(story, found));
    return sentences;
}

}  // namespace study
