#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <pstar/core/error.hpp>

#if defined(__linux__)
#include <sched.h>
#endif

/// Several threads for one computation. What is computed does not depend on their number: work is split between
/// elements of a result, never within the sum that makes one.
namespace pstar {

namespace detail {

/// The cores that a control group's quota leaves, rounded up; nothing where there is no quota.
inline std::optional<std::size_t> quota_of_cores() {
    double quota = 0, period = 0;
    std::string first;
    if (std::ifstream file("/sys/fs/cgroup/cpu.max"); file >> first >> period && first != "max")  // version 2
        quota = std::atof(first.c_str());
    else if (std::ifstream old("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"); !(old >> quota))
        return std::nullopt;
    else if (std::ifstream of("/sys/fs/cgroup/cpu/cpu.cfs_period_us"); !(of >> period))
        return std::nullopt;
    if (!(quota > 0 && period > 0)) return std::nullopt;
    return std::max<std::size_t>(1, static_cast<std::size_t>((quota + period - 1) / period));
}

/// How many threads the operations called by this thread may use.
struct ThreadBudget {
    std::size_t threads = 1;
    bool fixed = false;  ///< within a run of a sweep, or a part of something that is split already: stays at 1
};
inline ThreadBudget& thread_budget() {
    thread_local ThreadBudget budget;
    return budget;
}

/// Sets the budget of the calling thread as long as it exists.
class BudgetScope {
public:
    explicit BudgetScope(ThreadBudget budget) : before_(thread_budget()) { thread_budget() = budget; }
    BudgetScope(const BudgetScope&) = delete;
    BudgetScope& operator=(const BudgetScope&) = delete;
    ~BudgetScope() { thread_budget() = before_; }

private:
    ThreadBudget before_;
};

/// What one thread wrote becomes visible to those that do parts, and back. oneTBB does so too, but inside its library,
/// which ThreadSanitizer does not see; without this it reports races.
inline std::atomic<unsigned> handed_over{0};

/// A callable that someone else owns: what is behind it is compiled once, whatever calls it.
template <class... Arguments>
class CallableView {
public:
    template <class Body>
    explicit CallableView(const Body& body)
        : body_(&body),
          call_([](const void* it, Arguments... arguments) { (*static_cast<const Body*>(it))(arguments...); }) {}
    void operator()(Arguments... arguments) const { call_(body_, arguments...); }

private:
    const void* body_;
    void (*call_)(const void*, Arguments...);
};

/// Calls body(0), ..., body(parts - 1), each in a thread of the caller's arena.
inline void run_parts(std::size_t parts, CallableView<std::size_t> body) {
    const auto part = [body](std::size_t i) {
        handed_over.load(std::memory_order_acquire);
        const BudgetScope alone({1, true});
        body(i);
        handed_over.fetch_add(1, std::memory_order_release);
    };
    handed_over.fetch_add(1, std::memory_order_release);
    tbb::task_group group;
    for (std::size_t i = 1; i < parts; ++i)
        group.run([&part, i ]() __attribute__((no_sanitize("thread"))) { part(i); });
    group.run_and_wait([&part]() __attribute__((no_sanitize("thread"))) { part(0); });
    handed_over.load(std::memory_order_acquire);
}

/// Throws `std::system_error` if this process cannot have so many threads. oneTBB, which begins them one from the
/// other, would end the program: so as many are begun here, the first time that they are asked for.
inline void check_threads(std::size_t threads) {
    static std::atomic<std::size_t> most{1};
    if (threads <= most.load()) return;
    std::vector<std::thread> begun;
    std::mutex all_begun;
    std::error_code problem;
    {
        const std::scoped_lock not_yet(all_begun);
        try {
            while (begun.size() + 1 < threads)
                begun.emplace_back([&all_begun] { const std::scoped_lock lock(all_begun); });
        } catch (const std::system_error& error) {
            problem = error.code();
        }
    }
    for (auto& thread : begun) thread.join();
    if (problem)
        throw std::system_error(problem,
                                "with_threads: cannot begin " + std::to_string(threads) +
                                    " threads; ask for fewer, or allow this process more (ulimit -u, pids.max)");
    most = threads;
}

/// Calls `body()` where `threads` threads may work for it.
inline void run_in_arena(std::size_t threads, CallableView<> body) {
    check_threads(threads);
    // also if that is more than there are cores
    const tbb::global_control allowed(
        tbb::global_control::max_allowed_parallelism,
        std::max(threads, tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism)));
    tbb::task_arena arena(static_cast<int>(threads));
    arena.execute([&] {
        const BudgetScope scope({threads, false});
        body();
    });
}

/// So many numbers, a few operations each, are worth a thread of their own: some microseconds.
inline constexpr std::size_t elements_grain = 16384;

inline void share_ranges(std::size_t size, std::size_t step, std::size_t grain, std::size_t per_thread,
                         CallableView<std::size_t, std::size_t> body) {
    const auto threads = thread_budget().threads, steps = (size + step - 1) / step;
    const auto parts = std::min({threads * per_thread, size / std::max<std::size_t>(grain, 1), steps});
    if (threads <= 1 || parts <= 1) return body(0, size);
    run_parts(parts, CallableView<std::size_t>([&](std::size_t i) {
                  body(steps * i / parts * step, std::min(steps * (i + 1) / parts * step, size));
              }));
}

/// Calls `body(first, last)` for ranges that cover 0, ..., size - 1: one, in this thread, where a range of each thread
/// would be shorter than `grain`, the number worth a thread. Ranges begin at multiples of `step`. There are at most
/// `per_thread` for each thread; with several, one that finds less to do takes more of them.
template <class Body>
void for_ranges(std::size_t size, std::size_t step, std::size_t grain, const Body& body, std::size_t per_thread = 1) {
    share_ranges(size, step, grain, per_thread, CallableView<std::size_t, std::size_t>(body));
}

/// The same for arithmetic on the elements of arrays that begin at a multiple of 64 bytes: a range begins where a
/// vector does, so that an element is computed by the same instructions, however they are split.
template <class Body>
void for_elements(std::size_t size, const Body& body) {
    for_ranges(size, 64, elements_grain, body, 4);
}

}  // namespace detail

