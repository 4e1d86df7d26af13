#pragma once

#include <filesystem>
#include <string>

#include "flags.hpp"

namespace study {

/// The folder of one study's results: `config.json` says what it holds, and only the same study may write it again.
///
/// `config.json` has `program`, `pstar` (the version), `state` (`running`, `partial` or `complete`), `command`,
/// `settings` (every flag that decides numbers, defaults spelt out), `threads`, and `machine` (compiler, BLAS,
/// processor, date). Two studies are the same when program, version and settings are.
class OutputFolder {
public:
    /// Claims the folder, making it if needed. Throws `UsageError`, having changed nothing, when it holds another study
    /// or results of unknown origin, or cannot be written.
    OutputFolder(std::string program, const Flags& flags);

    /// Where a file of that name goes.
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    /// The folder as an absolute path.
    const std::filesystem::path& path() const { return path_; }
    /// Whether it held all results of this very study already; an interrupted repeat leaves them alone.
    bool was_complete() const { return was_complete_; }
    /// Writes `config.json` with the given state.
    void set_state(const std::string& state) const;

private:
    std::string program_;
    Flags flags_;
    std::filesystem::path path_;
    bool was_complete_ = false;
};

/// The compiler, the BLAS and the processor this program was built and runs with; the date and time.
std::string compiler_description();
std::string processor_description();
std::string date_and_time();

}  // namespace study
