#pragma once

#include <functional>
#include <stdexcept>
#include <string>

/// What every program has around its work: mistakes, errors, an output that cannot be written.
namespace study {

/// Runs a program's body and returns its exit code. What the user can put right (`UsageError`, `pstar::DataError`) is
/// answered in one line on stderr with code 2, any other exception with code 1.
int guarded_main(const std::string& program, const std::function<int()>& body);

/// What the exit codes mean, for `--help`.
std::string exit_codes();

/// A wrong flag or folder: the user can put it right. One line that says how; the program ends with code 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace study
