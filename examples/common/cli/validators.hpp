#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "common/cli/flags.hpp"
#include "common/cli/text.hpp"

/// What a flag's value must be.
namespace study {

/// A check whose complaint reads after the flag and the value: `--width: 0 must be at least 1`.
template <class Test>
CLI::Validator must(const std::string& requirement, const Test& holds) {
    return {[requirement, holds](const std::string& word) {
                return holds(word) ? std::string() : fmt::format("'{}' must {}", word, requirement);
            },
            ""};
}

inline CLI::Validator whole() {
    return must("be a whole number of at least 0",
                [](const std::string& word) { return pstar::parse_whole_number(word).has_value(); });
}
inline CLI::Validator count() {
    return must("be a whole number of at least 1, below 2^32", [](const std::string& word) {
        const auto value = pstar::parse_whole_number(word).value_or(0);
        return value >= 1 && value < std::uint64_t{1} << 32;
    });
}
inline CLI::Validator within(double low, double high, bool open, const std::string& requirement) {
    return must(requirement, [=](const std::string& word) {
        const double value = number(word);
        return (open ? value > low : value >= low) && value < high;
    });
}
inline CLI::Validator positive() {
    return within(0, std::numeric_limits<double>::infinity(), true, "be positive");
}
/// For `transform`: `ReLU` becomes `relu`.
inline CLI::Validator one_of(const std::vector<std::string>& words) {
    return {[words](std::string& word) {
                const auto small = CLI::detail::to_lower(word);
                if (std::ranges::count(words, small) == 0)
                    return fmt::format("'{}' must be one of {}", word, joined(words));
                word = small;
                return std::string();
            },
            ""};
}

}  // namespace study
