// A journal read as a table.
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <pstar/sweep/journal.hpp>
#include <pstar/sweep/journal_table.hpp>

#include "catch.hpp"
#include "io/scratch.hpp"

namespace journal_table_test {

using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

TEST_CASE("a journal is a table of its runs") {
    const Scratch folder;
    const auto path = folder / "journal.jsonl";
    {
        pstar::Journal journal(path, {{"epochs", 5}});
        journal.append({{"run", {{"width", 16}, {"strength", 0.5}}}, {"status", "failed"}, {"error", "no, never"}});
        journal.append({{"run", {{"width", 64}, {"strength", 0.5}}},
                        {"status", "finished"},
                        {"result", {{"test_accuracy", 0.75}, {"test_loss", nullptr}, {"loss", {1, 2}}}}});
        journal.append({{"run", {{"width", 16}, {"strength", 0.5}}},  // again
                        {"status", "finished"},
                        {"result", {{"test_accuracy", 0.5}, {"kernel", {{"rank", 3}}}}}});
    }
    std::ofstream(path, std::ios::app) << "{\"run\":{\"width\":1},\"crc32\":\"00000000\"}\n";
    const auto before = read_bytes(path);
    const auto table = pstar::read_table(path);
    CHECK(read_bytes(path) == before);
    CHECK(table.header == Words{"width", "strength", "status", "error", "test_accuracy", "test_loss", "rank"});
    CHECK(table.column("width") == Words{"16", "64"});
    CHECK(table.column("status") == Words{"finished", "finished"});
    CHECK(table.numbers("test_accuracy") == std::vector<double>{0.5, 0.75});
    CHECK(std::isnan(table.numbers("test_loss")[1]));
    CHECK(table.numbers("rank")[0] == 3);
    CHECK(std::isnan(table.numbers("rank")[1]));
    CHECK(table.lines == std::vector<std::size_t>{4, 3});
    REQUIRE(table.notes.size() == 1);
    CHECK_THAT(table.notes[0], Catch::Contains("1 lines"));

    std::ofstream(folder / "other.csv") << "a,b\n1,2\n";
    CHECK(pstar::read_table(folder / "other.csv").numbers("b") == std::vector<double>{2});
    std::ofstream(folder / "other.jsonl") << "{\"a\":1}\n";
    CHECK_THROWS_WITH(pstar::read_table(folder / "other.jsonl"), Catch::Contains("is no journal of a sweep"));
    {
        pstar::Journal numbers(folder / "numbers.jsonl", {});
        numbers.append({{"run", {{"x", 1}}}, {"status", "finished"}, {"result", 0.25}});
    }
    CHECK(pstar::read_table(folder / "numbers.jsonl").numbers("result") == std::vector<double>{0.25});
}

}  // namespace journal_table_test
