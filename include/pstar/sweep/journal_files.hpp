#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/sweep/grid.hpp>
#include <pstar/sweep/journal_lines.hpp>
#include <pstar/sweep/schedule.hpp>

/// The names of the journals in a folder of runs: `journal.jsonl`, and `journal.3-of-8.jsonl` of a part of the sweep.
/// The times of its runs are in a file next to each: `timings.csv`, `timings.3-of-8.csv`.
namespace pstar {

namespace detail {

/// The files in `folder` whose names start and end so, sorted by name.
inline std::vector<std::filesystem::path> files_named(const std::filesystem::path& folder, std::string_view start,
                                                      std::string_view end) {
    std::vector<std::filesystem::path> found;
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(start) && name.ends_with(end)) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace detail

/// The journal of the whole sweep, or of a shard (numbered 0, ..., count - 1). Throws `std::invalid_argument` for a
/// shard that is not valid.
inline std::filesystem::path journal_path(const std::filesystem::path& folder, const std::optional<Shard>& shard = {}) {
    if (!shard) return folder / "journal.jsonl";
    shard->validate();
    return folder / ("journal." + std::to_string(shard->index % shard->count) + "-of-" + std::to_string(shard->count) +
                     ".jsonl");
}

/// The file with the times of that journal's runs.
inline std::filesystem::path timings_path(const std::filesystem::path& journal) {
    auto name = journal.filename().string();
    if (name.starts_with("journal")) name.replace(0, std::string_view("journal").size(), "timings");
    return (journal.parent_path() / name).replace_extension(".csv");
}

/// The journals of shards in a folder, sorted by name.
inline std::vector<std::filesystem::path> shard_journals(const std::filesystem::path& folder) {
    auto found = detail::files_named(folder, "journal.", ".jsonl");
    std::erase(found, journal_path(folder));
    return found;
}

/// A file is itself; of a folder, all its journals. Empty if there is none.
inline std::vector<std::filesystem::path> find_journals(const std::filesystem::path& path) {
    std::error_code unreadable;
    if (std::filesystem::is_directory(path, unreadable)) return detail::files_named(path, "journal.", ".jsonl");
    if (!std::filesystem::exists(path, unreadable)) return {};
    return {path};
}

/// Whether any of these journals has a record of run i of the grid, for every i. Journals that do not exist have none.
/// Changes nothing. Throws `DataError` for a journal of another configuration.
template <class Run>
std::vector<bool> recorded_runs(const Grid<Run>& grid, std::span<const std::filesystem::path> journals,
                                const nlohmann::ordered_json& configuration) {
    std::vector<bool> recorded(grid.size());
    std::unordered_map<std::string, std::size_t> index_of;  // by key
    for (const auto& path : journals) {
        std::error_code unreadable;
        if (!std::filesystem::exists(path, unreadable)) continue;
        examine_journal(path, configuration);
        if (index_of.empty())
            for (std::size_t i = 0; i < grid.size(); ++i) index_of.emplace(grid.key(grid[i]).dump(), i);
        JournalLines lines(path, configuration);
        while (const auto line = lines.next()) {
            if (line->kind != JournalLines::Kind::record) continue;
            const auto found = index_of.find(line->content.value("run", nlohmann::ordered_json()).dump());
            if (found != index_of.end()) recorded[found->second] = true;
        }
    }
    return recorded;
}

}  // namespace pstar
