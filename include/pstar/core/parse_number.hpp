#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <cerrno>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <string>

#include <locale.h>

namespace pstar {

namespace detail {

/// What C's strtod makes of all of `text` in the C locale, and whether a double can hold it; nothing for other text.
inline std::optional<std::pair<double, bool>> number_by_c(std::string_view text) {
    static const locale_t c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
    const auto begins = text.substr(0, 1), digits = text.substr(begins == "-" ? 1 : 0);
    if (digits.empty() || begins.find_first_not_of("-.0123456789inIN") == 0 || digits[0] == '-' || digits[0] == '+')
        return std::nullopt;
    if (text.find_first_of("xX \t\n\v\f\r") != text.npos) return std::nullopt;
    const std::string copy(text);
    char* end = nullptr;
    errno = 0;
    const double value = strtod_l(copy.c_str(), &end, c_locale);
    if (end != copy.c_str() + copy.size()) return std::nullopt;
    return std::pair(value, errno != ERANGE);
}

}  // namespace detail

/// The number that `text` is, all of it, as C writes numbers whatever the locale: 0.5, -1e-3, inf, nan. Nothing for
/// other text, "+1" and " 1" included, and for numbers that a double cannot hold.
inline std::optional<double> parse_number(std::string_view text) {
#if defined(__cpp_lib_to_chars)
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
#else  // libc++ before version 20 has no from_chars for floating point
    const auto number = detail::number_by_c(text);
    if (!number || !number->second) return std::nullopt;
    return number->first;
#endif
}

/// The same, but a number too small for a double is 0.
inline std::optional<double> parse_number_or_zero(std::string_view text) {
    if (const auto number = parse_number(text)) return number;
    const auto number = detail::number_by_c(text);
    if (!number || number->second || std::abs(number->first) >= 1) return std::nullopt;
    return number->first;
}

/// The number that `text`, nothing but digits, stands for; nothing for other text and for a number that is too large.
inline std::optional<std::size_t> parse_whole_number(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace pstar
