#include "common/run/output_folder.hpp"

#include <array>
#include <ctime>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/io/json_difference.hpp>
#include <pstar/io/json_file.hpp>
#include <pstar/version.hpp>

#include "common/cli/usage_error.hpp"

namespace study {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json value_of(const std::string& word) {
    const auto number = Json::parse(word, nullptr, false);
    return number.is_number() ? number : Json(word);
}

Json settings_json(const std::vector<Setting>& all) {
    Json settings = Json::object();
    for (const auto& setting : all) {
        Json values = Json::array();
        for (const auto& word : setting.values) values.push_back(value_of(word));
        settings[setting.flag] = setting.is_list ? values : values[0];
    }
    return settings;
}

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
    throw UsageError("--out '" + path.string() + "' " + why + "; choose another --out");
}

}  // namespace

OutputFolder::OutputFolder(const std::string& program, const Flags& flags)
    : OutputFolder(Origin{program, settings_of(flags), command_of(program, flags), flags.out, flags.threads}) {}

OutputFolder::OutputFolder(Origin origin)
    : origin_(std::move(origin)), path_(fs::absolute(origin_.out).lexically_normal()) {
    if (!path_.has_filename()) path_ = path_.parent_path();
    const auto config = path_ / "config.json";
    std::error_code reason;
    if (fs::exists(config, reason)) {
        nlohmann::json there;
        try {
            there = pstar::read_json(config);
            for (const char* key : {"program", "pstar", "settings", "state"}) there.at(key);
        } catch (const std::exception&) {
            refuse(path_, "holds a config.json that no study wrote");
        }
        if (there["program"] != origin_.program) refuse(path_, "holds results of " + there["program"].dump());
        if (there["pstar"] != PSTAR_VERSION)
            refuse(path_, "holds results of pstar " + there["pstar"].dump() + ", this is " PSTAR_VERSION);
        const auto other = pstar::json_difference(there["settings"], settings_json(origin_.settings));
        if (!other.empty()) refuse(path_, "holds another configuration (" + other + ")");
        was_complete_ = there["state"] == "complete";
    } else if (fs::exists(path_ / "runs.csv", reason)) {
        refuse(path_, "holds a runs.csv without its config.json");
    }
}

void OutputFolder::make() const {
    std::error_code reason;
    fs::create_directories(path_, reason);
    if (reason) refuse(path_, "cannot be made (" + reason.message() + ")");
    try {
        pstar::AtomicFile(path_ / "config.json");  // shows that it can be written; nothing is
    } catch (const std::system_error& error) {
        refuse(path_, "cannot be written (" + error.code().message() + ")");
    }
}

void OutputFolder::set_state(const std::string& state) const {
    if (was_complete_) return;
    const Json config{{"program", origin_.program},
                      {"pstar", PSTAR_VERSION},
                      {"state", state},
                      {"command", origin_.command},
                      {"settings", settings_json(origin_.settings)},
                      {"threads", origin_.threads},
                      {"machine",
                       {{"compiler", compiler_description()},
                        {"blas", pstar::blas_description()},
                        {"processor", processor_description()},
                        {"date", date_and_time()}}}};
    pstar::write_json(path_ / "config.json", config);
}

std::string compiler_description() {
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

std::string processor_description() {
    const auto cores = std::to_string(std::thread::hardware_concurrency()) + " cores";
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2) + ", " + cores;
    return "unknown processor, " + cores;
}

std::string date_and_time() {
    const auto now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &local);
    return text.data();
}

}  // namespace study
