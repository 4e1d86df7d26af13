#include "common/cli/lists.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "common/cli/program.hpp"
#include "common/cli/text.hpp"

namespace study {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw UsageError(fmt::format("--strength '{}': {}; write 0:1:0.1 or 0,0.5,0.9,1", text, why));
}

double number(std::string_view word, std::string_view text) {
    const double value = study::number(word);
    if (!std::isfinite(value) || value < 0) refuse(text, fmt::format("'{}' is not a number of at least 0", word));
    return value;
}

/// How many digits stand behind the point.
std::size_t decimals_of(std::string_view word) {
    const auto point = word.find('.');
    return point == word.npos ? 0 : word.size() - point - 1;
}

/// A range counts in whole units of the last decimal: n / 10^d is the double nearest to the decimal number.
std::vector<double> range(std::string_view text) {
    const auto words = split(text, ':');
    if (words.size() != 3) refuse(text, "a range has three parts, first:last:step");
    std::size_t digits = 0;
    for (const auto word : words) {
        number(word, text);
        if (word.find_first_of("eE") != word.npos) refuse(text, "a range takes plain decimals, not exponents");
        digits = std::max(digits, decimals_of(word));
    }
    if (digits > 9) refuse(text, "more than 9 decimals");
    const double unit = std::pow(10.0, static_cast<double>(digits));
    const auto units = [&](std::string_view word) {
        const double count = number(word, text) * unit;
        if (count > 9e15) refuse(text, fmt::format("'{}' is too large", word));  // doubles hold integers to 2^53
        return std::llround(count);
    };
    const auto first = units(words[0]), last = units(words[1]), step = units(words[2]);
    if (step <= 0) refuse(text, "the step must be positive");
    if (last < first) refuse(text, "the last strength is below the first");
    if ((last - first) / step >= 10'000) refuse(text, "more than 10000 strengths");
    std::vector<double> strengths;
    for (auto n = first; n <= last; n += step) strengths.push_back(static_cast<double>(n) / unit);
    return strengths;
}

}  // namespace

std::vector<double> parse_strengths(std::string_view text) {
    if (text.find(':') != text.npos) return range(text);
    std::vector<double> strengths;
    for (const auto word : split(text, ',')) strengths.push_back(number(word, text));
    std::sort(strengths.begin(), strengths.end());
    if (std::adjacent_find(strengths.begin(), strengths.end()) != strengths.end())
        refuse(text, "a strength occurs twice");
    return strengths;
}

std::string to_string(const RepeatRange& repeats) {
    if (!repeats.is_adaptive()) return std::to_string(repeats.most);
    return fmt::format("{}:{}", repeats.least, repeats.most);
}

RepeatRange parse_repeats(std::string_view text) {
    const auto refuse = [&](const std::string& why) {
        throw UsageError(fmt::format("--repeats '{}': {}; write 5, or 10:100 for 10 to 100", text, why));
    };
    const auto colon = text.find(':');
    const auto least = pstar::parse_whole_number(text.substr(0, colon));
    const auto most = colon == text.npos ? least : pstar::parse_whole_number(text.substr(colon + 1));
    if (!least || !most) refuse("not a number of seeds");
    if (*least == 0) refuse("every point needs at least 1 seed");
    if (*most < *least) refuse("the largest number is below the smallest");
    if (*least == 1 && *most > 1) refuse("one seed has no standard error; begin with at least 2");
    return {*least, *most};
}

WantedInterval parse_interval(std::string_view text) {
    const auto refuse = [&](const std::string& why) {
        throw UsageError(fmt::format(
            "--until-interval '{}': {}; write p_star:0.01, for an interval of at most p* +- 0.01, or slope:0.2, "
            "difference:0.01 (of two p*), nu:0.3 or p_c:0.01 (of a collapse)",
            text, why));
    };
    const auto colon = text.find(':');
    if (colon == text.npos) refuse("a number and how wide its interval may be have a colon between them");
    const auto word = text.substr(0, colon), width = text.substr(colon + 1);
    WantedInterval wanted;
    bool is_known = word == to_string(pstar::CurveQuantity::p_star);
    if (word == to_string(pstar::CurveQuantity::slope))
        wanted.design.quantity = pstar::CurveQuantity::slope, is_known = true;
    for (const auto joint : {pstar::JointGoal::difference, pstar::JointGoal::nu, pstar::JointGoal::p_c})
        if (word == to_string(joint)) wanted.joint = joint, wanted.design.whole_seeds = true, is_known = true;
    if (!is_known) refuse(fmt::format("'{}' is none of p_star, slope, difference, nu and p_c", word));
    wanted.design.half_width = study::number(width);
    if (!(wanted.design.half_width > 0) || !std::isfinite(wanted.design.half_width))
        refuse(fmt::format("'{}' is not a number above 0", width));
    return wanted;
}

pstar::Shard parse_shard(std::string_view text) {
    const auto refuse = [&](const std::string& why) {
        throw UsageError(fmt::format("--shard '{}': {}; write 3/8 for part 3 of 8", text, why));
    };
    const auto slash = text.find('/');
    const auto index = pstar::parse_whole_number(text.substr(0, slash));
    const auto count = slash == text.npos ? std::nullopt : pstar::parse_whole_number(text.substr(slash + 1));
    if (!index || !count) refuse("not a part of so many");
    if (*count == 0) refuse("there must be at least 1 part");
    if (*index > *count) refuse(fmt::format("there are only {} parts", *count));
    return {*index % *count, *count};
}

}  // namespace study
