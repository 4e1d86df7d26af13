#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/error.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/sweep/journal_lines.hpp>

namespace pstar {

namespace detail {

/// The configuration that the first line of a journal has. Throws `DataError` where there is none.
template <class Json>
Json configuration_of_journal(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string line;
    std::getline(file, line);
    if (line.ends_with('\r')) line.pop_back();
    const auto header = unsealed(line);
    if (!header || !header->contains("journal"))
        throw DataError("read_journal_table: '" + path.string() +
                        "' is no journal of a sweep: its first line is no header");
    return header->value("configuration", Json());
}

/// A table that is filled cell by cell, whatever the order of its columns.
class TableOfCells {
public:
    /// Appends the members of an object, those of objects inside it under their own names; lists are left out.
    template <class Json>
    void add(const Json& object, std::vector<std::string>& row) {
        for (const auto& [name, value] : object.items()) {
            if (value.is_object())
                add(value, row);
            else if (!value.is_array())
                cell(name, row) = value.is_string() ? value.template get<std::string>()
                                  : value.is_null() ? "nan"
                                                    : value.dump();
        }
    }
    const std::vector<std::string>& header() const { return header_; }

private:
    std::string& cell(const std::string& name, std::vector<std::string>& row) {
        const auto [place, is_new] = places_.try_emplace(name, header_.size());
        if (is_new) header_.push_back(name);
        if (row.size() < header_.size()) row.resize(header_.size());
        return row[place->second];
    }

    std::map<std::string, std::size_t> places_;
    std::vector<std::string> header_;
};

}  // namespace detail

/// The journal of a sweep as a table: one row per run, in the order of the file; the columns are the members of its
/// key (empty where a key leaves an axis out, see `Grid::leave_out`), `status`, and the members of its result that are
/// no lists (a result that is one number: `result`). Of a run that was done again after it had failed the last row
/// stands. Lines that are damaged or of another configuration are left out, with a note. Reads while a sweep is
/// running, too, and changes nothing. Throws `DataError` for a file that is no journal, `std::system_error` where it
/// cannot be read.
inline CsvTable read_journal_table(const std::filesystem::path& path) {
    using Json = JournalLines::Json;
    const auto configuration = detail::configuration_of_journal<Json>(path);
    CsvTable table;
    table.path = path.string();
    detail::TableOfCells cells;
    std::map<std::string, std::size_t> places;
    JournalLines lines(path, configuration);
    std::size_t left_out = 0;
    while (const auto line = lines.next()) {
        left_out += line->kind == JournalLines::Kind::damaged || line->kind == JournalLines::Kind::foreign;
        if (line->kind != JournalLines::Kind::record) continue;
        std::vector<std::string> row;
        cells.add(line->content, row);
        const auto key = line->content.value("run", Json()).dump();
        const auto [place, is_new] = places.try_emplace(key, table.rows.size());
        if (is_new) table.rows.emplace_back(), table.lines.emplace_back();
        table.rows[place->second] = std::move(row);
        table.lines[place->second] = line->number;
    }
    table.header = cells.header();
    for (auto& row : table.rows) row.resize(table.header.size());
    if (left_out > 0)
        table.notes.push_back(std::to_string(left_out) + " lines of '" + table.path +
                              "' are damaged or of another configuration and were left out");
    return table;
}

/// A table from a file: a journal if its name ends in .jsonl, else CSV.
inline CsvTable read_table(const std::filesystem::path& path) {
    return path.extension() == ".jsonl" ? read_journal_table(path) : read_csv(path);
}

}  // namespace pstar
