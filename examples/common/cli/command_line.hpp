#pragma once

#include <optional>
#include <string>

#include "common/cli/flags.hpp"

namespace study {

/// What came of the command line: flags, or the code to end with at once (`--help` and mistakes have been answered).
struct Parsed {
    Flags flags;
    std::optional<int> exit_code;
};

/// Reads the command line over `defaults`. `description` and `example` are for `--help`. A mistake is answered on
/// stderr in one line, with code 2; of several processes that `mpirun` started only the first answers.
Parsed parse_flags(int argc, char** argv, const Flags& defaults, const std::string& description,
                   const std::string& example);

}  // namespace study
