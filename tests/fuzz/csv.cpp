// CSV: a table that is read is written and read again equal; columns are numbers or refused.
#include <set>
#include <string>

#include <pstar/core/error.hpp>
#include <pstar/io/csv_reader.hpp>
#include <pstar/io/csv_writer.hpp>

#include "fuzz/fuzz.hpp"

FUZZ_TARGET(csv) {
    pstar::CsvTable table;
    try {
        table = pstar::read_csv(fuzz::file_of(bytes, "read.csv"));
    } catch (const pstar::DataError&) {
        return;
    }
    fuzz::must(table.rows.size() == table.lines.size(), "each row has a line");
    for (const auto& row : table.rows) fuzz::must(row.size() == table.header.size(), "rows are as long as the header");
    for (const auto& name : table.header) try {
            fuzz::must(table.numbers(name).size() == table.rows.size(), "a column has a number for each row");
        } catch (const pstar::DataError&) {
        }
    if (std::set<std::string>(table.header.begin(), table.header.end()).size() != table.header.size()) return;
    const auto path = fuzz::folder() / "written.csv";
    pstar::CsvWriter writer(path, table.header);
    for (const auto& row : table.rows) {
        for (const auto& cell : row) writer.cell(cell);
        writer.end_row();
    }
    writer.commit();
    const auto again = pstar::read_csv(path);
    fuzz::must(again.header == table.header && again.rows == table.rows, "a written table is read back equal");
}
