#include "harness/process.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

namespace {

/// Two ends of a pipe, closed in children unless passed on by name.
std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "Process: pipe");
    return ends;
}

}  // namespace

Process::Process(const std::vector<std::string>& command) : name_(command.front()) {
    const auto to_child = make_pipe(), from_child = make_pipe();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int failure = posix_spawnp(&id_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(to_child[0]);
    close(from_child[1]);
    input_ = to_child[1];
    output_ = from_child[0];
    if (failure != 0) {
        close(input_);
        close(output_);
        throw std::system_error(failure, std::generic_category(), "Process: cannot start " + command.front());
    }
}

Process::~Process() {
    close(input_);
    close(output_);
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
}

void Process::send(const nlohmann::json& request) {
    const auto line = request.dump() + "\n";
    for (std::size_t sent = 0; sent < line.size();) {
        const auto count = write(input_, line.data() + sent, line.size() - sent);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) throw std::runtime_error(name_ + " has ended");
        sent += static_cast<std::size_t>(count);
    }
}

nlohmann::json Process::receive() {
    std::array<char, 4096> buffer;
    std::size_t end = 0;
    while ((end = pending_.find('\n')) == std::string::npos) {
        const auto count = read(output_, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) throw std::runtime_error(name_ + " ended without an answer");
        pending_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    auto answer = nlohmann::json::parse(pending_.substr(0, end));
    pending_.erase(0, end + 1);
    if (answer.is_object() && answer.contains("error")) throw std::runtime_error(answer["error"].get<std::string>());
    return answer;
}

}  // namespace bench
