#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <string>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <pstar/core/threads.hpp>

/// Where the runs of a sweep are done: in this thread, in several threads, or (sweep/mpi.hpp) in several processes.
namespace pstar {

/// What to do next: a run; wait until another run has ended, since more runs may follow from it; or end.
struct Turn {
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
        const BudgetScope one({1, true});
        handed_over.load(std::memory_order_acquire);
        take_them();
        handed_over.fetch_add(1, std::memory_order_release);
    }
    void rethrow() {
        const std::scoped_lock lock(one_at_a_time_);
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void take_them() noexcept {
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

    const Work& work_;
    std::mutex one_at_a_time_;
    std::condition_variable changed_;
    std::exception_ptr failure_;
};

}  // namespace detail

/// `threads` runs at a time (0: `available_cores()`), each on one core. The next run goes to the first free thread.
inline void run_on_threads(const Work& work, std::size_t threads = 0) {
    threads = thread_count(threads, std::numeric_limits<std::size_t>::max());
    if (threads == 1) return run_serially(work);
    const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism,
                                      threads);  // also if that is more than there are cores
    detail::Turns turns(work);
    const auto task = [&turns]() __attribute__((no_sanitize("thread"))) {  // reads `turns` before `handed_over`
        turns.take();
    };
    tbb::task_arena arena(static_cast<int>(threads));
    detail::handed_over.fetch_add(1, std::memory_order_release);
    arena.execute([&] {
        tbb::task_group workers;
        for (std::size_t i = 1; i < threads; ++i) workers.run(task);
        workers.run_and_wait(task);
    });
    detail::handed_over.load(std::memory_order_acquire);
    turns.rethrow();
}

}  // namespace pstar
