#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <pstar/sweep/journal.hpp>

#include "common/cli/flags.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/sweep_runs.hpp"
#include "common/run/timings.hpp"
#include "common/run/workers.hpp"

namespace study {

/// The runs of a study and the folder that keeps them: the journal they are found in again, and what they took.
class StoredRuns {
public:
    /// Claims the folder, opens its journal, or that of the part that `--shard` names, and takes over the journals of
    /// parts, or those that `--merge` names. Says on stderr what it found. Refers to `flags` and `data`, which must
    /// outlive it. Throws `UsageError` or `pstar::DataError`, having changed no result, if the folder or a journal
    /// holds another study or is in use.
    StoredRuns(const std::string& program, const Flags& flags, const pstar::TrainTest& data);

    /// Does the runs that are missing. Throws `std::runtime_error` if the journal cannot be written; what it holds is
    /// safe.
    Outcomes run(const Workers& workers);
    /// What there is, and how many runs are missing.
    Collected collect();

    const OutputFolder& folder() const { return out_; }
    const std::filesystem::path& journal() const { return journal_.path(); }
    const Grid& grid() const { return grid_; }

private:
    OutputFolder claimed(const std::string& program) const;
    void take_over(std::vector<std::filesystem::path> others);
    std::size_t records() const;

    const Flags& flags_;
    const pstar::TrainTest& data_;
    Grid grid_;
    OutputFolder out_;
    pstar::Journal journal_;
    Timings timings_;
};

/// The command that was typed, to be typed again: without the flags left out, with others at the end; with `mpirun` if
/// it was started so.
std::string typed_again(const Flags& flags, const Workers& workers, const std::vector<std::string>& without = {},
                        const std::vector<std::string>& with = {});

}  // namespace study
