// A study shared out by --shard and put together by --merge.
#include <filesystem>
#include <string>

#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace parts_test {

using namespace study_test;

TEST_CASE("parts put together are the whole") {
    const Folder folder;
    REQUIRE(plain_study(tiny + "--out " + folder / "whole").code == 0);
    for (const char* part : {"1/3", "2/3", "3/3"}) {
        const auto ended = plain_study(tiny + "--out " + folder / "out" + " --shard " + part);
        INFO(ended.output);
        REQUIRE(ended.code == 0);
        CHECK_THAT(ended.output,
                   Catch::Contains("4 runs in") && Catch::Contains(" --out " + folder / "out" + " --merge\n"));
    }
    CHECK(!fs::exists(folder / "out/runs.csv"));
    REQUIRE(plain_study(tiny + "--shard 0/3 --out " + folder / "out").code == 0);  // once more the third of three
    CHECK(lines(folder / "out/journal.0-of-3.jsonl").size() == 5);
    fs::copy(folder / "out", folder / "copy");

    const auto merged = plain_study(tiny + "--merge --out " + folder / "out");
    INFO(merged.output);
    CHECK(merged.code == 0);
    CHECK_THAT(merged.output, Catch::Contains("12 runs taken over from 3 journals"));
    check_same(folder / "whole", folder / "out");
    for (const auto& seconds : pstar::read_csv(folder / "out/runs.csv").numbers("seconds")) CHECK(seconds > 0);

    // From elsewhere, by files and folders; and by a plain start, which finds the parts by itself.
    CHECK(plain_study(tiny + "--merge " + folder / "copy/journal.0-of-3.jsonl" + "," + folder / "copy" + " --out " +
                      folder / "elsewhere")
              .code == 0);
    check_same(folder / "whole", folder / "elsewhere");
    for (const auto& seconds : pstar::read_csv(folder / "elsewhere/runs.csv").numbers("seconds")) CHECK(seconds > 0);
    const auto plain = plain_study(tiny + "--out " + folder / "copy");
    CHECK(plain.code == 0);
    CHECK_THAT(plain.output, Catch::Contains("12 of 12 runs are in"));
    check_same(folder / "whole", folder / "copy");
}

TEST_CASE("a merge says what is missing, and a plain start does it") {
    const Folder folder;
    REQUIRE(plain_study(tiny + "--out " + folder / "whole").code == 0);
    REQUIRE(plain_study(tiny + "--shard 1/2 --out " + folder / "out").code == 0);
    const auto merged = plain_study(tiny + "--merge --out " + folder / "out");
    INFO(merged.output);
    CHECK(merged.code == 1);
    CHECK_THAT(merged.output, Catch::Contains("6 of 12 runs are done"));
    CHECK(pstar::read_csv(folder / "out/runs.csv").rows.size() == 6);
    CHECK(fs::exists(folder / "out/summary.csv"));
    CHECK(!fs::exists(folder / "out/report.html"));
    REQUIRE(plain_study(tiny + "--out " + folder / "out").code == 0);
    check_same(folder / "whole", folder / "out");
}

TEST_CASE("a journal of another configuration is not merged") {
    const Folder folder;
    REQUIRE(plain_study(tiny + "--seed 2 --shard 1/2 --out " + folder / "other").code == 0);
    REQUIRE(plain_study(tiny + "--out " + folder / "out").code == 0);
    const auto journal = contents(folder / "out/journal.jsonl");
    const auto merged = plain_study(tiny + "--merge " + folder / "other" + " --out " + folder / "out");
    CHECK(merged.code == 2);
    CHECK_THAT(merged.output, Catch::Contains("seed 2 there, 1 here"));
    CHECK(contents(folder / "out/journal.jsonl") == journal);
}

}  // namespace parts_test
