// Preloaded, allows the process PSTAR_THREADS threads of its own, as a quota of processes may (ulimit -u, pids.max).
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include <dlfcn.h>
#include <pthread.h>

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                              void* argument) {
    using Function = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static std::atomic<int> left{std::atoi(std::getenv("PSTAR_THREADS"))};
    static auto* const real = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, "pthread_create"));
    if (real == nullptr || left-- <= 0) return EAGAIN;
    return real(thread, attributes, body, argument);
}
