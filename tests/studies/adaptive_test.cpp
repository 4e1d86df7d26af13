// Seeds where the error bars are still wide, by --repeats MIN:MAX --until-stderr X.
#include <string>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace adaptive_test {

using namespace study_test;

namespace {

const std::string adaptive =
    " --train 400 --test 100 --width 4,16 --strength 0,0.5,0.8,1 --epochs 4 --batch-size 16 --learning-rate 0.005 "
    "--repeats 4:12 --until-stderr 0.015 ";

}

TEST_CASE("seeds are added where the error bar is wide") {
    const Folder folder;
    const auto ended = study(adaptive + "--threads 1 --out " + folder / "out");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    const auto summary = pstar::read_csv(folder / "out/summary.csv");
    const auto repeats = summary.numbers("repeats");
    const auto clean = summary.numbers("stderr_test_accuracy"),
               corrupted = summary.numbers("stderr_test_accuracy_corrupted");
    double least = 12, most = 4;
    for (std::size_t i = 0; i < repeats.size(); ++i) {
        CHECK((repeats[i] >= 4 && repeats[i] <= 12));
        CHECK((repeats[i] == 12 || std::max(clean[i], corrupted[i]) <= 0.015));
        least = std::min(least, repeats[i]);
        most = std::max(most, repeats[i]);
    }
    CHECK(least < most);  // else this study shows nothing
    CHECK_THAT(contents(folder / "out/report.html"), Catch::Contains("over 4 to 12 seeds") &&
                                                         Catch::Contains("number of seeds behind each point") &&
                                                         Catch::Contains("Stopping when an error bar looks small"));
    CHECK_THAT(contents(folder / "out/accuracy_relu.gnuplot"), Catch::Contains("$seeds_0_0"));
    const auto settings = pstar::read_json(folder / "out/config.json").at("settings");
    CHECK(settings.at("repeats") == "4:12");
    CHECK(settings.at("until_stderr") == 0.015);
}

TEST_CASE("which seeds are added depends neither on threads nor on interruptions nor on parts") {
    const Folder folder;
    REQUIRE(plain_study(adaptive + "--threads 1 --out " + folder / "one").code == 0);
    REQUIRE(plain_study(adaptive + "--threads 4 --out " + folder / "four").code == 0);
    check_same(folder / "one", folder / "four");

    REQUIRE(plain_study(adaptive + "--shard 1/2 --out " + folder / "parts").code == 0);
    const auto half = plain_study(adaptive + "--merge --out " + folder / "parts");
    CHECK(half.code == 1);
    CHECK_THAT(half.output, Catch::Contains("of at least"));
    REQUIRE(plain_study(adaptive + "--shard 2/2 --out " + folder / "parts").code == 0);
    REQUIRE(plain_study(adaptive + "--merge --out " + folder / "parts").code == 0);
    check_same(folder / "one", folder / "parts");

    const auto journal = lines(folder / "one/journal.jsonl");
    begin_with(folder / "resumed", journal, journal.size() / 2);
    REQUIRE(plain_study(adaptive + "--out " + folder / "resumed").code == 0);
    check_same(folder / "one", folder / "resumed");

    auto other = adaptive;
    other.replace(other.find("0.015"), 5, "0.05");
    REQUIRE(plain_study(other + "--out " + folder / "one").code == 0);  // what is there is not taken away
    check_same(folder / "one", folder / "resumed");
}

}  // namespace adaptive_test
