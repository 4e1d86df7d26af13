#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

namespace bench {

/// What the numbers were measured on and with: {"processor", "vectors", "compiler", "blas", "core", "version"}.
/// `vectors` are the instructions this program was compiled for; `core` is the processor OpenBLAS took its kernels for.
nlohmann::json describe_machine();

/// How many processors this process may run on.
std::size_t available_cores();

/// Today's date, YYYY-MM-DD.
std::string today();

/// Keeps this process, and those it starts, on its first processor (`taskset -c N` chooses which). Returns the
/// processor's number.
int pin_to_one_core();

}  // namespace bench
