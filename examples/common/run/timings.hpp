#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "common/run/sweep_runs.hpp"

namespace study {

/// What the runs took, for the column `seconds` of later starts: a journal holds only what is the same each time.
///
/// A CSV file with a line a run, its key and the seconds, appended as runs end. It is a convenience: what cannot be
/// read or written is left out, and nothing else is lost by that.
class Timings {
public:
    Timings(const std::filesystem::path& path, const Grid& grid);
    Timings(const Timings&) = delete;
    ~Timings();

    void add(std::size_t index, double seconds) noexcept;
    /// Adds all lines of another such file.
    void add_all(const std::filesystem::path& other) noexcept;

private:
    void write(const std::string& text) noexcept;

    const Grid& grid_;
    int file_;
};

/// Gives the outcomes that came from a journal the seconds that stand in these files.
void fill_in_seconds(const Grid& grid, std::span<const std::filesystem::path> files, Outcomes& outcomes);

}  // namespace study