/// The cores that this program may use: those of the machine that its affinity allows, and no more than a container's
/// quota of processor time comes to.
inline std::size_t available_cores() {
    std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        cores = std::min(cores, std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&set))));
#endif
    const auto quota = detail::quota_of_cores();
    return quota ? std::min(cores, *quota) : cores;
}

/// Calls `body()` and lets what pstar computes in it use `threads` threads (0: `available_cores()`). The numbers are
/// those of one thread, bit for bit, but for what the BLAS or LAPACK computes in double. The `threads` of options is
/// the same: it holds for one call. Asking for 1 keeps what is set around the call. Within a run of a sweep, which has
/// one core, there is always one thread. Throws `std::invalid_argument` for more than 1,024, `std::system_error`
/// where this process cannot have so many.
template <class Body>
auto with_threads(std::size_t threads, const Body& body) {
    require(threads <= 1024, "with_threads", "threads", threads, "be at most 1024; 0 asks for all cores");
    if (threads == 0) threads = available_cores();
    const bool stays = threads == 1 || detail::thread_budget().fixed || detail::thread_budget().threads > 1;
    using Result = decltype(body());
    if constexpr (std::is_void_v<Result>) {
        const detail::CallableView<> call(body);
        stays ? call() : detail::run_in_arena(threads, call);
    } else {
        std::optional<Result> result;
        const auto keep = [&] { result.emplace(body()); };
        const detail::CallableView<> call(keep);
        stays ? call() : detail::run_in_arena(threads, call);
        return std::move(*result);
    }
}

}  // namespace pstar
