#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <pstar/sweep/executor.hpp>

#include "common/cli/flags.hpp"

namespace study {

/// `mpi` if `mpirun` started this process beside others, else `threads`.
std::string usual_executor();

/// Whether this process answers mistakes on the command line: of several that `mpirun` started only the first.
bool speaks(const Flags& flags);

/// The threads and processes that share the runs out, as `--executor` and `--threads` say.
///
/// With `mpi` every process runs the same program; the root (rank 0) holds the sweep, the folder and the terminal, the
/// others run what it hands them. Ends MPI when it is destroyed, so it must outlive the work and see its exceptions.
class Workers {
public:
    /// Starts MPI if asked for. Throws `UsageError` if this program was built without it.
    Workers(const Flags& flags, int& argc, char**& argv);
    Workers(const Workers&) = delete;
    ~Workers();

    bool is_root() const;
    std::size_t processes() const;
    /// How many of `count` runs go on at a time, in all processes.
    std::size_t runs_at_once(std::size_t count) const;
    /// To be given to a sweep of so many runs, by every process.
    pstar::Executor executor(std::size_t runs) const;

    /// Calls `prepare` in every process. Where it throws on the root, the root throws and the others return false
    /// without a word; what it throws elsewhere alone is thrown there, with the rank.
    bool all_prepared(const std::function<void()>& prepare) const;

private:
    struct Ranks;
    std::unique_ptr<Ranks> ranks_;  ///< null without MPI
    std::size_t threads_;
    bool serial_;
};

}  // namespace study
