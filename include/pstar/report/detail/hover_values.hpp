#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/compiled.hpp>
#include <pstar/report/figure.hpp>

namespace pstar::detail {

/// The parts of a plot command, which stand between commas outside of quotes and brackets.
PSTAR_INLINE std::vector<std::string> plot_parts(std::string_view command) {
    std::vector<std::string> parts(1);
    int depth = 0;
    char quote = 0;
    for (const char c : command) {
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '(' || c == '[' || c == '{') {
            ++depth;
        } else if (c == ')' || c == ']' || c == '}') {
            --depth;
        } else if (c == ',' && depth == 0) {
            parts.emplace_back();
            continue;
        }
        parts.back() += c;
    }
    return parts;
}

/// The word after ` key ` in a part of a plot command; empty without it.
PSTAR_INLINE std::string word_after(std::string_view part, std::string_view key) {
    const auto at = part.find(key);
    if (at == part.npos) return {};
    const auto rest = part.substr(at + key.size());
    return std::string(rest.substr(0, rest.find(' ')));
}

/// The title of a part as plain text inside a format of `sprintf`, with `: ` behind it: `width 16: `. What stands
/// behind three spaces, as the midpoints in keys do, is left out.
PSTAR_INLINE std::string hover_name(std::string_view part) {
    constexpr std::string_view key = " title '";
    const auto at = part.find(key);
    if (at == part.npos) return {};
    auto title = part.substr(at + key.size());
    title = title.substr(0, std::min(title.find("   "), title.find('\'', 0)));
    std::string name;
    for (const char c : title) {
        if (c == '\\') continue;
        name += c == '%' ? "%%" : c == '"' ? "\u201d" : std::string(1, c);
    }
    return name.empty() || name.find("{/") != name.npos ? std::string() : name + ": ";
}

/// The columns that a part draws: `1:2:3` of `using 1:2:3`, all of the table without it, none where they are computed.
PSTAR_INLINE std::vector<std::string> drawn_columns(std::string_view part, std::size_t columns) {
    const auto spec = word_after(part, " using ");
    std::vector<std::string> result;
    if (spec.empty()) {
        for (std::size_t j = 1; j <= columns; ++j) result.push_back(std::to_string(j));
        return result;
    }
    result.emplace_back();
    for (const char c : spec) {
        if (c == ':')
            result.emplace_back();
        else if (std::isdigit(static_cast<unsigned char>(c)))
            result.back() += c;
        else
            return {};
    }
    return result;
}

inline constexpr std::string_view two_numbers = "%.4g, %.4g";

/// How the values of one row are written, for `sprintf`; empty where a style shows no single values.
PSTAR_INLINE std::string hover_format(const std::string& style, std::size_t columns) {
    const bool y_bars = style == "yerrorbars" || style == "yerrorlines", x_bars = style == "xerrorbars";
    if (columns >= 2 && (style == "points" || style == "linespoints" || style == "boxes"))
        return std::string(two_numbers);
    if (y_bars && columns == 3) return "%.4g, %.4g \u00b1 %.2g";
    if (y_bars && columns == 4) return "%.4g, %.4g [%.4g, %.4g]";
    if (x_bars && columns == 3) return "%.4g \u00b1 %.2g, %.4g";
    if (x_bars && columns == 4) return "%.4g [%.4g, %.4g], %.4g";
    if (style == "image" && columns == 3) return "%.4g, %.4g: %.4g";
    return {};
}

/// An invisible point over each point that a part of a plot command draws, with the values as its text; empty where
/// there is nothing to show.
PSTAR_INLINE std::string hover_part(std::string_view part, const TableSizes& tables) {
    constexpr std::size_t most_cells = 900;
    const auto start = part.find('$');
    if (start == part.npos || part.find_first_not_of(' ') != start) return {};
    const auto name = part.substr(start + 1, part.find(' ', start) - start - 1);
    const auto table = tables.find(name);
    if (table == tables.end()) return {};
    const auto style = word_after(part, " with ");
    const bool is_matrix = part.find(" matrix ") != part.npos, is_image = style == "image";
    const auto cells = table->second.rows * (is_matrix ? table->second.columns : 1);
    if ((is_matrix && !is_image) || (is_image && cells > most_cells)) return {};
    const auto columns = drawn_columns(part, is_matrix ? 3 : table->second.columns);
    const auto format = hover_format(style, columns.size());
    if (columns.size() < 2 || format.empty()) return {};
    auto order = columns;  // as the format has them
    if (style == "xerrorbars") std::rotate(order.begin() + 1, order.begin() + 2, order.end());
    if (format == two_numbers) order.resize(2);
    std::string values;
    for (const auto& column : order) values += ", $" + column;
    return ", $" + std::string(name) + (is_matrix ? " matrix" : "") + " using " + columns[0] + ":" + columns[1] +
           ":(sprintf('" + hover_name(part) + format + "'" + values + ")) with labels hypertext point pointtype " +
           (is_image ? "5 pointsize 2" : "7 pointsize 1.4") + " linecolor rgb '#ff000000' notitle";
}

/// The commands, each plot with the invisible points that show values.
PSTAR_INLINE std::string with_hover_values(std::string_view commands, const TableSizes& tables) {
    std::string result;
    while (!commands.empty()) {
        const auto end = std::min(commands.find('\n'), commands.size());
        const auto line = commands.substr(0, end);
        result.append(line);
        const bool has_own = line.find(" hypertext ") != line.npos;
        if (line.starts_with("plot ") && !has_own)
            for (const auto& part : plot_parts(line.substr(5))) result += hover_part(part, tables);
        result += '\n';
        commands.remove_prefix(std::min(end + 1, commands.size()));
    }
    return result;
}

}  // namespace pstar::detail
