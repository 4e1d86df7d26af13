#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/sweep/outcome.hpp>

/// Many independent jobs, one a core.
namespace pstar {

/// A job that has just ended.
struct JobDone {
    std::size_t index;       ///< of the job
    std::size_t done;        ///< how many have ended, this one included
    std::size_t total;       ///< how many there are
    std::string_view error;  ///< empty unless the job threw
};

struct ExecutorOptions {
    std::size_t threads = 0;                           ///< 0: one a core; 1: in the calling thread
    std::vector<std::size_t> order = {};               ///< in which jobs start, see `longest_first`; empty: by index
    std::function<void(const JobDone&)> on_done = {};  ///< called after every job, by one thread at a time
    std::function<bool()> stop = {};  ///< asked before every job, from any thread: true lets jobs in flight finish
};

/// The indices of `costs` from the largest cost to the smallest, ties by index: no long job is left for the end, where
/// the other cores would wait for it.
inline std::vector<std::size_t> longest_first(std::span<const double> costs) {
    std::vector<std::size_t> order(costs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
    return order;
}

/// How many jobs run at once for `threads` asked: that many, or one a core for 0; never more than there are jobs.
inline std::size_t thread_count(std::size_t threads, std::size_t jobs) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    return std::max<std::size_t>(1, std::min(threads == 0 ? cores : threads, jobs));
}

namespace detail {

inline std::vector<std::size_t> starting_order(std::size_t count, const std::vector<std::size_t>& order) {
    std::vector<std::size_t> by_index(count);
    std::iota(by_index.begin(), by_index.end(), std::size_t{0});
    if (order.empty()) return by_index;
    require(std::is_permutation(order.begin(), order.end(), by_index.begin(), by_index.end()), "run_jobs",
            "order.size()", order.size(), "be the number of jobs, and order hold every index once");
    return order;
}

/// Hands what one thread wrote to the threads that run jobs, and back. oneTBB does so itself, but inside its library,
/// where ThreadSanitizer does not look; this tells it.
inline std::atomic<unsigned> handed_over{0};

template <class Job>
auto attempt(const Job& job, std::size_t index) {
    Outcome<std::invoke_result_t<const Job&, std::size_t>> outcome;
    try {
        outcome.value = job(index);
    } catch (const std::exception& error) {
        outcome.error = error.what();
        if (outcome.error.empty()) outcome.error = "an exception without a message";
    } catch (...) {
        outcome.error = "an exception of unknown type";
    }
    return outcome;
}

}  // namespace detail

/// Calls `job(i)` for i = 0, ..., count - 1 and returns what became of each, in index order.
///
/// Whichever core is free takes the next job, with the BLAS at one thread (`BlasThreads`). A job that throws is
/// recorded with its message and the others go on. Jobs must not depend on one another or on the thread they run on:
/// then the result does not depend on `threads`. Throws `std::invalid_argument` for an `order` that is not a
/// permutation; what `on_done` or `stop` throw passes through.
template <class Job>
auto run_jobs(std::size_t count, const Job& job, const ExecutorOptions& options = {}) {
    using Result = std::invoke_result_t<const Job&, std::size_t>;
    const auto order = detail::starting_order(count, options.order);
    const BlasThreads one_per_job(1);
    std::vector<Outcome<Result>> outcomes(count);
    std::atomic<std::size_t> next = 0;
    std::mutex ending;
    std::size_t done = 0;
    const auto work = [&] {
        detail::handed_over.load(std::memory_order_acquire);
        while (!(options.stop && options.stop())) {
            const auto turn = next.fetch_add(1);
            if (turn >= count) break;
            const auto index = order[turn];
            auto outcome = detail::attempt(job, index);
            const std::scoped_lock lock(ending);
            outcomes[index] = std::move(outcome);
            ++done;
            if (options.on_done) options.on_done({index, done, count, outcomes[index].error});
        }
        detail::handed_over.fetch_add(1, std::memory_order_release);
    };
    const auto threads = thread_count(options.threads, count);
    if (threads == 1) {
        work();
    } else {
        const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism,
                                          threads);  // more than cores, too
        const auto task = [&work]() __attribute__((no_sanitize("thread"))) {
            work();
        };  // read before the handing over
        tbb::task_arena arena(static_cast<int>(threads));
        detail::handed_over.fetch_add(1, std::memory_order_release);
        arena.execute([&] {
            tbb::task_group workers;
            for (std::size_t i = 1; i < threads; ++i) workers.run(task);
            workers.run_and_wait(task);
        });
        detail::handed_over.load(std::memory_order_acquire);
    }
    const std::scoped_lock lock(ending);
    return outcomes;
}

}  // namespace pstar
