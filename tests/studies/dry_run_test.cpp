// What --dry-run estimates.
#include <filesystem>
#include <string>

#include "catch.hpp"
#include "program.hpp"

namespace dry_run_test {

using namespace study_test;

TEST_CASE("a dry run estimates the cost and writes nothing") {
    const Folder folder;
    const auto before = study(tiny + "--dry-run --out " + folder / "out");
    INFO(before.output);
    CHECK(before.code == 0);
    CHECK_THAT(before.output, Catch::Contains("12 in all, 0 of them done") && Catch::Contains("of one core") &&
                                  Catch::Contains("memory") && Catch::Contains("largest"));
    CHECK(!fs::exists(folder / "out"));

    REQUIRE(plain_study(tiny + "--shard 1/2 --out " + folder / "out").code == 0);
    const auto config = fs::last_write_time(folder / "out/config.json");
    CHECK_THAT(study(tiny + "--dry-run --out " + folder / "out").output, Catch::Contains("12 in all, 6 of them done"));
    CHECK_THAT(study(tiny + "--dry-run --shard 1/2 --out " + folder / "out").output,
               Catch::Contains("6 in all, 6 of them done"));
    CHECK(fs::last_write_time(folder / "out/config.json") == config);
    CHECK(!fs::exists(folder / "out/journal.jsonl"));
    CHECK(study(tiny + "--seed 2 --dry-run --out " + folder / "out").code == 2);  // as the study itself

    const auto adaptive = study(
        "--train 200 --test 100 --width 4,8 --strength 0,0.5,1 --epochs 1 --repeats 3:10 --until-stderr 0.01 --dry-run "
        "--out " +
        folder / "a");
    CHECK_THAT(adaptive.output, Catch::Contains("18 to 60 in all"));
}

}  // namespace dry_run_test
