#include "harness/profile.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

namespace {

constexpr std::size_t shown = 3;
constexpr double least_percent = 4;

/// perf watching this process into `data` as long as the object lives.
class Watch {
public:
    explicit Watch(const std::filesystem::path& data) {
        std::array<std::string, 9> words{
            "perf", "record", "-q", "-F", "997", "-o", data, "-p", std::to_string(getpid())};
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
        if (posix_spawnp(&id_, "perf", &actions, nullptr, arguments.data(), environ) != 0) id_ = 0;
        posix_spawn_file_actions_destroy(&actions);
        std::this_thread::sleep_for(std::chrono::milliseconds(300));  // until it has attached itself
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
        if (id_ == 0) return;
        kill(id_, SIGINT);
        int status = 0;
        waitpid(id_, &status, 0);
    }

private:
    pid_t id_ = 0;
};

/// perf's report, the largest shares first.
std::map<double, std::string, std::greater<>> shares(const std::filesystem::path& data) {
    std::map<std::string, double> of_function;
    const auto command = "perf report -q --stdio --no-children -s dso,symbol -i '" + data.string() + "' 2>/dev/null";
    std::FILE* pipe = popen(command.c_str(), "r");
    if (!pipe) return {};
    for (std::array<char, 4096> line; std::fgets(line.data(), line.size(), pipe);)
        if (const auto [percent, function] = parse_profile_line(line.data()); percent > 0)
            of_function[function] += percent;
    pclose(pipe);
    std::map<double, std::string, std::greater<>> sorted;
    for (const auto& [function, percent] : of_function) sorted.emplace(percent, function);
    return sorted;
}

}  // namespace

ProfileLine parse_profile_line(const std::string& line) {
    std::istringstream words(line);
    std::string share, object, kind, name;
    if (!(words >> share >> object >> kind) || !share.ends_with('%')) return {0, ""};
    const double percent = std::strtod(share.c_str(), nullptr);
    std::getline(words >> std::ws, name);
    name.erase(name.find_last_not_of("- \n") + 1);         // perf ends the line with two empty columns, "-  -"
    if (name.starts_with("0x")) return {percent, object};  // a library without symbols
    const std::string unnamed = "(anonymous namespace)::";
    if (const auto at = name.find(unnamed); at != std::string::npos) name.erase(at, unnamed.size());
    // Without template arguments and parameters; then without the spaces before it.
    std::string plain;
    int depth = 0;
    for (const char c : name) {
        if (c == '<') ++depth;
        if (depth == 0 && c == '(') break;
        if (depth == 0) plain += c;
        if (c == '>') --depth;
    }
    plain.erase(plain.find_last_not_of(' ') + 1);
    plain.erase(0, plain.find_last_of(' ') + 1);  // the type it returns
    for (const std::string space : {"bench::", "pstar::", "detail::", "primitive::"})
        if (plain.starts_with(space)) plain.erase(0, space.size());
    return {percent, plain.empty() ? name : plain};
}

std::string profile_of(const std::function<void()>& work, const std::filesystem::path& scratch) {
    if (std::system("command -v perf >/dev/null") != 0) return "";
    const auto data = scratch / "perf.data";
    std::filesystem::remove(data);
    {
        const Watch watch(data);
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        while (std::chrono::steady_clock::now() < end) work();
    }
    std::ostringstream text;
    std::size_t count = 0;
    for (const auto& [percent, function] : shares(data)) {
        if (count == shown || percent < least_percent) break;
        text << (count++ ? ", " : "") << std::lround(percent) << "% " << function;
    }
    return text.str();
}

}  // namespace bench
