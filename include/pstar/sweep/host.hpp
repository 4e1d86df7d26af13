#pragma once

#include <array>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>

/// What a result may depend on besides its settings: it is written beside the results.
namespace pstar {

/// The compiler that built this program, e.g. `g++ 12.2.0`.
inline std::string compiler_description() {
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

/// The processor that this program runs on, and its number of cores, e.g. `AMD EPYC 7543 32-Core Processor, 64 cores`.
inline std::string processor_description() {
    const auto cores = std::to_string(std::thread::hardware_concurrency()) + " cores";
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2) + ", " + cores;
    return "unknown processor, " + cores;
}

/// The local date and time with its distance from UTC: `2024-05-17 09:30:00 +0200`.
inline std::string date_and_time() {
    const auto now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &local);
    return text.data();
}

}  // namespace pstar
