#include "compile_time/compiler.hpp"

#include <cerrno>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

std::vector<std::string> command_for(const std::filesystem::path& source, const std::string& level) {
    std::vector<std::string> words{PSTAR_COMPILER, "-std=c++20", level, "-c", "-o", "/dev/null", source.string()};
    std::istringstream folders(PSTAR_INCLUDE_FOLDERS);
    for (std::string folder; std::getline(folders, folder, ':');)
        if (!folder.empty()) words.insert(words.end(), {"-isystem", folder});
    return words;
}

}  // namespace

CompileCost compile(const std::filesystem::path& source, const std::string& level) {
    auto words = command_for(source, level);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t id = 0;
    if (const int failure = posix_spawnp(&id, arguments[0], nullptr, nullptr, arguments.data(), environ); failure != 0)
        throw std::system_error(failure, std::generic_category(), "cannot start " PSTAR_COMPILER);
    int status = 0;
    rusage used{};
    while (wait4(id, &status, 0, &used) < 0 && errno == EINTR) {
    }
    if (status != 0) throw std::runtime_error(source.string() + " does not compile");
    return {seconds(used.ru_utime) + seconds(used.ru_stime), 1024 * static_cast<double>(used.ru_maxrss)};
}

std::string compiler_name() {
    return "Compiler: " PSTAR_COMPILER;
}

}  // namespace bench
