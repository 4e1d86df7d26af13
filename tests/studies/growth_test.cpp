// A study to which more seeds, strengths, sizes and images are added.
#include <filesystem>
#include <string>
#include <utility>

#include <pstar/data/idx_writer.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/io/json_file.hpp>
#include <pstar/version.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace growth_test {

using namespace study_test;

namespace {

const std::string fixed = " --test 100 --epochs 1 --batch-size 32 ";

}  // namespace

TEST_CASE("a study that has grown equals one made at once") {
    const Folder folder;
    const auto out = "--out " + folder / "out";
    REQUIRE(plain_study(fixed + "--train 200,400 --width 4,8 --strength 0,0.3,0.5,0.9 --repeats 3 --out " +
                        folder / "whole")
                .code == 0);
    REQUIRE(plain_study(fixed + "--train 200 --width 4 --strength 0,0.5,0.9 --repeats 2 " + out).code == 0);
    std::size_t had = 6, now = 0;
    const auto grows = [&](const std::string& more, std::size_t runs) {
        now = runs;
        const auto ended = plain_study(fixed + more + out);
        INFO(ended.output);
        CHECK(ended.code == 0);
        CHECK_THAT(ended.output, Catch::Contains(std::to_string(had) + " of " + std::to_string(now) + " runs are in"));
        CHECK(pstar::read_json(folder / "out/config.json").at("state") == "complete");
        had = now;
    };
    grows("--repeats 3 ", 9);
    grows("--width 8 ", 18);
    grows("--strength 0.3,0.5 ", 24);
    grows("--train 400 ", 48);
    check_same(folder / "whole", folder / "out");
    CHECK(pstar::read_json(folder / "whole/config.json").at("settings") ==
          pstar::read_json(folder / "out/config.json").at("settings"));
    CHECK(timeless_runs(folder / "whole/runs.csv") == timeless_runs(folder / "out/runs.csv"));
    grows("", 48);                  // what is not named stays as it is
    grows("--family gumbel ", 48);  // how curves are read changes no run
    CHECK_THAT(contents(folder / "out/fits.csv"), Catch::Contains("gumbel"));
    grows("--width 4 --repeats 1 ", 48);  // nothing is taken away
}

TEST_CASE("what changes the numbers of the runs that are there is refused, with the difference") {
    const Folder folder;
    const auto out = "--out " + folder / "out";
    const std::string some = "--train 200 --width 4 --strength 0,0.5,0.9 ";
    REQUIRE(plain_study(fixed + some + "--repeats 2 " + out).code == 0);
    const auto journal = contents(folder / "out/journal.jsonl"), config = contents(folder / "out/config.json");
    const auto refused = plain_study(fixed + some + "--repeats 5 --learning-rate 0.5 " + out);
    CHECK(refused.code == 2);
    CHECK_THAT(refused.output,
               Catch::Contains("learning_rate 0.001 there, 0.5 here") && !Catch::Contains("repeats 2 there"));
    CHECK(contents(folder / "out/journal.jsonl") == journal);
    CHECK(contents(folder / "out/config.json") == config);

    // Other images, fewer than the folder's runs have learned from: it is the images that differ.
    fs::create_directory(folder / "own");
    const auto digits = pstar::synthetic_digits({.train = 100, .test = 100});
    for (const auto& [name, images] : {std::pair{"train", &digits.train}, std::pair{"t10k", &digits.test}}) {
        pstar::write_idx_images(folder / "own/" + name + "-images-idx3-ubyte", images->images);
        pstar::write_idx_labels(folder / "own/" + name + "-labels-idx1-ubyte", images->labels);
    }
    const auto other = plain_study(fixed + "--data " + folder / "own" + " --width 4 " + out);
    CHECK(other.code == 2);
    CHECK_THAT(other.output, Catch::Contains("holds another configuration (data \"synthetic\" there"));
}

TEST_CASE("seeds are added to those of a folder that is taken over, and the advice runs them") {
    const Folder folder;
    const std::string some = fixed + "--train 200 --width 4 --strength 0,0.5,0.9 ";
    REQUIRE(plain_study(some + "--repeats 5 --out " + folder / "whole").code == 0);
    REQUIRE(plain_study(some + "--repeats 2 --out " + folder / "old").code == 0);
    const auto merged = plain_study(some + "--repeats 5 --merge " + folder / "old" + " --out " + folder / "new");
    INFO(merged.output);
    CHECK(merged.code == 1);
    const auto advice = merged.output.find("This does the others:\n  ");
    REQUIRE(advice != std::string::npos);
    const auto start = merged.output.find('\n', advice) + 3;
    const auto command = merged.output.substr(start, merged.output.find('\n', start) - start);
    CHECK_THAT(command, !Catch::Contains("--merge"));
    CHECK(shell("PATH=/nowhere " + command).code == 0);
    check_same(folder / "whole", folder / "new");
}

TEST_CASE("mistyped flags are told the nearest, words may have capitals") {
    const Folder folder;
    const auto refused = [&](const std::string& words, const std::string& answer) {
        const auto ended = plain_study(" " + words + " --out " + folder / "out");
        CHECK(ended.code == 2);
        CHECK_THAT(ended.output, Catch::Contains(answer));
        CHECK(!fs::exists(folder / "out"));
    };
    refused("--widht 16", "there is no flag --widht; did you mean --width?");
    refused("--strenght=0.5", "there is no flag --strenght; did you mean --strength?");
    refused("--nonsense 16", "there is no flag --nonsense (see");
    refused("16", "'16' is not expected here");
    refused("--activation ReLu,soft", "'soft' must be one of");
    const auto of_collapse =
        shell(STUDY_COLLAPSE_PROGRAM " any.csv --sise L --strength p --accuracy A --out " + folder / "out");
    CHECK(of_collapse.code == 2);
    CHECK_THAT(of_collapse.output, Catch::Contains("there is no flag --sise; did you mean --size?"));
    CHECK(plain_study(fixed + "--train 200 --width 4 --strength 0,0.5 --repeats 1 --activation ReLU --out " +
                      folder / "out")
              .code == 0);
    CHECK_THAT(contents(folder / "out/runs.csv"), Catch::Contains("relu") && !Catch::Contains("ReLU"));
    const auto version = plain_study(" --version");
    CHECK(version.code == 0);
    CHECK_THAT(version.output, Catch::Contains("of pstar " PSTAR_VERSION));
}

}  // namespace growth_test
