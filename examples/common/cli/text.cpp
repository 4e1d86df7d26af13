#include "common/cli/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace study {
std::string percent(double share) {
    return fmt::format("{:.1f}%", 100 * share);
}

std::string enumerated(const std::vector<std::string>& words, std::string_view last_joint) {
    std::string line;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) line += i + 1 == words.size() ? fmt::format(" {} ", last_joint) : ", ";
        line += words[i];
    }
    return line;
}

std::string counted(std::size_t n, std::string_view noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::vector<std::string_view> split(std::string_view text, char mark) {
    std::vector<std::string_view> words;
    for (std::size_t first = 0; first <= text.size();) {
        const auto last = std::min(text.find(mark, first), text.size());
        words.push_back(text.substr(first, last - first));
        first = last + 1;
    }
    return words;
}

std::string minutes(double seconds) {
    const auto s = static_cast<long>(seconds + 0.5);
    if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    return fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string bytes(double count) {
    constexpr std::array<const char*, 5> units{"bytes", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    for (; count >= 999.5 && unit + 1 < units.size(); ++unit) count /= 1000;
    return fmt::format("{:.{}f} {}", count, unit > 0 && count < 9.95 ? 1 : 0, units[unit]);
}

double number(std::string_view word) {
    return pstar::parse_number(word).value_or(std::numeric_limits<double>::quiet_NaN());
}

std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && std::ranges::all_of(word, [](unsigned char letter) {
        return std::isalnum(letter) ||
               std::string_view("_-./,:+=@%").find(static_cast<char>(letter)) != std::string_view::npos;
    });
    if (plain) return word;
    std::string result = "'";
    for (const char letter : word) result += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    return result + "'";
}
std::string quoted(const std::vector<std::string>& words) {
    std::string line;
    for (const auto& word : words) line.append(line.empty() ? "" : " ").append(quoted(word));
    return line;
}

std::string signed_number(double value, double scale) {
    return fmt::format("{}{:.{}f}", value < 0 ? "\u2212" : "+", std::abs(value), pstar::decimals_of(scale));
}

}  // namespace study
