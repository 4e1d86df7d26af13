#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <string>

#include <pstar/core/threads.hpp>

/// Where the runs of a sweep are done: in this thread, in several threads, or (sweep/mpi.hpp) in several processes.
namespace pstar {

/// What to do next: a run; wait until another run has ended, since more runs may follow from it; or end.
struct Turn {
    /// A run to do, nothing to do yet, or nothing any more.
    enum Kind { run, wait, end } kind;
    std::size_t index = 0;  ///< of the run
};

/// Work for an executor. `run` may be called for several runs at the same time, in any thread of any process. `next`
/// and `ended` are called one at a time, in the process that has the sweep.
struct Work {
    std::function<Turn()> next;
    /// Does a run and returns its outcome as text. Only this text is passed between threads and processes, so that
    /// every executor gives the same numbers. Must not throw: a failure is part of the text.
    std::function<std::string(std::size_t index)> run;
    std::function<void(std::size_t index, const std::string& text)> ended;
};

/// Does the work. Returns when `next` has said `end` and all runs have ended. If `next` or `ended` throws, no other run
/// is begun, and the exception passes on when the runs in flight have ended.
using Executor = std::function<void(const Work&)>;

/// One run after the other, in the calling thread, on one core.
inline void run_serially(const Work& work) {
    const detail::BudgetScope one({1, true});
    for (auto turn = work.next(); turn.kind == Turn::run; turn = work.next())
        work.ended(turn.index, work.run(turn.index));
}

/// Runs nothing: counts in `missing` the runs that are due now. For adaptive repeats more may follow from their
/// results.
inline Executor count_missing(std::size_t& missing) {
    return [&missing](const Work& work) {
        for (missing = 0; work.next().kind == Turn::run;) ++missing;
    };
}

/// The number of runs at a time: `threads`, or `available_cores()` if that is 0; at least 1, at most `runs`.
inline std::size_t thread_count(std::size_t threads, std::size_t runs) {
    return std::max<std::size_t>(1, std::min(threads == 0 ? available_cores() : threads, runs));
}

namespace detail {

/// Gives the turns of one `Work` to several threads.
class Turns {
public:
    explicit Turns(const Work& work) : work_(work) {}

    /// Takes turns until the end. Called by every thread.
    void take() noexcept {
        std::unique_lock lock(one_at_a_time_);
        try {
            while (!failure_) {
                const auto turn = work_.next();
                if (turn.kind == Turn::end) break;
                if (turn.kind == Turn::wait) {
                    changed_.wait(lock);
                    continue;
                }
                lock.unlock();
                const auto text = work_.run(turn.index);
                lock.lock();
                if (!failure_) work_.ended(turn.index, text);
                changed_.notify_all();
            }
        } catch (...) {
            if (!lock.owns_lock()) lock.lock();
            failure_ = std::current_exception();
        }
        changed_.notify_all();
    }
    void rethrow() {
        const std::scoped_lock lock(one_at_a_time_);
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    const Work& work_;
    std::mutex one_at_a_time_;
    std::condition_variable changed_;
    std::exception_ptr failure_;
};

}  // namespace detail

/// `threads` runs at a time (0: `available_cores()`), each on one core. The next run goes to the first free thread.
/// Throws `std::system_error` where this process cannot have so many threads.
inline void run_on_threads(const Work& work, std::size_t threads = 0) {
    threads = thread_count(threads, std::numeric_limits<std::size_t>::max());
    if (threads == 1) return run_serially(work);
    detail::Turns turns(work);
    const auto take_turns = [&] {
        detail::run_parts(threads, detail::CallableView<std::size_t>([&](std::size_t) { turns.take(); }));
    };
    detail::run_in_arena(threads, detail::CallableView<>(take_turns));
    turns.rethrow();
}

}  // namespace pstar
