#pragma once

#include <functional>
#include <stdexcept>
#include <string>

/// What every program has around its work: mistakes, errors, Ctrl-C.
namespace study {

/// Runs a program's body and returns its exit code. What the user can put right (`UsageError`, `pstar::DataError`) is
/// answered in one line on stderr with code 2, any other exception with code 1.
int guarded_main(const std::string& program, const std::function<int()>& body);

/// From now on Ctrl-C (SIGINT), SIGTERM and SIGUSR1 are noted instead of ending the program: runs in flight may finish.
/// A second one, half a second later or more, ends it at once.
void catch_interrupts();

/// Whether one has come.
bool interrupted();

/// A wrong flag or folder: the user can put it right. One line that says how; the program ends with code 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace study
