#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>

namespace pstar::detail {

/// The files of a folder that holds a data set, by name.
class DataFolder {
public:
    /// Throws `DataError` for what is no folder or cannot be listed.
    explicit DataFolder(std::filesystem::path path) : path_(std::move(path)) {
        std::error_code reason;
        if (!std::filesystem::is_directory(path_, reason)) refuse("is not a directory");
        std::filesystem::directory_iterator entry(path_, reason);
        for (; !reason && entry != std::filesystem::directory_iterator(); entry.increment(reason))
            if (std::error_code unreachable; entry->is_regular_file(unreachable))
                names_.push_back(entry->path().filename().string());
        if (reason) refuse("cannot be listed: " + reason.message());
        std::ranges::sort(names_);
    }

    const std::vector<std::string>& names() const { return names_; }
    bool has(std::string_view name) const { return std::ranges::binary_search(names_, name); }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

    /// Throws `DataError` that names the files of `expected` that are missing.
    void require_all(const std::vector<std::string>& expected, std::string_view format) const {
        std::vector<std::string> missing;
        for (const auto& name : expected)
            if (!has(name)) missing.push_back(name);
        if (!missing.empty()) refuse("looks like " + std::string(format) + ", but lacks " + list(missing));
    }
    bool has_any(const std::vector<std::string>& expected) const {
        return std::ranges::any_of(expected, [this](const std::string& name) { return has(name); });
    }

    /// "'a', 'b' and 3 more": at most ten names.
    static std::string list(const std::vector<std::string>& names) {
        constexpr std::size_t most = 10;
        std::string text;
        for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i == 0 ? "'" : ", '") + names[i] + "'";
        if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
        return names.empty() ? "no files" : text;
    }
    [[noreturn]] void refuse(const std::string& why) const {
        throw DataError("load_data: '" + path_.string() + "' " + why);
    }

private:
    std::filesystem::path path_;
    std::vector<std::string> names_;
};

/// What an IDX file holds, by its name; `none` for another kind of file.
enum class IdxRole { train_images, train_labels, test_images, test_labels, none };

constexpr std::array<std::string_view, 4> idx_roles{"training images", "training labels", "test images", "test labels"};

inline std::string lower_case(std::string text) {
    for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return text;
}

inline bool is_idx_name(const std::string& name) {
    const auto lower = lower_case(name);
    return lower.find("idx") != lower.npos || lower.find("ubyte") != lower.npos;
}

inline IdxRole idx_role(const std::string& name) {
    const auto lower = lower_case(name);
    const auto has = [&](const char* part) { return lower.find(part) != lower.npos; };
    const bool train = has("train"), test = has("test") || has("t10k"), images = has("image"), labels = has("label");
    if (!is_idx_name(name) || !(train || test) || images == labels) return IdxRole::none;
    if (images) return train ? IdxRole::train_images : IdxRole::test_images;
    return train ? IdxRole::train_labels : IdxRole::test_labels;
}

/// The names of all files that seem to be IDX files, whatever they hold.
inline std::vector<std::string> idx_names(const DataFolder& folder) {
    std::vector<std::string> names;
    std::ranges::copy_if(folder.names(), std::back_inserter(names), is_idx_name);
    return names;
}

/// The names of the IDX files of each role, in the order of `IdxRole`, as far as they contain `part`; of a file that is
/// there both plain and gzipped, the plain one.
inline std::array<std::vector<std::string>, 4> idx_files(const DataFolder& folder, const std::string& part) {
    std::array<std::vector<std::string>, 4> files;
    for (const auto& name : folder.names()) {
        const auto role = idx_role(name);
        if (role == IdxRole::none || name.find(part) == name.npos) continue;
        if (name.ends_with(".gz") && folder.has(name.substr(0, name.size() - 3))) continue;
        files[static_cast<std::size_t>(role)].push_back(name);
    }
    return files;
}

}  // namespace pstar::detail
