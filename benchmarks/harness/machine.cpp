#include "harness/machine.hpp"

#include <cerrno>
#include <ctime>
#include <fstream>
#include <system_error>
#include <thread>

#include <sched.h>

#include <pstar/core/blas.hpp>
#include <pstar/version.hpp>

namespace bench {

namespace {

std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "an unknown processor";
}

std::string vectors() {
#if defined(__AVX512F__)
    return "AVX-512";
#elif defined(__AVX2__)
    return "AVX2";
#else
    return "no wide vectors";
#endif
}

std::string compiler() {
#if defined(__clang__)
    return "clang++ " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

}  // namespace

nlohmann::json describe_machine() {
    return {{"processor", processor() + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores"},
            {"vectors", vectors()},
            {"compiler", compiler()},
            {"blas", pstar::blas_description()},
            {"core", openblas_get_corename ? openblas_get_corename() : ""},
            {"version", PSTAR_VERSION}};
}

std::size_t available_cores() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
    return static_cast<std::size_t>(CPU_COUNT(&allowed));
}

std::string today() {
    const auto now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::string text(16, '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts));
    return text;
}

int pin_to_one_core() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        for (int core = 0; core < CPU_SETSIZE; ++core) {
            if (!CPU_ISSET(core, &allowed)) continue;
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(core, &one);
            if (sched_setaffinity(0, sizeof one, &one) == 0) return core;
        }
    throw std::system_error(errno, std::generic_category(), "pin_to_one_core");
}

}  // namespace bench
