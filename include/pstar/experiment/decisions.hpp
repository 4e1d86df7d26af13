#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/error.hpp>

/// What a classifier decides, image by image.
namespace pstar {

/// The class of each image; as many as there are classes where a logit was NaN.
using Decisions = std::vector<std::size_t>;

namespace detail {

/// The digits of base 64, as in RFC 4648.
inline constexpr std::string_view digits64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace detail

/// Decisions as a journal holds them: how many digits of base 64 each has, 1, 2 or 3, then the digits, highest first:
/// "1DAB" is 3, 0, 1. Throws std::invalid_argument for a decision of 2^18 or more.
inline std::string decisions_text(std::span<const std::size_t> decisions) {
    const auto largest = decisions.empty() ? 0 : std::ranges::max(decisions);
    require(largest < std::size_t{1} << 18, "decisions_text", "a decision", largest, "be below 2^18");
    const std::size_t digits = largest < 64 ? 1 : largest < 4096 ? 2 : 3;
    std::string text = std::to_string(digits);
    text.reserve(1 + digits * decisions.size());
    for (const auto decision : decisions)
        for (std::size_t d = digits; d-- > 0;) text += detail::digits64[decision >> (6 * d) & 63];
    return text;
}

/// Reads that back. Throws `DataError` for other text.
inline Decisions decisions_of_text(std::string_view text) {
    const auto digits = text.empty() ? 0 : static_cast<std::size_t>(text[0] - '0');
    const bool is_whole = digits >= 1 && digits <= 3 && (text.size() - 1) % digits == 0;
    if (!is_whole) throw DataError("decisions: '" + std::string(text.substr(0, 8)) + "...' is no list of decisions");
    Decisions decisions((text.size() - 1) / digits);
    for (std::size_t i = 1; i < text.size(); ++i) {
        const auto value = detail::digits64.find(text[i]);
        if (value == std::string_view::npos)
            throw DataError("decisions: '" + std::string(1, text[i]) + "' is no digit of base 64");
        auto& decision = decisions[(i - 1) / digits];
        decision = decision << 6 | value;
    }
    return decisions;
}

}  // namespace pstar
