#include "interrupt.hpp"

#include <csignal>
#include <initializer_list>

namespace study {
namespace {

volatile std::sig_atomic_t came = 0;

}  // namespace

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = [](int) { came = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

bool interrupted() {
    return came != 0;
}

}  // namespace study
