// The study mlp_vs_cnn from outside: which networks it compares, its answer, that it runs in parts.
#include <cmath>
#include <string>
#include <vector>

#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace mlp_vs_cnn_test {

using namespace study_test;

namespace {

/// 18 runs of a few milliseconds.
const std::string small_study =
    " --train 300 --test 100 --width 8 --channels 1 --strength 0,0.5,1 --epochs 1 --repeats 2 ";

Ended compare(const std::string& flags) {
    return shell("PATH=/nowhere " STUDY_NETWORKS_PROGRAM " " + flags);
}

}  // namespace

TEST_CASE("Every CNN is compared with the MLPs of --mlp-width and with one of as many parameters") {
    const Folder folder;
    const auto ended = compare(small_study + "--out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto table = pstar::read_csv(folder / "out/comparison.csv");
    CHECK(table.column("basis") ==
          std::vector<std::string>{"equal data", "equal parameters", "equal data", "equal parameters"});
    CHECK(table.column("evaluation") == std::vector<std::string>{"clean", "clean", "corrupted", "corrupted"});
    // 1 and 2 channels of 3 x 3: 10 + 20 parameters; 2 x 7 x 7 inputs to 128 units, 128 to 10: 12672 + 1290.
    CHECK(table.numbers("cnn_parameters") == std::vector<double>(4, 13992));
    // An MLP of width w has 785 w + 10 (w + 1) = 795 w + 10: 13525 at 17, 14320 at 18, which is nearer.
    CHECK(table.numbers("mlp_width") == std::vector<double>{8, 18, 8, 18});
    CHECK(table.numbers("mlp_parameters") == std::vector<double>{6370, 14320, 6370, 14320});
    CHECK(lines(folder / "out/runs.csv").size() == 1 + 18);
    for (const char* name : {"out/summary.csv", "out/fits.csv", "out/report.html", "out/config.json"})
        CHECK(fs::exists(folder / name));
}

TEST_CASE("With two seeds the answer is undecided") {
    const Folder folder;
    const auto ended = compare(small_study + "--out " + folder / "out");
    REQUIRE(ended.code == 0);
    CHECK(ended.output.find("Undecided (equal data, clean test images)") != std::string::npos);
    CHECK(ended.output.find("at least 3 are needed") != std::string::npos);
    const auto table = pstar::read_csv(folder / "out/comparison.csv");
    CHECK(table.column("status") == std::vector<std::string>(4, "too_few_seeds"));
    CHECK(table.column("verdict") == std::vector<std::string>(4, "undecided"));
    for (const double difference : table.numbers("difference")) CHECK(std::isnan(difference));
}

TEST_CASE("Curves without a midpoint leave the comparison undecided") {
    const Folder folder;
    const auto ended = compare(
        " --train 300 --test 100 --width 8 --channels 1 --strength 0.9,0.95,1 --epochs 1 --repeats 3 --evaluate clean "
        "--out " +
        folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK(ended.output.find("is not identified (no_drop)") != std::string::npos);
    CHECK(pstar::read_csv(folder / "out/comparison.csv").column("status") ==
          std::vector<std::string>(2, "unidentified"));
}

TEST_CASE("A comparison in parts is the comparison in one piece") {
    const Folder folder;
    REQUIRE(compare(small_study + "--out " + folder / "whole").code == 0);
    for (const char* part : {"0/2", "1/2"})
        REQUIRE(compare(small_study + "--shard " + part + " --out " + folder / "parts").code == 0);
    REQUIRE(compare(small_study + "--merge --out " + folder / "parts").code == 0);
    check_same(folder / "whole", folder / "parts");
    CHECK(contents(folder / "whole/comparison.csv") == contents(folder / "parts/comparison.csv"));
}

TEST_CASE("The flags of a comparison are its own") {
    CHECK(compare("--arch cnn").code == 2);
    const auto depths = compare("--depth 1,2 --out /nowhere");
    CHECK(depths.code == 2);
    CHECK(depths.output.find("--depth: name one depth") != std::string::npos);
    CHECK(compare("--channels 8,8 --out /nowhere").code == 2);
    CHECK(study("--channels 8").code == 2);  // and accuracy_vs_corruption has none
}

}  // namespace mlp_vs_cnn_test
