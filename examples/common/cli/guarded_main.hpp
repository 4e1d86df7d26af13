#pragma once

#include <functional>
#include <string>

namespace study {

/// Runs a program's body and returns its exit code. What the user can put right (`UsageError`, `pstar::DataError`) is
/// answered in one line on stderr with code 2, any other exception with code 1.
int guarded_main(const std::string& program, const std::function<int()>& body);

}  // namespace study
