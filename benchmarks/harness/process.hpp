#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include <nlohmann/json.hpp>

namespace bench {

/// A child process that speaks JSON lines: it answers each line on its standard input with one on its standard output.
/// Its standard error is ours. It stays alive between questions, so that its start is never timed.
class Process {
public:
    /// Starts `command` (program, arguments), found on the PATH, with our environment. Throws `std::system_error`.
    explicit Process(const std::vector<std::string>& command);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    /// Ends its input and waits for it to leave.
    ~Process();

    /// Sends one line.
    void send(const nlohmann::json& request);
    /// Waits for one line. Throws `std::runtime_error` if the process has ended instead, or answers {"error": text}.
    nlohmann::json receive();
    nlohmann::json ask(const nlohmann::json& request) {
        send(request);
        return receive();
    }

private:
    std::string name_;
    pid_t id_ = 0;
    int input_ = -1, output_ = -1;  // our ends of its standard input and output
    std::string pending_;           // read, but not yet a whole line
};

}  // namespace bench
