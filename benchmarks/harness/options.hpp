#pragma once

#include <string>
#include <string_view>

namespace bench {

/// What the benchmark program was asked for; the options as `usage` explains them.
struct Options {
    std::string task, core, data, readme, python = "/usr/bin/python3";
    bool quick = false, check = false;
    bool worker = false;  ///< do one part of the task in this process and print the result as JSON
};

extern const std::string_view usage;

/// Throws `std::invalid_argument`.
Options parse_options(int count, char** words);

}  // namespace bench
