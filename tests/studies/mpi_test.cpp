// The study on several processes.
#include <cstdlib>
#include <string>

#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"
#include "program.hpp"

namespace mpi_test {

using namespace study_test;

#ifdef STUDY_MPIRUN

namespace {

Ended ranks(int count, const std::string& flags) {
    return shell("OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " STUDY_MPIRUN " --oversubscribe -n " +
                 std::to_string(count) + " env PATH=/nowhere " + program + " " + flags);
}

std::size_t occurrences(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("one, two and four processes come to the same results") {
    const Folder folder;
    const std::string some = " --train 300 --test 100 --width 4,8 --strength 0:1:0.2 --epochs 2 --repeats 4 ";
    REQUIRE(plain_study(some + "--executor serial --out " + folder / "serial").code == 0);
    for (const int count : {1, 2, 4}) {
        const auto out = folder / std::to_string(count);
        const auto ended = ranks(count, some + "--executor mpi --out " + out);
        INFO(ended.output);
        REQUIRE(ended.code == 0);
        CHECK(occurrences(ended.output, "Report: ") == 1);
        check_same(folder / "serial", out);
    }
    const auto again = ranks(2, some + "--threads 2 --out " + folder / "4");  // mpi is what mpirun means
    INFO(again.output);
    CHECK(again.code == 0);
    CHECK_THAT(again.output, Catch::Contains("4 runs at once") && Catch::Contains("48 of 48 runs are in"));
}

TEST_CASE("adaptive repeats on two processes are those of one") {
    const Folder folder;
    const std::string adaptive =
        " --train 400 --test 100 --width 4,16 --strength 0,0.5,0.8,1 --epochs 4 --batch-size 16 --learning-rate 0.005 "
        "--repeats 4:12 --until-stderr 0.015 ";
    REQUIRE(plain_study(adaptive + "--executor serial --out " + folder / "one").code == 0);
    REQUIRE(ranks(2, adaptive + "--out " + folder / "two").code == 0);
    check_same(folder / "one", folder / "two");
}

TEST_CASE("what the root refuses ends all processes with one message") {
    const Folder folder;
    REQUIRE(plain_study(tiny + "--out " + folder / "out").code == 0);
    const auto other = ranks(3, tiny + "--seed 2 --out " + folder / "out");
    CHECK(other.code == 2);
    CHECK(occurrences(other.output, "another configuration") == 1);
    const auto mistake = ranks(3, "--widht 3 --out " + folder / "new");
    CHECK(mistake.code == 2);
    CHECK(occurrences(mistake.output, "--widht") == 1);
    const auto data = ranks(3, "--data " + folder / "nowhere" + " --out " + folder / "new");
    CHECK(data.code == 2);
    CHECK(occurrences(data.output, "not a directory") == 1);
    CHECK(!fs::exists(folder / "new"));
}

#else

TEST_CASE("without MPI, asking for it says how to get it") {
    const Folder folder;
    const auto ended = study(tiny + "--executor mpi --out " + folder / "out");
    CHECK(ended.code == 2);
    CHECK_THAT(ended.output, Catch::Contains("PSTAR_MPI"));
    CHECK(!fs::exists(folder / "out"));
    const auto started =
        shell("OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 " + program + tiny + "--out " + folder / "out");
    CHECK(started.code == 2);
}

#endif

}  // namespace mpi_test
