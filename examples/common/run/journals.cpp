#include "common/run/journals.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "common/cli/usage_error.hpp"

namespace study {
namespace {

namespace fs = std::filesystem;

/// The files of the folder whose names begin and end so, by name.
std::vector<fs::path> files(const fs::path& folder, const std::string& start, const std::string& end) {
    std::vector<fs::path> result;
    std::error_code reason;
    for (const auto& entry : fs::directory_iterator(folder, reason)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(start) && name.ends_with(end)) result.push_back(entry.path());
    }
    std::ranges::sort(result);
    return result;
}

const std::string journal_name = "journal.jsonl";

}  // namespace

fs::path journal_path(const fs::path& folder, const std::optional<pstar::Shard>& shard) {
    return folder / (shard ? fmt::format("journal.{}-of-{}.jsonl", shard->index, shard->count) : journal_name);
}

fs::path timings_path(const fs::path& journal) {
    auto name = journal.filename().string();
    if (name.starts_with("journal")) name.replace(0, std::string("journal").size(), "timings");
    return (journal.parent_path() / name).replace_extension(".csv");
}

std::vector<fs::path> part_journals(const fs::path& folder) {
    auto result = files(folder, "journal.", ".jsonl");
    std::erase_if(result, [](const fs::path& path) { return path.filename() == journal_name; });
    return result;
}
std::vector<fs::path> all_timings(const fs::path& folder) {
    return files(folder, "timings.", "csv");
}

std::vector<fs::path> named_journals(std::span<const std::string> names) {
    std::vector<fs::path> result;
    for (const auto& name : names) {
        std::error_code reason;
        if (!fs::exists(name, reason)) throw UsageError("--merge: there is no '" + name + "'");
        if (!fs::is_directory(name, reason)) {
            result.emplace_back(name);
            continue;
        }
        const auto found = files(name, "journal.", "jsonl");
        if (found.empty()) throw UsageError("--merge: there is no journal in '" + name + "'");
        result.insert(result.end(), found.begin(), found.end());
    }
    return result;
}

std::vector<bool> recorded(std::span<const fs::path> journals, const Grid& grid,
                           const nlohmann::ordered_json& configuration) {
    std::vector<bool> result(grid.size());
    std::unordered_map<std::string, std::size_t> places;
    for (const auto& path : journals) {
        std::error_code reason;
        if (!fs::exists(path, reason)) continue;
        pstar::examine_journal(path, configuration);
        if (places.empty())
            for (std::size_t i = 0; i < grid.size(); ++i) places.emplace(grid.key(grid[i]).dump(), i);
        pstar::JournalLines lines(path, configuration);
        while (const auto line = lines.next()) {
            if (line->kind != pstar::JournalLines::Kind::record) continue;
            const auto place = places.find(line->content.value("run", nlohmann::ordered_json()).dump());
            if (place != places.end()) result[place->second] = true;
        }
    }
    return result;
}

}  // namespace study
