#include "compile_time/task.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "compile_time/compiler.hpp"
#include "harness/report.hpp"

namespace bench {

namespace {

namespace fs = std::filesystem;

constexpr double umbrella_goal = 12, layer_goal = 6, program_goal = 25;

/// core, corruption, ...: the folders' headers, in order.
std::vector<std::string> layers() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(PSTAR_SOURCE_DIR "/include/pstar"))
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

nlohmann::json measured(const std::string& name, const fs::path& source, const std::string& level, double goal) {
    std::cerr << "  " << name << std::endl;
    const auto cost = compile(source, level);
    return {{"name", name},        {"level", level}, {"seconds", cost.seconds},
            {"bytes", cost.bytes}, {"goal", goal},   {"met", cost.seconds <= goal}};
}

}  // namespace

Result compile_time_task(const Setting& setting) {
    const auto empty = setting.scratch / "empty.cpp";
    const auto including = [&](const std::string& header) {
        std::ofstream(empty) << "#include <" << header << ">\nint main() {}\n";
        return empty;
    };
    nlohmann::json programs = nlohmann::json::array();
    const std::string all = "pstar/pstar.hpp";
    programs.push_back(measured("`" + all + "`", including(all), "-O2", umbrella_goal));
    if (!setting.quick) {
        for (const auto& layer : layers()) {
            const auto header = "pstar/" + layer + ".hpp";
            programs.push_back(measured("`" + header + "`", including(header), "-O2", layer_goal));
        }
        programs.push_back(
            measured("`examples/quickstart.cpp`", PSTAR_SOURCE_DIR "/examples/quickstart.cpp", "-O3", program_goal));
    }
    return {{"programs", programs}, {"remarks", nlohmann::json::array({compiler_name()})}};
}

std::string compile_time_table(const Result& result) {
    std::ostringstream text;
    text << "| program | level | seconds | goal | met | memory |\n|---|---|---:|---:|---|---:|\n";
    for (const auto& program : result["programs"])
        text << "| " << program["name"].get<std::string>() << " | " << program["level"].get<std::string>() << " | "
             << three_digits(program["seconds"]) << " | <= " << program["goal"].get<double>() << " | "
             << (program["met"].get<bool>() ? "yes" : "**no**") << " | "
             << three_digits(program["bytes"].get<double>() * 1e-6) << " MB |\n";
    return text.str();
}

std::string compile_time_headline(const std::string& title, const Result& result) {
    const auto& programs = result["programs"];
    std::size_t missed = 0;
    for (const auto& program : programs) missed += program["met"].get<bool>() ? 0 : 1;
    std::ostringstream text;
    text << "| " << title << " | " << programs[0]["name"].get<std::string>() << " | "
         << three_digits(programs[0]["seconds"]) << " s | - | - | - | " << (missed > 0 ? "**" : "") << missed << " of "
         << programs.size() << (missed > 0 ? "**" : "") << " |\n";
    return text.str();
}

std::string missed_compile_times(const Result& result) {
    std::ostringstream text;
    for (const auto& program : result["programs"])
        if (!program["met"].get<bool>())
            text << "- Compile time, " << program["name"].get<std::string>() << ": " << three_digits(program["seconds"])
                 << " s, goal <= " << program["goal"].get<double>() << " s\n";
    return text.str();
}

}  // namespace bench
