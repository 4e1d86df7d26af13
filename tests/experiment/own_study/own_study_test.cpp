// A study with a corruption and a network of your own: killed, resumed, on threads and on processes, the same numbers.
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <pstar/io/csv_reader.hpp>

#include "catch.hpp"

namespace {

namespace fs = std::filesystem;

class Folder {
public:
    explicit Folder(const std::string& name)
        : path_(fs::temp_directory_path() / ("pstar_own_study_" + std::to_string(::getpid()) + "_" + name)) {
        fs::create_directories(path_);
    }
    Folder(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

int shell(const std::string& command) {
    const int status = std::system((command + " > /dev/null 2>&1").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// runs.csv without its last column, the seconds.
std::string runs(const Folder& folder) {
    std::ifstream file(folder.path() / "runs.csv");
    std::string all;
    for (std::string line; std::getline(file, line);) all += line.substr(0, line.rfind(',')) + "\n";
    return all;
}

std::size_t lines(const fs::path& path) {
    std::ifstream file(path);
    std::size_t count = 0;
    for (std::string line; std::getline(file, line);) ++count;
    return count;
}

/// Starts the study and kills it when its journal has that many lines; whether it was still running then.
bool start_and_kill(const Folder& folder, std::size_t at_lines) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl(OWN_STUDY, OWN_STUDY, folder.path().c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    int status = 0;
    while (lines(folder.path() / "journal.jsonl") < at_lines) {
        if (::waitpid(child, &status, WNOHANG) == child) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status);
}

}  // namespace

TEST_CASE("an own study is the same killed and resumed, and on several processes") {
    const Folder whole("whole"), killed("killed");
    const std::string program = OWN_STUDY;
    REQUIRE(shell(program + " " + whole.path().string()) == 0);
    REQUIRE(lines(whole.path() / "runs.csv") == 1 + 30);
    const auto table = pstar::read_csv(whole.path() / "runs.csv");
    CHECK(table.column("corruption_mode")[0] == "occlusion");
    CHECK(table.column("model_type")[29] == "residual");
    CHECK(table.numbers("strength")[3] == 8);

    CHECK(start_and_kill(killed, 4));
    CHECK(start_and_kill(killed, 12));
    CHECK(!fs::exists(killed.path() / "runs.csv"));
    REQUIRE(shell(program + " " + killed.path().string()) == 0);
    CHECK(runs(killed) == runs(whole));

#ifdef OWN_STUDY_MPIRUN
    const Folder processes("processes");
    REQUIRE(shell("OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " OWN_STUDY_MPIRUN
                  " --oversubscribe -n 3 " +
                  program + " " + processes.path().string() + " mpi") == 0);
    CHECK(runs(processes) == runs(whole));
#endif
}
