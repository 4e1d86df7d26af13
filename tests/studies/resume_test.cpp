// What survives: kills, Ctrl-C, full disks, a second process on the same folder.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include <pstar/io/csv_reader.hpp>
#include <pstar/io/json_file.hpp>
#include <pstar/io/json_line.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace resume_test {

using namespace study_test;

namespace {

/// 600 runs of two or three milliseconds.
const std::string many = " --train 400 --test 100 --width 4,8,16 --strength 0:0.9:0.1 --epochs 2 --repeats 20 ";
/// One run of minutes.
const std::string endless = " --train 2000 --test 100 --width 512 --strength 0 --epochs 1000 --repeats 1 ";

/// One run of a fraction of a second beside one of many: when the first has ended, the other, the costly one, has
/// begun.
const std::string uneven = " --train 500 --test 100 --width 4,2048 --strength 0 --epochs 300 --repeats 1 --threads 2 ";

/// A study on a disk that fills up: what it answers, its folder copied to `saved` as it was then.
Ended on_small_disk(const std::string& limit, const std::string& folder, const std::string& saved) {
    return shell(limit + " PATH=/nowhere " + program + many + "--out " + folder + "/out; code=$?; cp -r " + folder +
                 "/out " + saved + "; exit $code'");
}

}  // namespace

TEST_CASE("killed 20 times at random moments, a study comes to the same results") {
    const Folder folder;
    REQUIRE(plain_study(many + "--out " + folder / "whole").code == 0);
    const auto journal_lines = [&] { return lines(folder / "killed/journal.jsonl").size(); };
    std::mt19937 random(1);
    std::uniform_int_distribution<std::size_t> runs(0, 20);  // a moment counted in runs, whatever the host's speed
    std::uniform_int_distribution<int> microseconds(0, 5000);
    for (int kill = 0; kill < 20; ++kill) {
        const auto enough = journal_lines() + runs(random);
        Background process(many + "--threads 2 --out " + folder / "killed");
        while (journal_lines() < enough && process.is_running())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::this_thread::sleep_for(std::chrono::microseconds(microseconds(random)));
        process.end(SIGKILL);
    }
    const auto before = journal_lines();
    CHECK(before > 1);
    const auto ended = plain_study(many + "--out " + folder / "killed");
    INFO(ended.output);
    REQUIRE(ended.code == 0);
    if (before > 1 && before < 600) CHECK_THAT(ended.output, Catch::Contains(" of 600 runs are in"));
    check_same(folder / "whole", folder / "killed");
    CHECK(pstar::read_json(folder / "killed/config.json").at("state") == "complete");

    // A study that is complete is only written again.
    const auto journal = contents(folder / "killed/journal.jsonl");
    fs::remove(folder / "killed/summary.csv");
    const auto again = plain_study(many + "--out " + folder / "killed");
    CHECK(again.code == 0);
    CHECK_THAT(again.output, Catch::Contains("600 of 600 runs are in"));
    CHECK(contents(folder / "killed/journal.jsonl") == journal);
    check_same(folder / "whole", folder / "killed");
}

TEST_CASE("the seconds of earlier starts are found again") {
    const Folder folder;
    REQUIRE(plain_study(tiny + "--out " + folder / "out").code == 0);
    const auto first = contents(folder / "out/runs.csv");
    REQUIRE(plain_study(tiny + "--out " + folder / "out").code == 0);
    CHECK(contents(folder / "out/runs.csv") == first);
    std::ofstream(folder / "out/timings.csv") << "relu,4,1,200,64,replacement,0.0,0,nonsense\nrelu,4,1\n\n\xff,";
    REQUIRE(plain_study(tiny + "--out " + folder / "out").code == 0);
    CHECK(pstar::read_csv(folder / "out/runs.csv").column("seconds") == std::vector<std::string>(12, "nan"));
}

TEST_CASE("a torn journal loses its last run, a damaged line its own") {
    const Folder folder;
    REQUIRE(plain_study(tiny + "--out " + folder / "whole").code == 0);
    fs::copy(folder / "whole", folder / "out");
    auto text = contents(folder / "out/journal.jsonl");
    text.resize(text.size() - 30);
    text[text.find("test_loss", text.find('\n'))] = 'b';  // in line 2
    std::ofstream(folder / "out/journal.jsonl", std::ios::binary | std::ios::trunc) << text;
    const auto ended = plain_study(tiny + "--out " + folder / "out");
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("line 2 of ") && Catch::Contains("is damaged") &&
                                 Catch::Contains("line 13 of ") && Catch::Contains("is torn") &&
                                 Catch::Contains("10 of 12 runs are in"));
    CHECK(timeless_runs(folder / "out/runs.csv") == timeless_runs(folder / "whole/runs.csv"));
}

