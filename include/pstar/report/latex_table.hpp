#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/atomic_file.hpp>
#include <pstar/core/error.hpp>
#include <pstar/report/estimate_text.hpp>
#include <pstar/statistics/estimate.hpp>

/// Tables for papers: plain `tabular` environments, which LaTeX sets without a package.
namespace pstar {

namespace detail {

/// What LaTeX's own fonts show for a character of more than one byte; `?` for others, which would stop it.
inline std::string latex_of(std::uint32_t code, std::string_view bytes) {
    switch (code) {
        case 0x2212:
            return "$-$";
        case 0x00b1:
            return "$\\pm$";
        case 0x00d7:
            return "$\\times$";
        case 0x03b3:
            return "$\\gamma$";
        case 0x03bb:
            return "$\\lambda$";
        case 0x03bd:
            return "$\\nu$";
        case 0x03c3:
            return "$\\sigma$";
        case 0x2019:
            return "'";
        default:
            break;
    }
    const bool is_letter = code >= 0xc0 && code <= 0xff && code != 0xd0 && code != 0xde && code != 0xf0 &&
                           code != 0xf7 && code != 0xfe;  // Latin letters that the oldest font encoding has
    return is_letter ? std::string(bytes) : "?";
}

/// What stands for one ASCII character; empty for those that stand for themselves.
inline std::string_view latex_of(char letter) {
    switch (letter) {
        case '\\':
            return "\\textbackslash{}";
        case '~':
            return "\\textasciitilde{}";
        case '^':
            return "\\textasciicircum{}";
        case '<':
            return "\\textless{}";
        case '>':
            return "\\textgreater{}";
        case '|':
            return "\\textbar{}";
        case '"':
            return "''";
        case '`':
            return "\\textasciigrave{}";
        case '-':
            return "-{}";  // two of them would become a dash
        case '&':
            return "\\&";
        case '%':
            return "\\%";
        case '$':
            return "\\$";
        case '#':
            return "\\#";
        case '_':
            return "\\_";
        case '{':
            return "\\{";
        case '}':
            return "\\}";
        case '[':
            return "{[}";  // after the end of a row it would begin an argument, as `*` would
        case ']':
            return "{]}";
        case '*':
            return "{*}";
        default:
            return {};
    }
}

}  // namespace detail

/// Text from elsewhere as LaTeX shows it: what LaTeX takes for markup is escaped, control characters are spaces, and
/// characters that LaTeX's own fonts lack are question marks. The text is UTF-8.
inline std::string latex_text(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            const auto shown = detail::latex_of(text[i]);
            if (!shown.empty())
                result += shown;
            else
                result += byte < 0x20 || byte == 0x7f ? ' ' : text[i];
            continue;
        }
        const std::size_t more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
        std::uint32_t code = more == 3 ? byte & 7U : more == 2 ? byte & 15U : byte & 31U;
        std::size_t read = 0;
        for (; read < more && i + read + 1 < text.size() && (text[i + read + 1] & 0xc0) == 0x80; ++read)
            code = code << 6 | (static_cast<unsigned char>(text[i + read + 1]) & 63U);
        result += more > 0 && read == more ? detail::latex_of(code, text.substr(i, more + 1)) : "?";
        i += read;
    }
    return result;
}

/// `$0.9341$ $[0.9307, 0.9377]$`: value and 95% interval, rounded to two digits of half the interval's width, as
/// `in_words` has them; `$\geq 0.9$` and `$\leq 3$` where an end is open, `--` where nothing is known.
inline std::string latex_number(const Estimate& e) {
    if (std::isfinite(e.value) && e.low == e.high) return "$" + shown_number(e.value, 6) + "$";
    if (std::isfinite(e.value) && std::isfinite(e.low) && std::isfinite(e.high)) {
        const int d = decimals_of((e.high - e.low) / 2);
        return "$" + fixed_text(e.value, d) + "$ $[" + fixed_text(e.low, d) + ", " + fixed_text(e.high, d) + "]$";
    }
    if (std::isfinite(e.low) && e.low > 0) return "$\\geq " + shown_number(e.low, 3) + "$";
    if (std::isfinite(e.high)) return "$\\leq " + shown_number(e.high, 3) + "$";
    return "--";
}

/// A `tabular` of the cells, which are LaTeX already: the header between two lines, and a line below the rows. The
/// first column is set to the left, as are the `words` columns after it; the others to the right. Throws
/// `std::invalid_argument` without columns and for a row of another number of cells.
inline std::string latex_table(const std::vector<std::string>& header,
                               const std::vector<std::vector<std::string>>& rows, std::size_t words = 0) {
    constexpr auto where = "latex_table";
    require(!header.empty(), where, "header.size()", header.size(), "be at least 1");
    const auto line = [](const std::vector<std::string>& cells) {
        std::string text;
        for (const auto& cell : cells) text.append(text.empty() ? "" : " & ").append(cell.empty() ? "{}" : cell);
        return text + " \\\\\n";
    };
    std::string text = "\\begin{tabular}{";
    for (std::size_t j = 0; j < header.size(); ++j) text += j <= words ? 'l' : 'r';
    text += "}\n\\hline\n" + line(header) + "\\hline\n";
    for (const auto& row : rows) {
        require(row.size() == header.size(), where, "size of a row", row.size(), "equal header.size()");
        text += line(row);
    }
    return text + "\\hline\n\\end{tabular}\n";
}

/// Writes the table to a file, whole or not at all; a paper takes it in by LaTeX's `input`. Throws `std::system_error` if the
/// file cannot be written.
inline void write_latex_table(const std::filesystem::path& path, const std::vector<std::string>& header,
                              const std::vector<std::vector<std::string>>& rows, std::size_t words = 0) {
    const auto text = latex_table(header, rows, words);
    AtomicFile file(path);
    file.write("% \\input{" + path.filename().string() + "}; brackets: 95% intervals\n");
    file.write(text);
    file.commit();
}

}  // namespace pstar
