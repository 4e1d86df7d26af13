// Preloaded, sets the clock back by an hour again and again, as an administrator or a wrong time server may.
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>

namespace {

long hours = 0;

template <class Function>
Function* original(const char* name) {
    auto* const found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    if (found == nullptr) std::abort();
    return found;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) {
    static const auto real = original<int(clockid_t, timespec*)>("clock_gettime");
    const int failed = real(clock, time);
    if (clock == CLOCK_REALTIME) time->tv_sec -= 3600 * ++hours;
    return failed;
}

extern "C" std::time_t time(std::time_t* where) {
    static const auto real = original<std::time_t(std::time_t*)>("time");
    const auto now = real(nullptr) - 3600 * ++hours;
    if (where != nullptr) *where = now;
    return now;
}
