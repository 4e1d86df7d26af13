#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <pstar/sweep/run_store.hpp>

#include "common/cli/flags.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/sweep_runs.hpp"
#include "common/run/workers.hpp"

namespace study {

/// The run store of a study, as its flags describe it.
class StoredRuns {
public:
    /// Claims the folder, opens its journal, or that of the part that `--shard` names, and takes over the journals of
    /// parts, or those that `--merge` names. Says on stderr what it found. Refers to `flags` and `runs`, which must
    /// outlive it. Throws `UsageError` if `--merge` names no journal, `pstar::DataError` if the folder or a
    /// journal holds another study or is in use; no result has been changed then.
    StoredRuns(const std::string& program, const Flags& flags, StudyRuns& runs);

    /// Does the runs that are missing. Throws `std::runtime_error` if the journal cannot be written; the runs that it
    /// has are safe.
    void run(const Workers& workers);
    /// Takes what there is; returns how many runs are missing.
    std::size_t collect();

    const OutputFolder& folder() const { return store_.folder(); }
    const std::filesystem::path& journal() const { return store_.journal().path(); }
    const Grid& grid() const { return store_.grid(); }

private:
    const Flags& flags_;
    StudyRuns& runs_;
    Store store_;
};

/// The command that was typed, to be typed again: without the flags left out, with others at the end; with `mpirun` if
/// it was started so.
std::string typed_again(const Flags& flags, const Workers& workers, const std::vector<std::string>& without = {},
                        const std::vector<std::string>& with = {});

}  // namespace study
