#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/parse_number.hpp>
#include <pstar/io/input_file.hpp>

namespace pstar {

/// A table of text read from a CSV file: `rows[i][j]` is the cell of row i under `header[j]`; every row has as many
/// cells as the header. `lines[i]` is the line of the file where row i begins, counted from 1.
struct CsvTable {
    std::string path;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
    std::vector<std::size_t> lines;

    /// The cells under a name, from the first row to the last. Throws `DataError` if there is no such column.
    std::vector<std::string> column(std::string_view name) const {
        std::vector<std::string> cells;
        const auto j = index(name);
        for (const auto& row : rows) cells.push_back(row[j]);
        return cells;
    }

    /// The cells under a name as numbers. A missing value (empty cell, `NA` or `nan` in any case) is NaN; `inf` is
    /// infinity. Throws `DataError` that names line and column for anything else, and for a number too large for a
    /// double.
    std::vector<double> numbers(std::string_view name) const;

private:
    std::size_t index(std::string_view name) const {
        const auto at = std::find(header.begin(), header.end(), name);
        if (at != header.end()) return static_cast<std::size_t>(at - header.begin());
        std::string known;
        for (const auto& column_name : header) known += " '" + column_name + "'";
        throw DataError("CsvTable: '" + path + "' has no column '" + std::string(name) + "'; it has" + known);
    }
};

inline std::vector<double> CsvTable::numbers(std::string_view name) const {
    const auto trimmed = [](std::string_view text) {
        const auto first = text.find_first_not_of(" \t");
        if (first == text.npos) return std::string_view{};
        return text.substr(first, text.find_last_not_of(" \t") - first + 1);
    };
    std::vector<double> values;
    const auto j = index(name);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto text = trimmed(rows[i][j]);
        double value = std::numeric_limits<double>::quiet_NaN();
        if (!text.empty() && text != "NA") {
            if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
            const auto number = parse_number(text);
            if (!number)
                throw DataError("CsvTable: '" + path + "', line " + std::to_string(lines[i]) + ", column '" +
                                std::string(name) + "': expected a number in the range of a double, found '" +
                                rows[i][j] + "'");
            value = *number;
        }
        values.push_back(value);
    }
    return values;
}

namespace detail {

/// Cuts CSV text into records of cells. Quoted cells may hold commas, doubled quotes and line breaks; a line ends in
/// `\n`, `\r\n` or `\r`, the last one also at the end of the text.
class CsvScanner {
public:
    CsvScanner(std::string_view text, const InputFile& file) : rest_(text), file_(file) {}

    bool at_end() const { return rest_.empty(); }
    std::size_t line() const { return line_; }

    /// The next record; an empty line gives none.
    std::vector<std::string> record() {
        std::vector<std::string> cells;
        if (take_line_end()) return cells;
        do cells.push_back(rest_.starts_with('"') ? quoted_cell() : plain_cell());
        while (take(','));
        if (!rest_.empty() && !take_line_end()) refuse("expected a comma or the end of the line after a closing quote");
        return cells;
    }

    [[noreturn]] void refuse(const std::string& why) const {
        file_.refuse("line " + std::to_string(line_) + ": " + why);
    }

private:
    std::string plain_cell() {
        const auto size = std::min(rest_.find_first_of(",\r\n"), rest_.size());
        const std::string cell(rest_.substr(0, size));
        if (cell.find('"') != cell.npos)
            refuse("a quote inside a cell that does not begin with one; double it and quote the cell");
        rest_.remove_prefix(size);
        return cell;
    }
    std::string quoted_cell() {
        std::string cell;
        rest_.remove_prefix(1);
        while (true) {
            const auto size = rest_.find('"');
            if (size == rest_.npos) refuse("a quote is opened and never closed");
            cell += rest_.substr(0, size);
            rest_.remove_prefix(size + 1);
            if (!take('"')) break;
            cell += '"';
        }
        breaks_in_cells_ += static_cast<std::size_t>(std::count(cell.begin(), cell.end(), '\n'));
        return cell;
    }
    bool take(char letter) {
        const bool there = rest_.starts_with(letter);
        if (there) rest_.remove_prefix(1);
        return there;
    }
    bool take_line_end() {
        const bool carriage_return = take('\r'), line_feed = take('\n');
        if (!carriage_return && !line_feed) return false;
        line_ += 1 + std::exchange(breaks_in_cells_, 0);
        return true;
    }

    std::string_view rest_;
    const InputFile& file_;
    std::size_t line_ = 1, breaks_in_cells_ = 0;
};

}  // namespace detail

/// Reads a CSV file with a header line (RFC 4180; also UTF-8 with a byte order mark, line ends `\r\n` or `\n`, and a
/// last line that does not end; empty lines are skipped). Throws `DataError` that names the line for an empty file, two
/// columns of one name, a row with another number of cells than the header, and broken quotes.
inline CsvTable read_csv(const std::filesystem::path& path) {
    InputFile file(path, "read_csv");
    const auto text = file.read_rest();
    std::string_view view = text;
    if (view.starts_with("\xEF\xBB\xBF")) view.remove_prefix(3);
    detail::CsvScanner scanner(view, file);
    CsvTable table{path.string(), {}, {}, {}};
    while (!scanner.at_end()) {
        const auto line = scanner.line();
        auto cells = scanner.record();
        if (cells.empty()) continue;
        if (table.header.empty()) {
            table.header = std::move(cells);
            continue;
        }
        if (cells.size() != table.header.size())
            file.refuse("line " + std::to_string(line) + ": " + std::to_string(cells.size()) + " cells, expected " +
                        std::to_string(table.header.size()) + " as in the header");
        table.rows.push_back(std::move(cells));
        table.lines.push_back(line);
    }
    if (table.header.empty()) file.refuse("is empty; expected a header line");
    auto names = table.header;
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) file.refuse("two columns are named '" + *twice + "'");
    return table;
}

}  // namespace pstar
