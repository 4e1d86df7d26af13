#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pstar/core/parse_number.hpp>
#include <pstar/report/estimate_text.hpp>

/// Numbers as a reader wants them.
namespace study {

using pstar::in_words;

/// `94.5%`.
std::string percent(double share);

/// `a`, `a and b`, `a, b and c`.
std::string enumerated(const std::vector<std::string>& words, std::string_view last_joint = "and");

/// `1 run`, `2 runs`.
std::string counted(std::size_t n, std::string_view noun);

/// The parts of a text between marks; one more than there are marks.
std::vector<std::string_view> split(std::string_view text, char mark);

/// `0:07`, `12:34`, `1:02:03`.
std::string minutes(double seconds);

/// `850 MB`, `1.2 GB`: powers of 1000.
std::string bytes(double count);

/// The number that `word` stands for; NaN if it is none.
double number(std::string_view word);

/// The words as a shell reads them back.
std::string quoted(const std::string& word);
std::string quoted(const std::vector<std::string>& words);

/// Whether notes and progress are left out (`--quiet`).
inline bool& quiet() {
    static bool value = false;
    return value;
}

/// Lines on stderr: of what went wrong, and of what is good to know. Nobody may be there to read them: that they cannot
/// be written is no error.
template <class... Values>
void complain(fmt::format_string<Values...> text, Values&&... values) {
    std::fputs(fmt::format(text, std::forward<Values>(values)...).c_str(), stderr);
}
template <class... Values>
void note(fmt::format_string<Values...> text, Values&&... values) {
    if (!quiet()) complain(text, std::forward<Values>(values)...);
}

/// With a sign and as many decimals as `scale` (the size of what matters) warrants.
std::string signed_number(double value, double scale);

}  // namespace study
