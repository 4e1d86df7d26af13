// What the world around a study may do to it: streams that are closed, a folder that is taken away, a clock that is set
// back, little memory, few files and threads, a rank that dies. Full disks, kills and locks are in resume_test.cpp.
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "catch.hpp"
#include "program.hpp"

namespace faults_test {

using namespace study_test;

namespace {

/// 300 runs of two or three milliseconds, and 6,000.
const std::string many = " --train 400 --test 100 --width 4,8,16 --strength 0:0.9:0.1 --epochs 2 ",
                  some = many + "--repeats 10 ", very_many = many + "--repeats 200 ";

/// A line of sh that waits until the journal of a folder has more than `runs` lines, at most 20 seconds.
std::string wait_for_runs(const std::string& out, std::size_t runs = 20) {
    return "i=0; until test \"$(cat " + out + "/journal.jsonl 2>/dev/null | wc -l)\" -gt " + std::to_string(runs) +
           " || test $i = 2000; do sleep 0.01; i=$((i + 1)); done; ";
}

std::string preloaded(const std::string& library) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return "ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=" + library + " ";
#else
    return "LD_PRELOAD=" + library + " ";
#endif
}

}  // namespace

TEST_CASE("started without standard streams, a study keeps what it prints out of its files") {
    const Folder folder;
    REQUIRE(plain_study(some + "--out " + folder / "whole").code == 0);
    for (const std::string closed : {">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
        INFO(closed);
        const auto ended = shell("(PATH=/nowhere exec " + program + some + "--out " + folder / "out " + closed + ")");
        CHECK(ended.code == 0);
        check_same(folder / "whole", folder / "out");
        CHECK(contents(folder / "whole/summary.csv") == contents(folder / "out/summary.csv"));
        fs::remove_all(folder / "out");
    }
}

TEST_CASE("an output that cannot be written is an error, and everything else is there") {
    const Folder folder;
    const auto ended = shell("(PATH=/nowhere exec " + program + tiny + "--out " + folder / "out" + " >/dev/full)");
    CHECK(ended.code == 1);
    CHECK_THAT(ended.output, Catch::Contains("cannot write to the standard output: No space left"));
    CHECK(fs::exists(folder / "out/report.html"));
    // What is said on stderr is for someone who may have left.
    CHECK(shell("(PATH=/nowhere exec " + program + tiny + "--out " + folder / "quiet" + " 2>/dev/full)").code == 0);
    check_same(folder / "out", folder / "quiet");
}

TEST_CASE("a terminal that closes is a soft stop, but for nohup") {
    const Folder folder;
    REQUIRE(plain_study(some + "--out " + folder / "whole").code == 0);
    const auto out = folder / "out";
    const auto hang_up = [&](const std::string& before) {
        return shell("(" + before + "PATH=/nowhere " + program + some + "--threads 1 --out " + out + " & " +
                     wait_for_runs(out) + "kill -HUP $!; wait $!)");
    };
    const auto stopped = hang_up("");
    INFO(stopped.output);
    CHECK(stopped.code == 130);
    CHECK_THAT(stopped.output, Catch::Contains("Interrupted: "));
    CHECK(contents(out + "/config.json").find("\"partial\"") != std::string::npos);
    CHECK(hang_up("trap '' HUP; ").code == 0);
    check_same(folder / "whole", out);
}

TEST_CASE("more threads than runs are as many as runs") {
    const Folder folder;
    const auto ended = plain_study(tiny + "--threads 100000 --out " + folder / "out");
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK_THAT(ended.output, Catch::Contains("12 runs at once"));
}

TEST_CASE("a folder that is removed ends the study with a sentence") {
    const Folder folder;
    const auto out = folder / "out";
    const auto ended = shell("(PATH=/nowhere " + program + very_many + "--threads 1 --out " + out + " & " +
                             wait_for_runs(out) + "rm -r " + out + "; wait $!)");
    INFO(ended.output);
    CHECK(ended.code == 1);
    CHECK_THAT(ended.output, Catch::Contains("cannot go on with the removed file '" + out + "/journal.jsonl'") &&
                                 Catch::Contains("the same command starts again"));
    CHECK(!fs::exists(out));
}

TEST_CASE("runs of a journal that is removed are saved, and go on under its name") {
    const Folder folder;
    const auto out = folder / "out", journal = out + "/journal.jsonl";
    const auto ended = shell("(PATH=/nowhere " + program + very_many + "--threads 1 --out " + out + " & " +
                             wait_for_runs(out) + "rm " + journal + "; wait $!)");
    INFO(ended.output);
    CHECK(ended.code == 1);
    CHECK_THAT(ended.output,
               Catch::Contains("saved in '" + journal + ".saved'") && Catch::Contains("Give them its name again"));
    fs::rename(journal + ".saved", journal);
    const auto again = plain_study(very_many + "--dry-run --out " + out);
    INFO(again.output);
    CHECK(again.code == 0);
    CHECK_THAT(again.output, !Catch::Contains("0 of them are done"));
}

TEST_CASE("a clock that is set back changes no number") {
    const Folder folder;
    REQUIRE(plain_study(some + "--out " + folder / "whole").code == 0);
    const auto there = preloaded(STUDY_CLOCK_BACK) + "PATH=/nowhere ";
    const auto half = shell(there + program + some + "--shard 1/2 --out " + folder / "out");
    INFO(half.output);
    REQUIRE(half.code == 0);
    const auto ended = shell(there + program + some + "--out " + folder / "out");
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK(timeless_runs(folder / "whole/runs.csv") == timeless_runs(folder / "out/runs.csv"));
    CHECK(contents(folder / "whole/fits.csv") == contents(folder / "out/fits.csv"));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which need terabytes of addresses

TEST_CASE("a network that does not fit the memory is a sentence, smaller ones run") {
    const Folder folder;
    const std::string little = "(ulimit -v 900000; OPENBLAS_NUM_THREADS=1 PATH=/nowhere exec " + program +
                               " --train 200 --test 100 --strength 0,0.5 --depth 2 --epochs 1 --repeats 1 --threads 2 ";
    const auto large = shell(little + "--width 16384 --out " + folder / "large)");  // 16384^2 floats are 1 GiB
    CHECK(large.code == 1);
    CHECK_THAT(large.output, Catch::Contains("not enough memory"));
    const auto small = shell(little + "--width 8 --out " + folder / "small)");
    INFO(small.output);
    CHECK(small.code == 0);
}

TEST_CASE("a BLAS whose threads cannot have their memory is named, and does not wait for ever") {
    const Folder folder;
    REQUIRE(plain_study(tiny + "--out " + folder / "any").code == 0);
    if (contents(folder / "any/config.json").find("OpenBLAS") == std::string::npos) return;
    if (std::thread::hardware_concurrency() < 2) return;
    const auto ended =
        shell("(ulimit -v 150000; OPENBLAS_NUM_THREADS=2 exec " + program + tiny + "--out " + folder / "out" + ")");
    CHECK(ended.code == 2);
    CHECK_THAT(ended.output, Catch::Contains("OPENBLAS_NUM_THREADS=1"));
}

#endif

TEST_CASE("too few files to open are a sentence, and the finished runs stay") {
    const Folder folder;
    REQUIRE(plain_study(some + "--out " + folder / "whole").code == 0);
    bool refused = false, done = false;
    for (int files = 4; files <= 64 && !done; ++files) {
        const auto ended = shell("(ulimit -n " + std::to_string(files) + "; PATH=/nowhere exec " + program + some +
                                 "--out " + folder / "out" + ")");
        INFO(files << " files: " << ended.output);
        done = ended.code == 0;
        if (done || ended.code == 127) continue;  // not even the program's libraries could be opened
        REQUIRE((ended.code == 1 || ended.code == 2));
        CHECK_THAT(ended.output, Catch::Contains("Too many open files"));
        refused = true;
    }
    CHECK(refused);
    CHECK(done);
    check_same(folder / "whole", folder / "out");
}

TEST_CASE("too few threads are a sentence, and one is enough") {
    const Folder folder;
    const auto with = [&](int allowed, int threads) {
        return shell(preloaded(STUDY_NO_THREADS) +
                     "OPENBLAS_NUM_THREADS=1 PATH=/nowhere PSTAR_THREADS=" + std::to_string(allowed) + " " + program +
                     tiny + "--threads " + std::to_string(threads) + " --out " + folder / "out");
    };
    const auto none = with(0, 1);  // not even the journal's own
    CHECK(none.code == 1);
    CHECK_THAT(none.output, Catch::Contains("Journal: cannot begin the thread that flushes it"));
    for (int allowed = 1; allowed <= 3; ++allowed) {
        const auto few = with(allowed, 4);
        INFO(few.output);
        CHECK(few.code == 1);
        CHECK_THAT(few.output, Catch::Contains("cannot begin 4 threads; ask for fewer"));
    }
    const auto one = with(1, 1);
    INFO(one.output);
    CHECK(one.code == 0);
}

#ifdef STUDY_MPIRUN

TEST_CASE("ranks killed at random moments end the job, and the same command goes on") {
    const Folder folder;
    // 6,000 runs: Open MPI needs a moment, a thousand runs, to end the other ranks.
    REQUIRE(plain_study(very_many + "--out " + folder / "whole").code == 0);
    const auto out = folder / "out", journal = out + "/journal.jsonl";
    const auto on_ranks = [&](const std::string& before) {
        return shell("OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " STUDY_MPIRUN
                     " --oversubscribe -n 3 sh -c '" +
                     before + "export PATH=" + "/nowhere; exec " + program + very_many + "--out " + out + "'");
    };
    std::mt19937 random(2);
    std::uniform_int_distribution<std::size_t> runs(0, 40);
    for (const int victim : {0, 1, 0, 2}) {  // 0 has the journal, the others only run
        const auto had = lines(journal).size();
        const auto ended = on_ranks("if test \"${OMPI_COMM_WORLD_RANK:-$PMI_RANK}\" = " + std::to_string(victim) +
                                    "; then (" + wait_for_runs(out, had + runs(random)) + "kill -9 $$) & fi; ");
        INFO(ended.output);
        CHECK(ended.code != 0);
        CHECK(lines(journal).size() > had);
    }
    const auto again = on_ranks("");
    INFO(again.output);
    CHECK(again.code == 0);
    CHECK_THAT(again.output, Catch::Contains(" of 6000 runs are in"));
    check_same(folder / "whole", out);
}

#endif

}  // namespace faults_test
