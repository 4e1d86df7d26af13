#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include <pstar/statistics/estimate.hpp>

namespace pstar {

/// How many decimals show two digits of `scale`, the size of what matters; 3 where it is 0 or no number.
inline int decimals_of(double scale) {
    if (!(scale > 0) || !std::isfinite(scale)) return 3;
    return std::clamp(1 - static_cast<int>(std::floor(std::log10(scale))), 0, 6);
}

/// The number with so many decimals, in the C locale.
inline std::string fixed_text(double value, int decimals) {
    std::array<char, 400> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals).ptr;
    return {text.data(), end};
}

/// The shortest text of at most so many digits that stands for the number, as gnuplot and HTML take it.
inline std::string shown_number(double value, int digits = 8) {
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, digits).ptr;
    return {text.data(), end};
}

/// `0.9341 [0.9307, 0.9377]` with as many decimals as the interval warrants; `at least 0.9`, `at most 3`, `unknown`
/// where ends are open; the number alone where both ends are it.
inline std::string in_words(const Estimate& e) {
    if (std::isfinite(e.value) && e.low == e.high) return shown_number(e.value, 6);
    const bool low = std::isfinite(e.low), high = std::isfinite(e.high);
    if (low && high && std::isfinite(e.value)) {
        const int d = decimals_of((e.high - e.low) / 2);
        return fixed_text(e.value, d) + " [" + fixed_text(e.low, d) + ", " + fixed_text(e.high, d) + "]";
    }
    if (low && e.low > 0) return "at least " + shown_number(e.low, 3);
    if (high) return "at most " + shown_number(e.high, 3);
    return "unknown";
}

}  // namespace pstar
