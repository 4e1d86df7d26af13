#include <pstar/io/csv.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <pstar/core/random.hpp>

#include "catch.hpp"
#include "scratch.hpp"

namespace csv_test {

using namespace pstar;
using Catch::Contains;

TEST_CASE("a CSV file is byte for byte what RFC 4180 says, with the shortest numbers") {
    const Scratch folder;
    CsvWriter csv(folder / "t.csv", {"text", "number", "a,b"});
    csv.row("plain", 0.1, true);
    csv.row(std::string("say \"hi\""), -3, 0.1F);
    csv.row("a,b", std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::quiet_NaN());
    csv.row("two\nlines", std::numeric_limits<double>::infinity(), -std::numeric_limits<float>::infinity());
    csv.row("", 1e-7, 1e22);
    csv.row(" spaced ", std::uint8_t{65}, std::numeric_limits<std::uint64_t>::max());
    csv.cell("by cell"), csv.cell(2.0), csv.cell(false);
    csv.end_row();
    CHECK(!std::filesystem::exists(folder / "t.csv"));
    csv.commit();
    CHECK(read_bytes(folder / "t.csv") ==
          "text,number,\"a,b\"\nplain,0.1,true\n\"say \"\"hi\"\"\",-3,0.1\n\"a,b\",nan,nan\n\"two\nlines\",inf,-inf\n"
          ",1e-07,1e+22\n\" spaced \",65,18446744073709551615\nby cell,2,false\n");
}

TEST_CASE("a CSV writer counts its cells and leaves nothing behind when an exception passes") {
    const Scratch folder;
    try {
        CsvWriter csv(folder / "t.csv", {"a", "b"});
        CHECK_THROWS_WITH(csv.row(1), Contains("number of cells (= 1) must be the number of columns, 2"));
        CHECK_THROWS_AS(csv.row(1, 2, 3), std::invalid_argument);
        csv.cell(1);
        CHECK_THROWS_AS(csv.end_row(), std::invalid_argument);
        CHECK_THROWS_AS(csv.row(1, 2), std::invalid_argument);
        CHECK_THROWS_AS(csv.commit(), std::invalid_argument);
        csv.cell(2);
        CHECK_THROWS_AS(csv.cell(3), std::invalid_argument);
        csv.end_row();
        throw std::runtime_error("half way");
    } catch (const std::runtime_error&) {
    }
    {
        CsvWriter csv(folder / "t.csv", {"a", "b"});
        csv.cell(1);  // a row that is never closed: said on stderr
    }
    CHECK_THROWS_AS(CsvWriter(folder / "t.csv", {}), std::invalid_argument);
    CHECK_THROWS_WITH(CsvWriter(folder / "t.csv", {"a", "b", "a"}), Contains("column name (= a) must appear once"));
    CHECK(folder.is_empty());
    CHECK_THROWS_AS(CsvWriter(folder / "no/t.csv", {"a"}), std::system_error);
}

TEST_CASE("a CSV writer that is not committed is written at the end of its scope") {
    const Scratch folder;
    {
        CsvWriter csv(folder / "t.csv", {"a"});
        csv.row(1);
    }
    CHECK(read_csv(folder / "t.csv").column("a") == std::vector<std::string>{"1"});
}

TEST_CASE("any finite double and float written is read back bit for bit") {
    const Scratch folder;
    RandomSequence next({Seed{21}});
    std::vector<double> doubles{0.0, -0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1.0 / 3};
    std::vector<float> floats{0.0F, -0.0F, 1e-45F, 1.17549435e-38F, 3.4028235e38F, 0.1F, 1.0F / 3};
    while (doubles.size() < 2000) {
        const auto value = std::bit_cast<double>(std::uint64_t{next()} << 32 | next());
        const auto narrow = std::bit_cast<float>(std::uint32_t{next()});
        if (!std::isfinite(value) || !std::isfinite(narrow)) continue;
        doubles.push_back(value), floats.push_back(narrow);
    }
    CsvWriter csv(folder / "t.csv", {"double", "float"});
    for (std::size_t i = 0; i < doubles.size(); ++i) csv.row(doubles[i], floats[i]);
    csv.commit();
    const auto table = read_csv(folder / "t.csv");
    const auto wide = table.numbers("double"), narrow = table.numbers("float");
    REQUIRE(wide.size() == doubles.size());
    for (std::size_t i = 0; i < wide.size(); ++i) {
        REQUIRE(std::bit_cast<std::uint64_t>(wide[i]) == std::bit_cast<std::uint64_t>(doubles[i]));
        // Through double: the shortest text of a float is nearer to it than to any other float.
        REQUIRE(std::bit_cast<std::uint32_t>(static_cast<float>(narrow[i])) == std::bit_cast<std::uint32_t>(floats[i]));
    }
}

TEST_CASE("any text written is read back, whatever quotes, commas and line breaks it holds") {
    const Scratch folder;
    RandomSequence next({Seed{22}});
    const std::string letters = "\",\r\n a\xc3\xa4;\t#";
    for (const std::size_t columns : {1U, 2U, 5U}) {
        std::vector<std::string> header;
        for (std::size_t j = 0; j < columns; ++j) header.push_back("\"c\",\n" + std::to_string(j));
        CsvWriter csv(folder / "t.csv", header);
        std::vector<std::vector<std::string>> rows(300, std::vector<std::string>(columns));
        for (auto& row : rows) {
            for (auto& cell : row) {
                for (auto n = next.below(5); n > 0; --n)
                    cell += letters[next.below(static_cast<std::uint32_t>(letters.size()))];
                csv.cell(cell);
            }
            csv.end_row();
        }
        csv.commit();
        const auto table = read_csv(folder / "t.csv");
        CHECK(table.header == header);
        CHECK(table.rows == rows);
    }
}

TEST_CASE("CSV dialects are understood: byte order mark, line ends, no last line end, empty lines, quotes") {
    const Scratch folder;
    const auto path = folder / "t.csv";
    const std::vector<std::vector<std::string>> rows{{"1", "x, y"}, {"2", ""}};
    for (const auto text : {"p,name\n1,\"x, y\"\n2,\n", "\xEF\xBB\xBFp,name\r\n1,\"x, y\"\r\n2,\"\"",
                            "\np,name\r1,\"x, y\"\r\r2,", "\"p\",\"name\"\n\n\"1\",\"x, y\"\n\n2,\n\n"}) {
        const auto table = read_csv(write_bytes(path, text));
        CHECK(table.header == std::vector<std::string>{"p", "name"});
        CHECK(table.rows == rows);
        CHECK(table.column("name") == std::vector<std::string>{"x, y", ""});
    }
    CHECK(read_csv(write_bytes(path, "a,b\n")).rows.empty());
    CHECK(read_csv(write_bytes(path, "a,b\n\"1\n2\",3\n\n4,5")).lines == std::vector<std::size_t>{2, 5});
}

TEST_CASE("CSV files of others are read, and what is assumed of them is said") {
    const Scratch folder;
    const auto path = folder / "t.csv";
    const auto is = [&](const std::string& text, const std::vector<std::string>& notes) {
        INFO(text);
        const auto table = read_csv(write_bytes(path, text));
        CHECK(table.header == std::vector<std::string>{"p", "accuracy"});
        CHECK(table.numbers("p") == std::vector<double>{0, 0.5});
        const auto accuracy = table.numbers("accuracy");
        REQUIRE(accuracy.size() == 2);
        CHECK(accuracy[0] == 0.97);
        CHECK(std::isnan(accuracy[1]));
        CHECK(table.notes == notes);
    };
    is("p;accuracy\n0;0,97\n0,5;None\n", {"cells end at semicolons", "numbers have decimal commas"});
    is("p;accuracy\n0;0.97\n0.5;<NA>\n", {"cells end at semicolons"});
    is("p\taccuracy\r\n0\t0.97\r\n0.5\t\r\n", {"cells end at tabs"});
    is("p, accuracy\n0, 0.97\n0.5 ,  nan \n", {});
    is("\"p\", \"accuracy\"\n0, \"0.97\"\n0.5 , \"N/A\" \n", {});
    is("# by hand\n#\np,accuracy\n0,0.97\n# a pause\n0.5,NULL\n", {"3 comments are left out"});
    // numpy.savetxt with its defaults, with a delimiter, and with another comment above the header
    is("# p accuracy\n0.000000000000000000e+00 9.699999999999999734e-01\n5.000000000000000000e-01 nan\n",
       {"the header is line 1, a comment", "cells end at spaces"});
    is("# p,accuracy\n0,0.97\n0.5,nan\n", {"the header is line 1, a comment"});
    is("# seed 7\n# p;accuracy\n0;0,97\n0,5;nan\n", {"the header is line 2, a comment", "cells end at semicolons",
                                                     "1 comment is left out", "numbers have decimal commas"});
    is("p  accuracy\n 0    0.97\n 0.5  nan \n", {"cells end at spaces"});

    const auto refused = [&](const std::string& text, const std::string& why) {
        INFO(text);
        CHECK_THROWS_WITH(read_csv(write_bytes(path, text)).numbers("p"), Contains(why) && Contains(path.string()));
    };
    refused("p,a;b\n1,2;3\n", "cells may end at commas or at semicolons");
    refused("p;a\n1;2;3\n", "line 2: 3 cells, expected 2 as in the header (cells end at semicolons)");
    refused("p;a\n1,5;2\n2.5;3\n", "decimal commas (line 2) and points (line 3) in one column");
    refused("p;a\n1,500,000;2\n", "found '1,500,000'");
    CHECK(read_csv(write_bytes(path, "test accuracy\n0.5\n")).header == std::vector<std::string>{"test accuracy"});
    CHECK(read_csv(write_bytes(path, "\"a;b\",c\n1,2\n")).header == std::vector<std::string>{"a;b", "c"});
    CHECK(read_csv(write_bytes(path, "x\n1e-400\n-1e-400\n4e-324\n")).numbers("x") ==
          std::vector<double>{0, 0, 4.9406564584124654e-324});
}

TEST_CASE("numbers are read, missing ones as NaN, and what is no number is named by line and column") {
    const Scratch folder;
    const auto path = folder / "t.csv";
    const auto table = read_csv(write_bytes(path, "x\n 1.5 \n+2\n-3e2\n\"\"\nNA\nnan\nNaN\ninf\n-inf\n0\n"));
    const auto x = table.numbers("x");
    REQUIRE(x.size() == 10);
    CHECK(std::vector<double>(x.begin(), x.begin() + 3) == std::vector<double>{1.5, 2, -300});
    for (const std::size_t i : {3U, 4U, 5U, 6U}) CHECK(std::isnan(x[i]));
    CHECK(x[7] == std::numeric_limits<double>::infinity());
    CHECK(x[8] == -std::numeric_limits<double>::infinity());
    CHECK(x[9] == 0);

    for (const std::string bad : {"1.5x", "x", "1 2", "0x10", "1e999", "+-1", "+", "-", "1.2.3", "true"}) {
        const auto broken = read_csv(write_bytes(path, "name,x\n\"two\nlines\",1\nb," + bad + "\n"));
        CHECK_THROWS_AS(broken.numbers("x"), DataError);
        CHECK_THROWS_WITH(broken.numbers("x"), Contains("line 4, column 'x': expected a number") &&
                                                   Contains("found '" + bad + "'") && Contains(path.string()));
    }
    CHECK_THROWS_WITH(table.numbers("y"), Contains("has no column 'y'; it has 'x'"));
    CHECK_THROWS_AS(table.column("y"), DataError);
}

TEST_CASE("broken CSV files are refused with the line") {
    const Scratch folder;
    const auto path = folder / "t.csv";
    CHECK_THROWS_WITH(read_csv(path), Contains("does not exist"));
    const auto refused = [&](const char* text, const char* reason) {
        INFO(text);
        CHECK_THROWS_AS(read_csv(write_bytes(path, text)), DataError);
        CHECK_THROWS_WITH(read_csv(path), Contains(reason) && Contains(path.string()));
    };
    refused("", "is empty");
    refused("\xEF\xBB\xBF\r\n\n", "is empty");
    refused("a,b,a\n1,2,3\n", "two columns are named 'a'");
    refused("a,b\n1,2\n3\n", "line 3: 1 cells, expected 2");
    refused("a,b\n1,2,3\n", "line 2: 3 cells, expected 2");
    refused("a,b\n\"1\n1\",2\n3,4,\n", "line 4: 3 cells");
    refused("a,b\n1,\"2\n3,4\n", "line 2: a quote is opened and never closed");
    refused("a,b\n1,2\"\n", "line 2: a quote inside a cell");
    refused("a,b\n1,\"2\"x\n", "line 2: expected a comma or the end of the line");
}

TEST_CASE("random bytes give a rectangular table or a DataError") {
    const Scratch folder;
    const auto path = folder / "t.csv";
    RandomSequence next({Seed{23}});
    const std::string letters = "\",\r\nab1\n,";
    int tables = 0, errors = 0;
    for (int trial = 0; trial < 3000; ++trial) {
        std::string text;
        for (auto n = next.below(12); n > 0; --n)
            text += letters[next.below(static_cast<std::uint32_t>(letters.size()))];
        try {
            const auto table = read_csv(write_bytes(path, text));
            REQUIRE(!table.header.empty());
            REQUIRE(table.lines.size() == table.rows.size());
            for (const auto& row : table.rows) REQUIRE(row.size() == table.header.size());
            ++tables;
        } catch (const DataError&) {
            ++errors;
        }
    }
    CHECK(tables > 300);
    CHECK(errors > 300);
}

}  // namespace csv_test
