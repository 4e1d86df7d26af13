#include "common/run/workers.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <initializer_list>

#include <fmt/format.h>

#include "common/cli/program.hpp"
#include "common/cli/text.hpp"

#ifdef STUDY_HAS_MPI
#include <pstar/sweep/mpi.hpp>
#endif

namespace study {
namespace {

/// What `mpirun` of Open MPI, or of MPICH and its kin, tells the processes it starts.
std::size_t told(std::initializer_list<const char*> names, std::size_t otherwise) {
    for (const char* const name : names)
        if (const char* const text = std::getenv(name)) return pstar::parse_whole_number(text).value_or(otherwise);
    return otherwise;
}

}  // namespace

std::string usual_executor() {
    return told({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, 1) > 1 ? "mpi" : "threads";
}

bool speaks(const Flags& flags) {
    const auto executor = flags.executor.empty() ? usual_executor() : flags.executor;
    return executor != "mpi" || told({"OMPI_COMM_WORLD_RANK", "PMI_RANK"}, 0) == 0;
}

#ifdef STUDY_HAS_MPI

struct Workers::Ranks {
    Ranks(int& argc, char**& argv) : mpi(argc, argv) {}
    pstar::Mpi mpi;

    bool root_succeeds(bool here) const {
        int succeeds = here ? 1 : 0;
        MPI_Bcast(&succeeds, 1, MPI_INT, 0, MPI_COMM_WORLD);
        return succeeds == 1;
    }
};

#else

struct Workers::Ranks {
    Ranks(int&, char**&) {
        throw UsageError(
            "--executor mpi: this program was built without MPI; install it (Debian: libopenmpi-dev openmpi-bin), "
            "configure again with -DPSTAR_MPI=ON and rebuild");
    }
    struct {
        static bool is_root() { return true; }
        static int rank() { return 0; }
        static int size() { return 1; }
        static pstar::Executor executor(std::size_t) { return {}; }
    } mpi;
    static bool root_succeeds(bool here) { return here; }
};

#endif

Workers::Workers(const Flags& flags, int& argc, char**& argv)
    : ranks_(flags.executor == "mpi" ? std::make_unique<Ranks>(argc, argv) : nullptr),
      threads_(flags.threads),
      serial_(flags.executor == "serial") {
    if (threads_ == 0 && ranks_) threads_ = 1;
}
Workers::~Workers() = default;

bool Workers::is_root() const {
    return !ranks_ || ranks_->mpi.is_root();
}
std::size_t Workers::processes() const {
    return ranks_ ? static_cast<std::size_t>(ranks_->mpi.size()) : 1;
}

std::size_t Workers::runs_at_once(std::size_t count) const {
    if (serial_) return 1;
    if (ranks_) return std::min(processes() * threads_, count);
    return pstar::thread_count(threads_, count);
}

pstar::Executor Workers::executor(std::size_t runs) const {
    if (serial_) return pstar::run_serially;
    const auto threads = threads_ == 0 ? 0 : std::min(threads_, std::max<std::size_t>(1, runs));
    if (ranks_) return ranks_->mpi.executor(threads);
    return [threads](const pstar::Work& work) { pstar::run_on_threads(work, threads); };
}

bool Workers::all_prepared(const std::function<void()>& prepare) const {
    std::exception_ptr failure;
    std::string reason;
    try {
        prepare();
    } catch (const std::exception& error) {
        failure = std::current_exception();
        reason = error.what();
    }
    if (!ranks_) {
        if (failure) std::rethrow_exception(failure);
        return true;
    }
    const bool goes_on = ranks_->root_succeeds(!failure);
    if (is_root() && failure) std::rethrow_exception(failure);
    if (goes_on && failure) throw UsageError(fmt::format("process {}: {}", ranks_->mpi.rank(), reason));
    return goes_on;
}

}  // namespace study
