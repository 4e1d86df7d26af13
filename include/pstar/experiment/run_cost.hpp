#pragma once

#include <time.h>

namespace pstar {

/// What a run takes.
struct RunCost {
    double seconds = 0;  ///< of a core for itself
    double bytes = 0;    ///< while it runs, beside the data that all runs share
};

namespace detail {

/// Processor time of this thread: other programs on the host do not count.
inline double processor_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Call>
double seconds_taken(const Call& call) {
    const double start = processor_seconds();
    call();
    return processor_seconds() - start;
}

}  // namespace detail

}  // namespace pstar
