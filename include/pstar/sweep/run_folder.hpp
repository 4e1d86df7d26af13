#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/atomic_file.hpp>
#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/io/json_difference.hpp>
#include <pstar/io/json_file.hpp>
#include <pstar/sweep/host.hpp>
#include <pstar/version.hpp>

namespace pstar {

/// A folder cannot be used: it holds something else, or cannot be written. The message is
/// `RunFolder: 'path' reason; choose another folder`.
class RunFolderError : public DataError {
public:
    /// What is wrong with which folder.
    RunFolderError(std::filesystem::path path, std::string reason)
        : DataError("RunFolder: '" + path.string() + "' " + reason + "; choose another folder"),
          path_(std::move(path)),
          reason_(std::move(reason)) {}

    const std::filesystem::path& path() const { return path_; }
    /// The end of a sentence that begins with the path, e.g. `holds results of "other_sweep"`.
    const std::string& reason() const { return reason_; }

private:
    std::filesystem::path path_;
    std::string reason_;
};

/// How far the results in a folder are: being computed, some missing or failed, or all there.
enum class RunState { running, partial, complete };
inline std::string to_string(RunState state) {
    if (state == RunState::running) return "running";
    return state == RunState::partial ? "partial" : "complete";
}

/// Which folder it is, and what must be the same to go on in it.
struct RunFolderOptions {
    std::filesystem::path path;       ///< made where it is missing
    std::string name;                 ///< of the sweep or program; the folder is refused if it holds another one
    nlohmann::ordered_json settings;  ///< an object: what decides the numbers; refused if the folder holds others
    nlohmann::ordered_json details = nlohmann::ordered_json::object();  ///< more members of `config.json`; may change
    /// The members of `settings` that say which runs there are, not what comes of them: a folder takes more of these.
    std::vector<std::string> axes = {};
    std::vector<std::string> results = {
        "runs.csv"};  ///< a folder that has one of these but no `config.json` is refused

    void validate() const {
        require(!path.empty(), "RunFolderOptions", "path", path.string(), "not be empty");
        require(!name.empty(), "RunFolderOptions", "name", "'" + name + "'", "not be empty");
        require(settings.is_object(), "RunFolderOptions", "settings", settings.dump(), "be a JSON object");
        require(details.is_object(), "RunFolderOptions", "details", details.dump(), "be a JSON object");
        for (const char* key : {"program", "pstar", "state", "settings", "host"})
            require(!details.contains(key), "RunFolderOptions", "details", details.dump(),
                    std::string("have no member '") + key + "', which the folder writes itself");
    }
};

/// The folder of one sweep's results. Its `config.json` says what it holds, and only the same sweep may write there
/// again: the same name, version of pstar and settings, apart from `axes`.
///
///     {"program": name, "pstar": version, "state": "running", "settings": {...}, ...details...,
///      "host": {"compiler", "blas", "processor", "date"}}
class RunFolder {
public:
    /// Reads what is there and changes nothing. Throws `RunFolderError` if the folder holds another sweep or files of
    /// unknown origin.
    explicit RunFolder(RunFolderOptions options) : options_(std::move(options)) {
        options_.validate();
        path_ = std::filesystem::absolute(options_.path).lexically_normal();
        if (!path_.has_filename()) path_ = path_.parent_path();
        std::error_code unreadable;
        if (std::filesystem::exists(config_path(), unreadable)) {
            check_config();
            return;
        }
        for (const auto& name : options_.results)
            if (std::filesystem::exists(path_ / name, unreadable))
                refuse("holds a " + name + " without its config.json");
    }

    /// Creates the folder if it is not there. Throws `RunFolderError` if it cannot be created or written.
    void make() const {
        std::error_code error;
        std::filesystem::create_directories(path_, error);
        if (error) refuse("cannot be made (" + error.message() + ")");
        try {
            const AtomicFile file(config_path());  // is never committed: shows only that a file can be created
        } catch (const std::system_error& failure) {
            refuse("cannot be written (" + failure.code().message() + ")");
        }
    }

    /// The absolute path.
    const std::filesystem::path& path() const { return path_; }
    /// The path of the file `name` in the folder.
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

    /// Whether all results were there when the folder was opened, and no run has been added since.
    bool was_complete() const { return was_complete_; }
    /// Says that a run is added: a complete folder is then one of which more is to come.
    void reopen() {
        if (!was_complete_) return;
        was_complete_ = false;
        set_state(RunState::running);
    }
    /// Writes `config.json` with this state, whole or not at all. A folder that was complete stays so. Throws
    /// `std::system_error` if it cannot be written.
    void set_state(RunState state) const {
        if (was_complete_) return;
        nlohmann::ordered_json config{{"program", options_.name},
                                      {"pstar", PSTAR_VERSION},
                                      {"state", to_string(state)},
                                      {"settings", options_.settings}};
        config.update(options_.details);
        config["host"] = {{"compiler", compiler_description()},
                          {"blas", blas_description()},
                          {"processor", processor_description()},
                          {"date", date_and_time()}};
        write_json(config_path(), config);
    }

private:
    std::filesystem::path config_path() const { return path_ / "config.json"; }
    [[noreturn]] void refuse(const std::string& reason) const { throw RunFolderError(path_, reason); }

    void check_config() {
        nlohmann::ordered_json there;
        try {
            there = read_json<nlohmann::ordered_json>(config_path());
            for (const char* key : {"program", "pstar", "settings", "state"}) there.at(key);
        } catch (const std::exception&) {
            refuse("holds a config.json that no sweep of pstar wrote");
        }
        if (there["program"] != options_.name) refuse("holds results of " + there["program"].dump());
        if (there["pstar"] != PSTAR_VERSION)
            refuse("holds results of pstar " + there["pstar"].dump() + ", this is " PSTAR_VERSION);
        const bool is_same = json_difference(there["settings"], options_.settings).empty();
        auto here = options_.settings;
        for (const auto& axis : options_.axes) there["settings"].erase(axis), here.erase(axis);
        const auto difference = json_difference(there["settings"], here);
        if (!difference.empty()) refuse("holds another configuration (" + difference + ")");
        was_complete_ = is_same && there["state"] == "complete";
    }

    RunFolderOptions options_;
    std::filesystem::path path_;
    bool was_complete_ = false;
};

}  // namespace pstar
