#include "growth/peak_memory.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <malloc.h>

namespace bench {

namespace {

/// A line of /proc/self/status, in bytes.
double status(const std::string& name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":")) return 1024 * std::stod(line.substr(name.size() + 1));
    return 0;
}

}  // namespace

double peak_memory_of(const std::function<void()>& work) {
    malloc_trim(0);
    const bool reset = static_cast<bool>(std::ofstream("/proc/self/clear_refs") << "5" << std::flush);
    const double before = status("VmRSS");
    work();
    return reset ? std::max(0.0, status("VmHWM") - before) : 0;
}

}  // namespace bench
