#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <pstar/sweep/journal.hpp>
#include <pstar/sweep/schedule.hpp>

#include "common/run/sweep_runs.hpp"

/// The journals of a study: `journal.jsonl` in its folder, and `journal.3-of-8.jsonl` of each part that ran alone.
namespace study {

std::filesystem::path journal_path(const std::filesystem::path& folder, const std::optional<pstar::Shard>& shard);
/// Where the timings of that journal's runs are.
std::filesystem::path timings_path(const std::filesystem::path& journal);

/// The journals of parts in the folder, by name.
std::vector<std::filesystem::path> part_journals(const std::filesystem::path& folder);
/// The timings of all journals in the folder.
std::vector<std::filesystem::path> all_timings(const std::filesystem::path& folder);

/// What `--merge` names: files as they are; of a folder its journal and those of its parts. Throws `UsageError` for
/// what is not there.
std::vector<std::filesystem::path> named_journals(std::span<const std::string> names);

/// Of each run of the grid, whether any of these journals has it; files that are not there have none. Changes nothing.
/// Throws `pstar::DataError` for a journal of another configuration.
std::vector<bool> recorded(std::span<const std::filesystem::path> journals, const Grid& grid,
                           const nlohmann::ordered_json& configuration);

}  // namespace study
