#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

#include <mpi.h>

#include <pstar/core/error.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/sweep/detail/mpi/messages.hpp>
#include <pstar/sweep/detail/mpi/round.hpp>
#include <pstar/sweep/detail/mpi/worker_pool.hpp>
#include <pstar/sweep/executor.hpp>

/// The runs of a sweep on several processes, on one host or many. Not part of <pstar/pstar.hpp>: it needs MPI, which
/// the CMake target `pstar::mpi` brings.
namespace pstar {

/// The processes (ranks) that `mpirun` started. Lives as long as `main`:
///
///     int main(int count, char** words) {
///         pstar::Mpi mpi(count, words);
///         try {
///             ...                             // on every rank: read the data
///             mpi.execute(work);              // on every rank: does its share of the runs
///             if (mpi.is_root()) ...          // write the results: only the root has them
///         } catch (const std::exception& error) { ... }
///     }
///
/// If an exception takes a rank past `execute`, the destructor tells the root, and the other ranks continue without it;
/// if that rank is the root, the destructor ends the work of all. Catch exceptions in `main`, as above: an exception
/// that nobody catches may not run destructors, and a rank that ends without them (`exit`, `abort`) ends all ranks. The
/// destructor waits for the other ranks, so print messages and write files before it.
class Mpi {
public:
    /// Starts MPI, unless the program has done so. Throws `std::invalid_argument` if this MPI does not allow other
    /// threads in the program (MPI_THREAD_FUNNELED).
    Mpi(int& count, char**& words) {
        int done = 0, level = 0;
        MPI_Initialized(&done);
        if (done == 0)
            MPI_Init_thread(&count, &words, MPI_THREAD_FUNNELED, &level);
        else
            MPI_Query_thread(&level);
        require(level >= MPI_THREAD_FUNNELED, "Mpi", "thread level", level, "be at least MPI_THREAD_FUNNELED");
        started_here_ = done == 0;
        messenger_.emplace();
        left_.assign(static_cast<std::size_t>(messenger_->size()), 0);
    }
    Mpi(const Mpi&) = delete;
    Mpi& operator=(const Mpi&) = delete;
    ~Mpi() {
        if (is_root())
            shut_down();
        else
            messenger_->send(0, next_tag(), {detail::Message::leaving});
        messenger_.reset();
        if (started_here_) MPI_Finalize();
    }

    /// The number of this process, from 0.
    int rank() const { return messenger_->rank(); }
    /// Number of processes.
    int size() const { return messenger_->size(); }
    /// Whether this is rank 0, which has the results.
    bool is_root() const { return rank() == 0; }

    /// Does the work on all ranks, `threads` runs at a time on this one, each with one BLAS thread. Every rank calls it
    /// in its main thread. `next` and `ended` are called on the root only, and may be empty on other ranks. Returns on
    /// the root when all runs have ended and every rank has been told so. Throws there what `next` or `ended` throw,
    /// and everywhere `std::invalid_argument` for 0 threads. A `run` that throws ends the program.
    ///
    /// The numbers are the same for any number of ranks and threads. `mpirun` binds a rank to one core by default; with
    /// several threads per rank, use `--map-by slot:PE=threads` or `--bind-to none`.
    void execute(const Work& work, std::size_t threads = 1) {
        require(threads >= 1, "Mpi::execute", "threads", threads, "be at least 1");
        const detail::BudgetScope one({1, true});
        tag_ = next_tag();
        if (is_root())
            detail::RootRound(work, *messenger_, tag_, threads, left_).work();
        else
            detail::serve(work, *messenger_, tag_, threads);
    }
    /// Gives runs to all ranks, `threads` at a time on each.
    Executor executor(std::size_t threads = 1) {
        return [this, threads](const Work& work) { execute(work, threads); };
    }

private:
    int next_tag() const { return tag_ % 32'000 + 1; }  // every MPI allows tags up to 32767

    /// Ends the slots of every rank, also of those that wait in a round that the root will never begin.
    void shut_down() {
        using detail::Message;
        auto here = std::count(left_.begin() + 1, left_.end(), 0);
        for (detail::Backoff backoff; here > 0;) {
            const auto message = messenger_->receive(detail::Messenger::any_tag);
            if (!message)
                std::this_thread::sleep_for(backoff.next());
            else if (message->kind == Message::leaving)
                --here;
            else
                for (auto slots = message->number; slots > 0; --slots)
                    messenger_->send(message->rank, message->tag, {Message::end});
        }
    }

    bool started_here_ = false;
    int tag_ = 0;  // number of the last round
    std::optional<detail::Messenger> messenger_;
    std::vector<char> left_ = {};  // on the root: left_[rank] says whether it has left for good
};

}  // namespace pstar
