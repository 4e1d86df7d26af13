#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pstar/core/atomic_file.hpp>
#include <pstar/core/error.hpp>

namespace pstar {

/// Writes a table as comma-separated text (RFC 4180, but lines end in `\n`): a header, then rows of as many cells.
///
///     CsvWriter csv("runs.csv", {"activation", "p", "seed"});
///     csv.row("relu", 0.9, 7);
///     csv.commit();
///
/// Numbers take the shortest form that reads back as the same bits (`0.1`, `1e-07`); NaN is `nan`, infinity `inf`, a
/// bool `true` or `false`. Text is quoted where a comma, quote, line break or byte order mark demands it, and where a
/// reader might take it for something else: with a semicolon or tab, a `#` in front or spaces at its ends.
///
/// The file appears at `commit`, whole or not at all (`AtomicFile`, whose `std::system_error` passes through); without
/// it, when the writer goes out of scope, if no exception is on its way and no row is open: an error is then printed,
/// as a destructor cannot throw.
class CsvWriter {
public:
    /// Throws `std::invalid_argument` if there are no columns or two have one name.
    CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns)
        : columns_(columns.size()), path_(path.string()), file_(path) {
        require(!columns.empty(), "CsvWriter", "columns.size()", columns.size(), "be at least 1");
        for (std::size_t i = 0; i < columns.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                require(columns[i] != columns[j], "CsvWriter", "column name", columns[i], "appear once");
        for (const auto& name : columns) cell(name);
        end_row();
    }

    CsvWriter(const CsvWriter&) = delete;
    CsvWriter& operator=(const CsvWriter&) = delete;
    ~CsvWriter() {
        if (is_committed_ || std::uncaught_exceptions() > exceptions_) return;
        try {
            commit();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "CsvWriter: '%s' is not written: %s\n", path_.c_str(), error.what());
        }
    }

    /// A whole row: text, numbers and bools. Throws `std::invalid_argument` unless there is one cell per column.
    template <class... Cells>
    void row(const Cells&... cells) {
        require(cells_ == 0, "CsvWriter::row", "number of cells in the row that is open", cells_,
                "be 0: call end_row first");
        require(sizeof...(cells) == columns_, "CsvWriter::row", "number of cells", sizeof...(cells),
                "be the number of columns, " + std::to_string(columns_));
        (cell(cells), ...);
        end_row();
    }

    /// The next cell of a row that is built cell by cell and closed by `end_row`.
    template <class Cell>
    void cell(const Cell& value) {
        require(cells_ < columns_, "CsvWriter::cell", "number of cells", cells_ + 1,
                "be at most the number of columns, " + std::to_string(columns_));
        if (cells_++ > 0) line_ += ',';
        if constexpr (std::is_same_v<Cell, bool>)
            line_ += value ? "true" : "false";
        else if constexpr (std::is_arithmetic_v<Cell>)
            append_number(value);
        else
            append_text(value);
    }

    /// Ends a row; throws std::invalid_argument where it has not as many cells as the header.
    void end_row() {
        require(cells_ == columns_, "CsvWriter::end_row", "number of cells", cells_,
                "be the number of columns, " + std::to_string(columns_));
        if (line_.empty()) line_ = "\"\"";  // one empty cell, not an empty line
        line_ += '\n';
        file_.write(line_);
        line_.clear();
        cells_ = 0;
    }

    /// Makes the file appear. Throws `std::invalid_argument` in the middle of a row.
    void commit() {
        require(cells_ == 0, "CsvWriter::commit", "number of cells in the row that is open", cells_,
                "be 0: call end_row first");
        is_committed_ = true;
        file_.commit();
    }

private:
    template <class Number>
    void append_number(Number value) {
        static_assert(!std::is_same_v<Number, char>, "CsvWriter: a char is text: pass a string");
        if constexpr (std::is_floating_point_v<Number>)
            if (std::isnan(value)) value = std::abs(value);  // no "-nan"
        std::array<char, 64> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        line_.append(digits.data(), end);
    }
    void append_text(std::string_view text) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // would vanish at the start of a file
        const bool has_ends = text.starts_with(' ') || text.ends_with(' ') || text.starts_with('#');
        if (text.find_first_of(",;\t\"\r\n") == std::string_view::npos && !text.starts_with(byte_order_mark) &&
            !has_ends) {
            line_ += text;
            return;
        }
        line_ += '"';
        for (const char letter : text) line_.append(letter == '"' ? 2 : 1, letter);
        line_ += '"';
    }

    std::size_t columns_, cells_ = 0;  // of a row; of the row that is open
    std::string path_, line_;
    bool is_committed_ = false;
    int exceptions_ = std::uncaught_exceptions();
    AtomicFile file_;
};

}  // namespace pstar
