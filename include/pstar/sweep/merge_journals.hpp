#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <sys/file.h>

#include <pstar/sweep/detail/file_lock.hpp>
#include <pstar/sweep/journal.hpp>
#include <pstar/sweep/journal_lines.hpp>

namespace pstar {

/// What `merge_journals` did.
struct MergedJournals {
    std::size_t journals = 0;       ///< files that were read
    std::size_t added = 0;          ///< records that were copied
    std::size_t already_there = 0;  ///< records of runs that the journal had already
    std::vector<std::string> notes =
        {};  ///< damage in the files, and runs with two different results, with line numbers
};

/// Copies to `journal` the records of other journal files whose run (member "run") it does not have. If there are two
/// records of one run, the first stays, except that a record with the status "failed" is followed by the first one that
/// did not fail. The other files are not changed. Throws `DataError` if one of them has another configuration, is not a
/// journal, or is open in another process; the files before it have then been merged.
inline MergedJournals merge_journals(Journal& journal, std::span<const std::filesystem::path> others) {
    using Json = Journal::Json;
    struct Known {
        std::string text;
        bool failed;
    };
    const auto known_as = [](const Json& record) {
        return Known{record.dump(), record.value("status", "") == "failed"};
    };
    const auto run_of = [](const Json& record) { return record.value("run", Json()).dump(); };
    std::unordered_map<std::string, Known> known;
    journal.for_each([&](const Json& record, std::size_t) {
        const auto [place, is_new] = known.try_emplace(run_of(record), known_as(record));
        if (!is_new && place->second.failed) place->second = known_as(record);
    });
    MergedJournals merged{.journals = others.size()};
    for (const auto& other : others) {
        const detail::FileLock lock(other, LOCK_SH, journal.lock());
        const auto notes = examine_journal(other, journal.configuration()).notes;
        merged.notes.insert(merged.notes.end(), notes.begin(), notes.end());
        JournalLines lines(other, journal.configuration());
        while (const auto line = lines.next()) {
            if (line->kind != JournalLines::Kind::record) continue;
            const auto offered = known_as(line->content);
            const auto [place, is_new] = known.try_emplace(run_of(line->content), offered);
            auto& there = place->second;
            if (is_new || (there.failed && !offered.failed)) {
                journal.append(line->content);
                there = offered;
                ++merged.added;
            } else if (++merged.already_there; there.text != offered.text && !offered.failed) {
                merged.notes.push_back("line " + std::to_string(line->number) + " of " + other.string() +
                                       " has another result for the run " + place->first + "; the first one stays");
            }
        }
    }
    return merged;
}
/// `merge_journals` of one other journal.
inline MergedJournals merge_journal(Journal& journal, const std::filesystem::path& other) {
    return merge_journals(journal, std::span(&other, 1));
}

}  // namespace pstar
