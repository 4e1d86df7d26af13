#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
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
    std::vector<std::string> notes =
        {};                       ///< what was assumed of a file that RFC 4180 does not describe, a sentence each
    bool decimal_commas = false;  ///< whether numbers such as `0,5` are read

    /// The cells under a name, from the first row to the last. Throws `DataError` if there is no such column.
    std::vector<std::string> column(std::string_view name) const {
        std::vector<std::string> cells;
        const auto j = index(name);
        for (const auto& row : rows) cells.push_back(row[j]);
        return cells;
    }

    /// The cells under a name as numbers. A missing value (an empty cell or, in any case of letters, `NA`, `<NA>`,
    /// `N/A`, `nan`, `none`, `null`) is NaN; `inf` is infinity; what is too small for a double is 0. Throws `DataError`
    /// that names line and column for anything else, for a number too large for a double, and where decimal commas and
    /// points are mixed.
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

namespace detail {

inline std::string_view without_spaces(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

inline bool is_missing(std::string_view text) {
    std::string small;
    for (const char letter : text)
        small += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
    for (const std::string_view word : {"", "na", "<na>", "n/a", "nan", "-nan", "none", "null"})
        if (small == word) return true;
    return false;
}

/// The number in a cell; nothing where there is none.
inline std::optional<double> number_in_cell(std::string_view cell, bool decimal_commas) {
    auto text = without_spaces(cell);
    if (is_missing(text)) return std::numeric_limits<double>::quiet_NaN();
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    if (!decimal_commas || text.find(',') == text.npos) return parse_number_or_zero(text);
    std::string with_point(text);
    with_point[text.find(',')] = '.';
    return parse_number_or_zero(with_point);
}

}  // namespace detail

inline std::vector<double> CsvTable::numbers(std::string_view name) const {
    std::vector<double> values;
    const auto j = index(name);
    std::size_t comma = 0, point = 0;  // lines of the first number with each; 0: none
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto refuse = [&](const std::string& why) {
            throw DataError("CsvTable: '" + path + "', line " + std::to_string(lines[i]) + ", column '" +
                            std::string(name) + "': " + why);
        };
        const auto number = detail::number_in_cell(rows[i][j], decimal_commas);
        if (!number) refuse("expected a number in the range of a double, found '" + rows[i][j] + "'");
        if (comma == 0 && rows[i][j].find(',') != std::string::npos) comma = lines[i];
        if (point == 0 && rows[i][j].find('.') != std::string::npos) point = lines[i];
        if (comma > 0 && point > 0)
            refuse("decimal commas (line " + std::to_string(comma) + ") and points (line " + std::to_string(point) +
                   ") in one column; write all numbers in one way");
        values.push_back(*number);
    }
    return values;
}

namespace detail {

/// Cuts CSV text into records of cells, at commas, semicolons, tabs, or runs of spaces and tabs (`mark` ' '). Quoted
/// cells may hold marks, doubled quotes and line breaks; spaces around a cell are no part of it; a line ends in `\n`,
/// `\r\n` or `\r`, the last one also at the end of the text.
class CsvScanner {
public:
    CsvScanner(std::string_view text, const InputFile& file, char mark = ',') : rest_(text), file_(file), mark_(mark) {}

    bool at_end() const { return rest_.empty(); }
    std::size_t line() const { return line_; }
    std::string_view rest() const { return rest_; }

    /// The next line, if it is a comment: what follows its `#`, which may be several.
    std::optional<std::string_view> comment() {
        if (!rest_.starts_with('#')) return std::nullopt;
        const auto size = std::min(rest_.find_first_of("\r\n"), rest_.size());
        auto text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        take_line_end();
        while (text.starts_with('#')) text.remove_prefix(1);
        return without_spaces(text);
    }
    /// The next record; an empty line gives none.
    std::vector<std::string> record() {
        std::vector<std::string> cells;
        skip_spaces();
        if (take_line_end() || rest_.empty()) return cells;
        do cells.push_back(rest_.starts_with('"') ? quoted_cell() : plain_cell());
        while (take_mark());
        if (!rest_.empty() && !take_line_end())
            refuse("expected " + std::string(mark_ == ',' ? "a comma" : "a mark between cells") +
                   " or the end of the line after a closing quote");
        return cells;
    }

