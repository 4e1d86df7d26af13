#include <pstar/core/atomic_file.hpp>

#include <csignal>
#include <fstream>
#include <iterator>

#include <sys/resource.h>

#include "catch.hpp"

namespace atomic_file_test {

using namespace pstar;
namespace fs = std::filesystem;

namespace {

struct TemporaryFolder {
    fs::path path = fs::temp_directory_path() / ("pstar_atomic_file_" + std::to_string(::getpid()));
    TemporaryFolder() {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~TemporaryFolder() { fs::remove_all(path); }
    std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(path), fs::directory_iterator()); }
};

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a committed file holds what was written and leaves no temporary behind") {
    const TemporaryFolder folder;
    const std::string large(200'000, 'x');
    AtomicFile file(folder.path / "a.txt");
    file.write("one ");
    file.write(large);
    file.write("two", 3);
    CHECK(!fs::exists(folder.path / "a.txt"));
    file.commit();
    CHECK(contents(folder.path / "a.txt") == "one " + large + "two");
    CHECK(folder.files() == 1);
    CHECK_THROWS_AS(file.write("more"), std::logic_error);
}

TEST_CASE("a file that is not committed leaves the old contents alone") {
    const TemporaryFolder folder;
    std::ofstream(folder.path / "a.txt") << "old";
    {
        AtomicFile file(folder.path / "a.txt");
        file.write(std::string(100'000, 'x'));
        CHECK(folder.files() == 2);
    }
    CHECK(contents(folder.path / "a.txt") == "old");
    CHECK(folder.files() == 1);
}

TEST_CASE("two writers of one path do not mix: the last commit stands") {
    const TemporaryFolder folder;
    AtomicFile first(folder.path / "a.txt"), second(folder.path / "a.txt");
    first.write("first");
    second.write("second");
    second.commit();
    CHECK(contents(folder.path / "a.txt") == "second");
    first.commit();
    CHECK(contents(folder.path / "a.txt") == "first");
    CHECK(folder.files() == 1);
}

TEST_CASE("failures name the path and the reason") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(AtomicFile(folder.path / "absent" / "a.txt"),
                      Catch::Contains("absent/a.txt") && Catch::Contains("No such file or directory"));
    // A folder that is not empty cannot be replaced by a file.
    fs::create_directories(folder.path / "taken" / "inside");
    AtomicFile file(folder.path / "taken");
    file.write("x");
    CHECK_THROWS_WITH(file.commit(), Catch::Contains("taken") && Catch::Contains("directory"));
    CHECK(folder.files() == 1);
}

TEST_CASE("a write the system refuses throws, and nothing is left behind") {
    const TemporaryFolder folder;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{100'000, before.rlim_max};  // what a full disk does, at 100 kB: a short write, then an error
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::string message;
    try {
        AtomicFile file(folder.path / "a.txt");
        file.write(std::string(300'000, 'x'));
        file.commit();
    } catch (const std::system_error& error) {
        message = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK_THAT(message, Catch::Contains("cannot write") && Catch::Contains("a.txt") && Catch::Contains("too large"));
    CHECK(folder.files() == 0);
}

}  // namespace atomic_file_test
