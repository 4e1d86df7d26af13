#pragma once

#include <filesystem>
#include <string>

namespace bench {

/// What one compilation took: seconds of the processor, bytes of its largest process.
struct CompileCost {
    double seconds, bytes;
};

/// Compiles a source file with the compiler and the include folders of this program, C++20, at `level` (e.g. -O2), and
/// throws the object away. Throws `std::runtime_error` if it does not compile.
CompileCost compile(const std::filesystem::path& source, const std::string& level);

/// For the report.
std::string compiler_name();

}  // namespace bench