    [[noreturn]] void refuse(const std::string& why) const {
        file_.refuse("line " + std::to_string(line_) + ": " + why);
    }

private:
    std::string plain_cell() {
        const std::string ends = mark_ == ' ' ? std::string(" \t\r\n") : std::string(1, mark_) + "\r\n";
        const auto size = std::min(rest_.find_first_of(ends), rest_.size());
        const std::string cell(mark_ == '\t' ? rest_.substr(0, size) : without_spaces(rest_.substr(0, size)));
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
    void skip_spaces() {
        while (rest_.starts_with(' ') || (mark_ != '\t' && rest_.starts_with('\t'))) rest_.remove_prefix(1);
    }
    bool take_mark() {
        const auto before = rest_.size();
        skip_spaces();
        if (mark_ == ' ') return rest_.size() < before && !rest_.empty() && rest_[0] != '\r' && rest_[0] != '\n';
        if (!take(mark_)) return false;
        skip_spaces();
        return true;
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
    char mark_;
    std::size_t line_ = 1, breaks_in_cells_ = 0;
};

/// The first two records of a text cut at `mark`: header and first row. Fewer where there are none, none where the
/// quotes do not fit.
inline std::vector<std::vector<std::string>> first_records(std::string_view text, const InputFile& file, char mark) {
    std::vector<std::vector<std::string>> records;
    try {
        for (CsvScanner scanner(text, file, mark); records.size() < 2 && !scanner.at_end();)
            if (!scanner.comment())
                if (auto cells = scanner.record(); !cells.empty()) records.push_back(std::move(cells));
    } catch (const DataError&) {
        records.clear();
    }
    return records;
}

inline std::string mark_in_words(char mark) {
    return mark == ',' ? "commas" : mark == ';' ? "semicolons" : mark == '\t' ? "tabs" : "spaces";
}

/// What stands between the cells: the one of `,`, `;` and tab that cuts the header into as many cells, two or more, as
/// the first row; spaces where none of them is in the header and the row then holds numbers alone.
inline char mark_between_cells(std::string_view text, const InputFile& file) {
    std::string fitting, in_header;
    for (const char mark : {',', ';', '\t', ' '}) {
        const auto records = first_records(text, file, mark);
        if (records.empty() || records[0].size() < 2) continue;
        if (mark == ' ' && !in_header.empty()) break;
        const bool fits = records.size() < 2 || records[1].size() == records[0].size();
        const bool numbers = records.size() == 2 && std::ranges::all_of(records[1], [](const auto& cell) {
                                 return number_in_cell(cell, true).has_value();
                             });
        if (mark == ' ' ? fits && numbers : fits) fitting += mark;
        if (mark != ' ') in_header += mark;
    }
    if (fitting.size() > 1)
        file.refuse("its cells may end at " + mark_in_words(fitting[0]) + " or at " + mark_in_words(fitting[1]) +
                    "; quote the names of columns that hold one of them");
    return fitting.empty() ? (in_header.empty() ? ',' : in_header[0]) : fitting[0];
}

}  // namespace detail

/// Reads a CSV file with a header line (RFC 4180; also UTF-8 with a byte order mark, line ends `\r\n` or `\n`, and a
/// last line that does not end; empty lines are skipped, and spaces around cells).
///
/// So are files of others: cells that end at semicolons or tabs, with decimal commas or points, or at spaces; lines of
/// comment that begin with `#`, of which the last before the first row is the header if that row has numbers and as
/// many cells (`numpy.savetxt`). `notes` of the table says what was assumed.
///
/// Throws `DataError` that names the line for an empty file, two columns of one name, a row with another number of
/// cells than the header, and broken quotes; or that says at which marks cells may end if there are two.
inline CsvTable read_csv(const std::filesystem::path& path) {
    InputFile file(path, "read_csv");
    const auto text = file.read_rest();
    std::string_view view = text;
    if (view.starts_with("\xEF\xBB\xBF")) view.remove_prefix(3);
    CsvTable table{path.string(), {}, {}, {}};

    std::string header;  // of a comment
    std::size_t comments = 0;
    detail::CsvScanner start(view, file);
    while (!start.at_end() && start.rest().find_first_of("#\r\n") == 0)
        if (const auto comment = start.comment())
            header = *comment, ++comments;
        else
            start.record();
    if (!header.empty()) {
        const auto with_header = header + "\n" + std::string(start.rest().substr(0, start.rest().find('\n')));
        const auto records = detail::first_records(with_header, file, detail::mark_between_cells(with_header, file));
        const bool is_header = records.size() == 2 && records[0].size() == records[1].size() &&
                               std::ranges::any_of(records[1], [](const auto& cell) {
                                   return !detail::is_missing(cell) && detail::number_in_cell(cell, true).has_value();
                               });
        if (is_header) {
            table.header = records[0];
            table.notes.push_back("the header is line " + std::to_string(start.line() - 1) + ", a comment");
            --comments;
        } else {
            header.clear();
        }
    }
    const char mark = header.empty() ? detail::mark_between_cells(start.rest(), file)
                                     : detail::mark_between_cells(header + "\n" + std::string(start.rest()), file);
    if (mark != ',') table.notes.push_back("cells end at " + detail::mark_in_words(mark));

    detail::CsvScanner scanner(view, file, mark);
    while (!scanner.at_end()) {
        const auto line = scanner.line();
        if (scanner.comment()) {
            comments += line >= start.line();
            continue;
        }
        auto cells = scanner.record();
        if (cells.empty()) continue;
        if (table.header.empty()) {
            table.header = std::move(cells);
            continue;
        }
        if (cells.size() != table.header.size())
            file.refuse("line " + std::to_string(line) + ": " + std::to_string(cells.size()) + " cells, expected " +
                        std::to_string(table.header.size()) + " as in the header" +
                        (mark == ',' ? "" : " (cells end at " + detail::mark_in_words(mark) + ")"));
        table.rows.push_back(std::move(cells));
        table.lines.push_back(line);
    }
    if (table.header.empty()) file.refuse("is empty; expected a header line");
    auto names = table.header;
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) file.refuse("two columns are named '" + *twice + "'");

    if (comments > 0)
        table.notes.push_back(std::to_string(comments) + (comments == 1 ? " comment is" : " comments are") +
                              " left out");
    if (mark != ',') {
        table.decimal_commas = std::ranges::any_of(table.rows, [](const auto& row) {
            return std::ranges::any_of(row, [](const auto& cell) {
                return cell.find(',') != cell.npos && detail::number_in_cell(cell, true).has_value();
            });
        });
        if (table.decimal_commas) table.notes.push_back("numbers have decimal commas");
    }
    return table;
}

}  // namespace pstar
