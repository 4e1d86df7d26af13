// Runs chosen round by round, by --until-interval.
#include <algorithm>
#include <fstream>
#include <string>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace rounds_test {

using namespace study_test;

namespace {

const std::string rounds =
    " --train 400 --test 100 --width 4,16 --epochs 4 --batch-size 16 --learning-rate 0.005 --evaluate corrupted "
    "--strength 0:1:0.05 --repeats 3:6 --until-interval p_star:0.1 ";

}

TEST_CASE("runs are chosen until the interval is narrow") {
    const Folder folder;
    const auto ended = study(rounds + "--threads 1 --out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("were chosen round by round") && Catch::Contains("at most p* +- 0.1"));
    CHECK_THAT(contents(folder / "out/report.html"),
               Catch::Contains("How the runs were chosen") && !Catch::Contains("Stopping when an error bar"));
    const auto summary = pstar::read_csv(folder / "out/summary.csv");
    const auto width = summary.numbers("width"), repeats = summary.numbers("repeats");
    std::size_t strengths = 0;
    for (const double size : {4, 16}) {
        std::vector<double> seeds;
        for (std::size_t i = 0; i < repeats.size(); ++i)
            if (width[i] == size) seeds.push_back(repeats[i]);
        REQUIRE(seeds.size() >= 5);
        for (const double n : seeds) CHECK((n >= 3 && n <= 6));
        strengths += seeds.size();
    }
    CHECK(strengths < 2 * 21);  // else this study shows nothing
    const auto settings = pstar::read_json(folder / "out/config.json").at("settings");
    CHECK(settings.at("repeats") == "3:6");
    CHECK(settings.at("until_interval") == "p_star:0.1");
}

TEST_CASE("which runs are chosen depends neither on threads nor on interruptions nor on what else is there") {
    const Folder folder;
    REQUIRE(plain_study(rounds + "--threads 1 --out " + folder / "one").code == 0);
    REQUIRE(plain_study(rounds + "--threads 2 --out " + folder / "two").code == 0);
    check_same(folder / "one", folder / "two");

    const auto journal = lines(folder / "one/journal.jsonl");  // as if killed in the middle of a round
    for (const std::size_t part : {4, 2}) {
        const auto resumed = folder / ("resumed" + std::to_string(part));
        fs::create_directory(resumed);
        std::ofstream file(resumed + "/journal.jsonl");
        for (std::size_t i = 0; i < journal.size() - journal.size() / part; ++i) file << journal[i] << '\n';
        file.close();
        REQUIRE(plain_study(rounds + "--out " + resumed).code == 0);
        check_same(folder / "one", resumed);
    }

    auto wider = rounds;
    wider.replace(wider.find("p_star:0.1"), 10, "p_star:0.4");
    REQUIRE(plain_study(wider + "--out " + folder / "wider").code == 0);
    REQUIRE(plain_study(wider + "--out " + folder / "one").code == 0);  // its journal has more; they are left out
    CHECK(timeless_runs(folder / "wider/runs.csv") == timeless_runs(folder / "one/runs.csv"));
    CHECK(contents(folder / "wider/fits.csv") == contents(folder / "one/fits.csv"));
}

TEST_CASE("runs are chosen for a difference of two networks, and the journal alone says which") {
    const Folder folder;
    auto difference = rounds;
    difference.replace(difference.find("p_star:0.1"), 10, "difference:0.1");
    const auto ended = study(difference + "--threads 1 --out " + folder / "one");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("difference of p* +- ") && Catch::Contains(" less "));
    REQUIRE(plain_study(difference + "--threads 2 --out " + folder / "two").code == 0);
    check_same(folder / "one", folder / "two");
    const auto journal = lines(folder / "one/journal.jsonl");
    begin_with(folder / "resumed", journal, journal.size() / 2);
    REQUIRE(plain_study(difference + "--out " + folder / "resumed").code == 0);
    check_same(folder / "one", folder / "resumed");
}

TEST_CASE("the same command without its flags goes on with the goal of the folder") {
    const Folder folder;
    REQUIRE(plain_study(rounds + "--out " + folder / "out").code == 0);
    const auto before = contents(folder / "out/journal.jsonl");
    const auto again = plain_study(
        " --train 400 --test 100 --epochs 4 --batch-size 16 --learning-rate 0.005 --evaluate corrupted --out " +
        folder / "out");
    INFO(again.output);
    CHECK(again.code == 0);
    CHECK(contents(folder / "out/journal.jsonl") == before);
}

TEST_CASE("a dry run says how many runs the first round has, and how many there may be") {
    const Folder folder;
    const auto ended = study(rounds + "--dry-run --out " + folder / "out");
    CHECK(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("24 to 252 in all"));
}

TEST_CASE("goals that make no sense are refused") {
    const Folder folder;
    const auto refused = [&](const std::string& flags, const std::string& why) {
        const auto ended = study(flags + " --out " + folder / "out");
        INFO(flags << ": " << ended.output);
        CHECK(ended.code == 2);
        CHECK_THAT(ended.output, Catch::Contains(why));
        CHECK(std::count(ended.output.begin(), ended.output.end(), '\n') == 1);
    };
    for (const std::string width : {"0", "-1", "nan", "inf", "x", ""})
        refused("--until-interval p_star:" + width, "is not a number above 0");
    refused("--until-interval foo:0.1", "'foo' is none of p_star, slope, difference, nu and p_c");
    refused("--until-interval p_star", "colon");
    refused("--until-interval slope:0.1 --shard 1/2", "leave out --shard");
    refused("--until-interval slope:0.1 --repeats 3:9 --until-stderr 0.1", "leave out --until-stderr");
    for (const std::string goal : {"difference", "nu", "p_c"})
        refused("--train 200 --test 100 --epochs 1 --width 8 --until-interval " + goal + ":0.1",
                "asks for networks of two sizes at least");
    refused("--until-interval p_star:0.1 --repeats 2", "at least 3 seeds");
    refused("--until-interval p_star:0.1 --strength 0,0.5,1", "at least 4");
}

}  // namespace rounds_test
