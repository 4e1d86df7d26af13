#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "common/cli/flags.hpp"

namespace study {

/// The folder of one study's results: `config.json` says what it holds, and only the same study may write it again.
///
/// `config.json` has `program`, `pstar` (the version), `state` (`running`, `partial` or `complete`), `command`,
/// `settings` (every flag that decides numbers, defaults spelt out), `threads`, and `machine` (compiler, BLAS,
/// processor, date). Two studies are the same when program, version and settings are.
class OutputFolder {
public:
    /// What the folder holds the results of.
    struct Origin {
        std::string program;
        std::vector<Setting> settings;  ///< that decide numbers
        std::string command;            ///< that repeats it
        std::string out;                ///< the folder
        std::size_t threads = 0;
    };

    /// Looks, and changes nothing. Throws `UsageError` when the folder holds another study or results of unknown
    /// origin.
    explicit OutputFolder(Origin origin);
    OutputFolder(const std::string& program, const Flags& flags);

    /// Makes the folder if needed. Throws `UsageError` when it cannot be made or written.
    void make() const;

    /// Where a file of that name goes.
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    /// The folder as an absolute path.
    const std::filesystem::path& path() const { return path_; }
    /// Whether it held all results of this very study already.
    bool was_complete() const { return was_complete_; }
    /// Writes `config.json` with the given state. A folder that was complete stays so.
    void set_state(const std::string& state) const;

private:
    Origin origin_;
    std::filesystem::path path_;
    bool was_complete_ = false;
};

/// The compiler, the BLAS and the processor this program was built and runs with; the date and time.
std::string compiler_description();
std::string processor_description();
std::string date_and_time();

}  // namespace study
