#include "common/cli/program.hpp"

#include <time.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <initializer_list>

#include <pstar/core/error.hpp>
#include <pstar/sweep/run_folder.hpp>

namespace study {

int guarded_main(const std::string& program, const std::function<int()>& body) {
    const auto answer = [&](const std::exception& error, int code) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), error.what());
        return code;
    };
    try {
        return body();
    } catch (const UsageError& error) {
        return answer(error, 2);
    } catch (const pstar::RunFolderError& error) {
        return answer(UsageError("--out '" + error.path().string() + "' " + error.reason() + "; choose another --out"),
                      2);
    } catch (const pstar::DataError& error) {
        return answer(error, 2);
    } catch (const std::exception& error) {
        return answer(error, 1);
    }
}

namespace {

std::atomic<long> first{0};  ///< when the first one came, in milliseconds; 0: none has
static_assert(std::atomic<long>::is_always_lock_free);

long milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000 + 1;
}

void note(int signal) {
    constexpr long one_press = 500;  // `timeout` and `mpirun` send a signal to the program and again to its group
    const long now = milliseconds();
    long before = 0;
    if (first.compare_exchange_strong(before, now) || now - before < one_press) return;
    std::signal(signal, SIG_DFL);
    std::raise(signal);  // ends the program when this returns
}

}  // namespace

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

bool interrupted() {
    return first.load() != 0;
}

}  // namespace study
