#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

#include <mpi.h>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/sweep/detail/mpi/messages.hpp>
#include <pstar/sweep/detail/mpi/round.hpp>
#include <pstar/sweep/detail/mpi/worker_pool.hpp>
#include <pstar/sweep/executor.hpp>

/// The runs of a sweep on several processes, of one machine or many. Not part of <pstar/pstar.hpp>: it needs MPI, which
/// the CMake target `pstar::mpi` brings.
namespace pstar {

/// The processes that `mpirun` started, from the first line of `main` to its last:
///
///     int main(int count, char** words) {
///         pstar::Mpi mpi(count, words);
///         try {
///             ...                             // on every rank: read the data
///             mpi.execute(work);              // on every rank: its share of the runs
///             if (mpi.is_root()) ...          // write the results: only here work.next and work.ended were called
///         } catch (const std::exception& error) { ... }
///     }
///
/// A rank that cannot take part, because an exception takes it past `execute`, says so when the object is destroyed,
/// and the others go on; if it is the root, the others are let go. Catch the exception in `main`: without, the stack
/// may not be unwound, and a rank that just ends (`exit`, `abort`) ends all. The destructor waits for the other ranks,
/// so say what went wrong, and write what is to be written, before it.
class Mpi {
public:
    /// Starts MPI, unless the program has done so. Throws `std::invalid_argument` if its MPI bears no second thread.
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

    int rank() const { return messenger_->rank(); }
    int size() const { return messenger_->size(); }
    bool is_root() const { return rank() == 0; }

    /// Does the work on all ranks, `threads` runs at a time on this one, each with the BLAS at one thread. Every rank
    /// calls it, in its main thread; `next` and `ended` are called on the root alone, and elsewhere may be empty.
    /// Returns on the root when all that was begun has ended and every rank has been let go. Throws there what `next`
    /// or `ended` throw, and `std::invalid_argument` for 0 threads; a `run` that throws ends the program.
    ///
    /// All numbers are the same for any number of ranks and threads. `mpirun` binds a rank to one core unless told
    /// otherwise: with more threads, `--map-by slot:PE=threads` or `--bind-to none`.
    void execute(const Work& work, std::size_t threads = 1) {
        require(threads >= 1, "Mpi::execute", "threads", threads, "be at least 1");
        const BlasThreads one_per_run(1);
        tag_ = next_tag();
        if (is_root())
            detail::RootRound(work, *messenger_, tag_, threads, left_).work();
        else
            detail::serve(work, *messenger_, tag_, threads);
    }
    Executor executor(std::size_t threads = 1) {
        return [this, threads](const Work& work) { execute(work, threads); };
    }

private:
    int next_tag() const { return tag_ % 32'000 + 1; }  // every MPI allows these

    /// Lets every rank go, also those that wait in a round that the root will never begin.
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
    int tag_ = 0;  // of the last round
    std::optional<detail::Messenger> messenger_;
    std::vector<char> left_ = {};  // on the root, by rank: takes part no more
};

}  // namespace pstar
