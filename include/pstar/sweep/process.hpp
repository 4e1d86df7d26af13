#pragma once

#include <atomic>
#include <csignal>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <pstar/core/openblas.hpp>

/// What a program that runs for hours asks of its process: Ctrl-C that lets runs in flight finish, standard streams
/// that are open, room for the BLAS.
namespace pstar {

namespace detail {

/// When the first signal came, in milliseconds; 0: none has.
inline std::atomic<long> first_interrupt{0};
static_assert(std::atomic<long>::is_always_lock_free);

inline void note_interrupt(int signal) {
    constexpr long one_press = 500;  // `timeout` and `mpirun` send a signal to the program and again to its group
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    const long now = time.tv_sec * 1000 + time.tv_nsec / 1'000'000 + 1;
    long before = 0;
    if (first_interrupt.compare_exchange_strong(before, now) || now - before < one_press) return;
    std::signal(signal, SIG_DFL);
    std::raise(signal);  // ends the program when this returns
}

}  // namespace detail

/// From now on Ctrl-C (SIGINT), SIGTERM, SIGUSR1 and a terminal that closes (SIGHUP, unless it is ignored, as `nohup`
/// does) are noted instead of ending the program: runs in flight may finish. A second one, half a second later or more,
/// ends it at once.
inline void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = detail::note_interrupt;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
    struct sigaction hang_up = {};
    if (sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
}

/// Whether one has come: what `SweepOptions::stop` asks.
inline bool interrupted() {
    return detail::first_interrupt.load() != 0;
}

/// Opens /dev/null in place of standard streams that the program was started without. The first files that it opens
/// would take their numbers, and what it prints would go into them.
inline void open_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(stream, F_GETFD) == -1) ::open("/dev/null", O_RDWR);  // takes the lowest number that is free
}

/// A sentence if the threads of OpenBLAS cannot have the memory, 128 MB each, that they ask for when the program
/// starts: they try for ever, and the program's end waits for them. Who gets it leaves by `std::_Exit`.
inline std::optional<std::string> address_space_problem() {
    constexpr double per_thread = 128 << 20, rest = 80 << 20;
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
    const int threads = openblas_get_num_threads ? openblas_get_num_threads() : 1;
    if (threads < 2 || static_cast<double>(limit.rlim_cur) >= per_thread * threads + rest) return std::nullopt;
    return "the " + std::to_string(threads) +
           " threads of the BLAS need more address space than this process may have "
           "(ulimit -v " +
           std::to_string(limit.rlim_cur >> 10) + "); allow more, or start it with OPENBLAS_NUM_THREADS=1";
}

/// What to say of a std::bad_alloc, which names nothing: what the process has, what it may have, what to do.
inline std::string out_of_memory() {
    const auto megabytes = [](double bytes) { return std::to_string(static_cast<long long>(bytes / 1e6)) + " MB"; };
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    double has = 0, held = 0, may = page * static_cast<double>(sysconf(_SC_PHYS_PAGES));
    std::ifstream("/proc/self/statm") >> has >> held;
    rlimit limit{};
    const bool limited = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    if (limited) may = static_cast<double>(limit.rlim_cur);
    return "not enough memory: beside " + megabytes(page * (limited ? has : held)) + " of the " + megabytes(may) +
           (limited ? " of addresses that this process may have (ulimit -v)" : " of this machine") +
           ", what it asked for did not fit; take smaller networks, fewer images or fewer threads";
}

}  // namespace pstar
