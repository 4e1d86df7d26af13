#pragma once

// The study program, driven from outside.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"

namespace study_test {

namespace fs = std::filesystem;

/// A folder of its own for a test, removed at the end.
class Folder {
public:
    Folder()
        : path_(fs::temp_directory_path() /
                ("pstar_study_" + std::to_string(::getpid()) + "_" + std::to_string(++count_))) {
        fs::create_directories(path_);
    }
    Folder(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

private:
    static inline int count_ = 0;
    fs::path path_;
};

struct Ended {
    int code;
    std::string output;  ///< stdout and stderr together
};

inline Ended shell(const std::string& command) {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    for (int letter; (letter = std::fgetc(pipe)) != EOF;) output += static_cast<char>(letter);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

inline const std::string program = STUDY_PROGRAM;
/// 12 runs of about a millisecond.
inline const std::string tiny = " --train 200 --test 100 --width 4,8 --strength 0,0.5,1 --epochs 1 --repeats 2 ";

inline Ended study(const std::string& flags) {
    return shell(program + " " + flags);
}
/// Where the figures do not matter: as if there were no gnuplot.
inline Ended plain_study(const std::string& flags) {
    return shell("PATH=/nowhere " + program + " " + flags);
}

/// The plain study in the background, with no output.
class Background {
public:
    explicit Background(const std::string& flags) : process_(::fork()) {
        if (process_ != 0) return;
        const int nowhere = ::open("/dev/null", O_RDWR);
        for (const int stream : {0, 1, 2}) ::dup2(nowhere, stream);
        const auto command = "PATH=/nowhere exec " + program + " " + flags;
        ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
        ::_exit(127);
    }
    Background(const Background&) = delete;
    ~Background() {
        if (is_running()) end(SIGKILL);
    }
    bool is_running() { return !ended_ && !(ended_ = ::waitpid(process_, &status_, WNOHANG) == process_); }
    void send(int signal) const { ::kill(process_, signal); }
    /// Sends the signal and returns the status of the process, as `waitpid` gives it.
    int end(int signal) {
        if (!ended_) {
            send(signal);
            ::waitpid(process_, &status_, 0);
            ended_ = true;
        }
        return status_;
    }

private:
    pid_t process_;
    int status_ = 0;
    bool ended_ = false;
};

/// Waits for something that is sure to come, up to 20 seconds.
template <class Condition>
bool wait_for(const Condition& condition) {
    for (int i = 0; i < 4000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

inline std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> lines(const fs::path& path) {
    std::ifstream file(path);
    std::vector<std::string> result;
    for (std::string line; std::getline(file, line);) result.push_back(line);
    return result;
}

/// A new folder with the first lines of another's journal, as if the study had been killed then.
inline void begin_with(const std::string& folder, const std::vector<std::string>& journal, std::size_t kept) {
    fs::create_directory(folder);
    std::ofstream file(folder + "/journal.jsonl");
    for (std::size_t i = 0; i < kept; ++i) file << journal[i] << '\n';
}

/// runs.csv without its last column, the seconds.
inline std::vector<std::string> timeless_runs(const fs::path& path) {
    auto result = lines(path);
    for (auto& line : result) line.erase(line.rfind(','));
    return result;
}

inline std::vector<std::string> sorted_lines(const fs::path& path) {
    auto result = lines(path);
    std::sort(result.begin(), result.end());
    return result;
}

/// Checks that two folders hold the same study: the same runs in the journal, the same tables.
inline void check_same(const std::string& one, const std::string& other) {
    INFO(one << " and " << other);
    CHECK(!sorted_lines(one + "/journal.jsonl").empty());
    CHECK(sorted_lines(one + "/journal.jsonl") == sorted_lines(other + "/journal.jsonl"));
    CHECK(timeless_runs(one + "/runs.csv") == timeless_runs(other + "/runs.csv"));
    CHECK(contents(one + "/summary.csv") == contents(other + "/summary.csv"));
    CHECK(contents(one + "/fits.csv") == contents(other + "/fits.csv"));
}

}  // namespace study_test
