// The study knee_anatomy from outside: what it writes, that it resumes, what it refuses.
#include <cmath>
#include <string>
#include <vector>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace knee_anatomy_study_test {

using namespace study_test;

namespace {

/// 6 runs of some 100 milliseconds.
const std::string small_study =
    " --n-train-samples 500 --n-test-samples 200 --width 16 --epochs 2 --strength 0,0.6,1 --repeats 2 ";

Ended anatomy(const std::string& flags) {
    return shell("PATH=/nowhere " STUDY_ANATOMY_PROGRAM " " + flags);
}

}  // namespace

TEST_CASE("knee_anatomy says whose the knee is, and writes every number") {
    const Folder folder;
    const auto ended = anatomy(small_study + "--out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("Whose is the knee? Undecided: the MLP has none"));
    CHECK_THAT(ended.output, Catch::Contains("is lost for want of information"));
    CHECK_THAT(ended.output, Catch::Contains("Cohen's kappa"));

    const auto table = pstar::read_csv(folder / "out/anatomy.csv");
    CHECK(table.numbers("p") == std::vector<double>{0, 0.6, 1});
    for (const auto* name :
         {"mlp", "cnn", "softmax", "infinite_network", "nearest_class_mean", "channel_posterior", "channel_limit"}) {
        const auto value = table.numbers(name), low = table.numbers(std::string(name) + "_low"),
                   high = table.numbers(std::string(name) + "_high");
        for (std::size_t i = 0; i < value.size(); ++i) {
            INFO(name << " in row " << i);
            CHECK(low[i] <= value[i]);
            CHECK(value[i] <= high[i]);
        }
    }
    CHECK(table.numbers("channel_limit")[0] == 1);
    CHECK(table.numbers("channel_limit")[2] < 0.15);  // noise alone: as often as the largest class occurs
    CHECK(table.numbers("information")[2] == 0);
    CHECK(pstar::read_csv(folder / "out/knees.csv").column("curve").size() == 9);
    const auto report = contents(folder / "out/report.html");
    CHECK_THAT(report, Catch::Contains("Whose is the knee"));
    CHECK_THAT(report, Catch::Contains("Figures were left out"));
}

TEST_CASE("knee_anatomy goes on where it was stopped, on any number of threads") {
    const Folder folder;
    REQUIRE(anatomy(small_study + "--threads 2 --out " + folder / "whole").code == 0);
    REQUIRE(anatomy(small_study + "--shard 1/2 --threads 1 --out " + folder / "parts").code == 0);
    const auto ended = anatomy(small_study + "--threads 1 --out " + folder / "parts");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    for (const auto* name : {"anatomy.csv", "agreement.csv", "knees.csv", "confusion.csv"})
        CHECK(contents(folder / ("whole/" + std::string(name))) == contents(folder / ("parts/" + std::string(name))));
}

TEST_CASE("knee_anatomy compares kinds: it takes one of each") {
    const Folder folder;
    const auto refused = [&](const std::string& flags, const std::string& sentence) {
        const auto ended = anatomy(flags + " --out " + folder / "no");
        INFO(ended.output);
        CHECK(ended.code != 0);
        CHECK_THAT(ended.output, Catch::Contains(sentence));
    };
    refused("--width 16,32", "--width: name one");
    refused("--repeats 2:4", "--repeats 2:4: this study takes one number");
    const auto help = anatomy("--help").output;
    for (const std::string flag : {"--save-networks", "--evaluation", "--until-stderr", "--model-type", "--ridge"}) {
        INFO(flag);
        refused(flag + (flag == "--save-networks" ? "" : " 1"), flag);
        CHECK_THAT(help, !Catch::Contains(flag));
    }
}

}  // namespace knee_anatomy_study_test
