#pragma once

#include <string>

#include "harness/task.hpp"

namespace bench {

/// What a program that includes pstar takes to compile, by the compiler this one was compiled with: {"programs":
/// [{"name", "level", "seconds", "bytes", "goal"}], ...}. Seconds are the processor's, memory the largest process's.
/// With --quick pstar/pstar.hpp alone.
Result compile_time_task(const Setting& setting);

std::string compile_time_table(const Result& result);
/// Its line in the table of headlines: pstar/pstar.hpp, and how many goals are not met.
std::string compile_time_headline(const std::string& title, const Result& result);
/// The goals that are not met, an item of a Markdown list each.
std::string missed_compile_times(const Result& result);

}  // namespace bench