TEST_CASE("runs that failed stay so until they are to be tried again") {
    const Folder folder;
    REQUIRE(plain_study(tiny + "--out " + folder / "out").code == 0);
    const auto whole = timeless_runs(folder / "out/runs.csv");
    auto journal = lines(folder / "out/journal.jsonl");
    auto record = pstar::unsealed(journal[3]);
    REQUIRE(record.has_value());
    const auto id = record->at("id");
    *record = {{"run", record->at("run")}, {"status", "failed"}, {"error", "no memory"}, {"id", id}};
    journal[3] = pstar::sealed_line(*record);
    std::ofstream file(folder / "out/journal.jsonl", std::ios::trunc);
    for (const auto& line : journal) file << line << '\n';
    file.close();

    const auto failed = plain_study(tiny + "--out " + folder / "out");
    CHECK(failed.code == 1);
    CHECK_THAT(failed.output, Catch::Contains("no memory") && Catch::Contains("--retry-failed"));
    CHECK(pstar::read_csv(folder / "out/runs.csv").rows.size() == 12);
    const auto ended = plain_study(tiny + "--retry-failed --out " + folder / "out");
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK(timeless_runs(folder / "out/runs.csv") == whole);
    CHECK(plain_study(tiny + "--out " + folder / "out").code == 0);
}

TEST_CASE("Ctrl-C lets runs in flight finish and says how to continue") {
    const Folder folder;
    REQUIRE(plain_study(many + "--out " + folder / "whole").code == 0);
    const auto ended = shell("PATH=/nowhere /usr/bin/timeout --preserve-status -s INT 0.3 " + program + many +
                             "--out " + folder / "out");
    INFO(ended.output);
    CHECK(ended.code == 130);
    CHECK_THAT(ended.output, Catch::Contains("Interrupted: ") && Catch::Contains(" of 600 runs are done and safe") &&
                                 Catch::Contains("--epochs 2 --repeats 20 --out " + folder / "out"));
    CHECK(pstar::read_json(folder / "out/config.json").at("state") == "partial");
    const auto runs = pstar::read_csv(folder / "out/runs.csv");
    CHECK(!runs.rows.empty());
    CHECK(runs.rows.size() < 600);
    for (const auto& status : runs.column("status")) REQUIRE(status == "finished");
    REQUIRE(plain_study(many + "--out " + folder / "out").code == 0);
    check_same(folder / "whole", folder / "out");
}

TEST_CASE("a second Ctrl-C ends at once") {
    const Folder folder;
    Background process(uneven + "--out " + folder / "out");
    REQUIRE(wait_for([&] { return lines(folder / "out/journal.jsonl").size() == 2; }));
    process.send(SIGINT);
    process.send(SIGINT);  // at once, as `timeout` does: still the first
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    REQUIRE(process.is_running());            // the run in flight continues
    CHECK(WIFSIGNALED(process.end(SIGINT)));  // it would have ended by itself behind the run in flight
}

TEST_CASE("a second process on a folder is refused") {
    const Folder folder;
    Background process(endless + "--out " + folder / "out");
    REQUIRE(wait_for([&] { return fs::exists(folder / "out/config.json"); }));
    const auto config = contents(folder / "out/config.json");
    const auto second = plain_study(endless + "--out " + folder / "out");
    CHECK(second.code == 2);
    CHECK_THAT(second.output, Catch::Contains("in use by another process"));
    CHECK(contents(folder / "out/config.json") == config);
}

TEST_CASE("a full disk is named and loses nothing that was finished") {
    const Folder folder;
    REQUIRE(plain_study(many + "--out " + folder / "whole").code == 0);
    fs::create_directory(folder / "disk");
    std::vector<std::string> disks{"sh -c 'trap \"\" XFSZ; ulimit -f 100;"};  // 50 or 100 kB a file
    const auto tmpfs = "unshare -rm sh -c 'mount -t tmpfs -o size=100k none " + folder / "disk" + " && ";
    if (shell(tmpfs + "true'").code == 0) disks.push_back(tmpfs);
    for (std::size_t i = 0; i < disks.size(); ++i) {
        const auto saved = folder / ("saved" + std::to_string(i));
        const auto ended = on_small_disk(disks[i], folder / "disk", saved);
        INFO(disks[i] << "\n" << ended.output);
        CHECK(ended.code == 1);
        CHECK_THAT(ended.output, Catch::Contains("cannot write '" + folder / "disk/out/journal.jsonl") &&
                                     Catch::Contains("finished runs it holds are safe"));
        CHECK(lines(saved + "/journal.jsonl").size() > 50);
        REQUIRE(plain_study(many + "--out " + saved).code == 0);
        check_same(folder / "whole", saved);
        fs::remove_all(folder / "disk/out");
    }
}

TEST_CASE("a file system without locks is named, and --no-lock does without") {
    const Folder folder;
    const std::string there =
        "LD_PRELOAD=" STUDY_NO_LOCKS " PATH=/nowhere " + program + tiny + "--out " + folder / "out";
    const auto refused = shell(there);
    CHECK(refused.code == 2);
    CHECK_THAT(refused.output, Catch::Contains("has no locks") && Catch::Contains("--no-lock"));
    CHECK(shell(there + " --no-lock").code == 0);
    CHECK(shell("LD_PRELOAD=" STUDY_NO_LOCKS " PATH=/nowhere " + program + tiny + "--no-lock --merge --out " +
                folder / "out")
              .code == 0);
    CHECK(plain_study(tiny + "--out " + folder / "with").code == 0);
    CHECK(contents(folder / "out/fits.csv") == contents(folder / "with/fits.csv"));
}

}  // namespace resume_test
