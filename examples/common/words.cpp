#include "words.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace study {
namespace {

/// Decimals that show two digits of `scale`.
int decimals(double scale) {
    if (!(scale > 0) || !std::isfinite(scale)) return 3;
    return std::clamp(1 - static_cast<int>(std::floor(std::log10(scale))), 0, 6);
}

}  // namespace

std::string in_words(const pstar::Estimate& e) {
    if (std::isfinite(e.value) && e.low == e.high) return fmt::format("{:g}", e.value);
    const bool low = std::isfinite(e.low), high = std::isfinite(e.high);
    if (low && high && std::isfinite(e.value)) {
        const int d = decimals((e.high - e.low) / 2);
        return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", e.value, d, e.low, d, e.high, d);
    }
    if (low && e.low > 0) return fmt::format("at least {:.3g}", e.low);
    if (high) return fmt::format("at most {:.3g}", e.high);
    return "unknown";
}

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

std::string signed_number(double value, double scale) {
    return fmt::format("{}{:.{}f}", value < 0 ? "\u2212" : "+", std::abs(value), decimals(scale));
}

}  // namespace study
