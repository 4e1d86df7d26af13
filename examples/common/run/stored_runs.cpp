#include "common/run/stored_runs.hpp"

#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

#include <pstar/sweep/journal_files.hpp>

#include "common/cli/program.hpp"
#include "common/cli/text.hpp"

namespace study {
namespace {

namespace fs = std::filesystem;

/// Whether `--merge` finds journals: where it says, or in the folder.
void check_merge(const Flags& flags) {
    std::error_code reason;
    for (const auto& name : flags.merge_from) {
        if (!fs::exists(name, reason)) throw UsageError("--merge: there is no '" + name + "'");
        if (pstar::find_journals(name).empty()) throw UsageError("--merge: there is no journal in '" + name + "'");
    }
    if (flags.merge && flags.merge_from.empty() && pstar::find_journals(flags.out).empty())
        throw UsageError("--merge: there is no journal in '" + fs::absolute(flags.out).lexically_normal().string() +
                         "'; name the journals, or the folder they are in");
}

pstar::RunStoreOptions store_options(const std::string& program, const Flags& flags, const StudyRuns& runs) {
    const OutputFolder look(folder_options(program, flags));  // a folder of another study is the first thing to say
    check_merge(flags);
    return {.folder = folder_options(program, flags),
            .configuration = runs.configuration(),
            .shard = flags.shard,
            .merge = {flags.merge_from.begin(), flags.merge_from.end()},
            .lock = flags.no_lock ? pstar::JournalLock::none : pstar::JournalLock::required,
            .on_note = [](const std::string& finding) { note("{}.\n", finding); }};
}

}  // namespace

StoredRuns::StoredRuns(const std::string& program, const Flags& flags, StudyRuns& runs)
    : flags_(flags), runs_(runs), store_(grid_of(flags), store_options(program, flags, runs)) {
    const auto& merged = store_.merged();
    if (merged.added > 0 || (merged.journals > 0 && flags.merge))
        note("{} taken over from {}.\n", counted(merged.added, "run"), counted(merged.journals, "journal"));
}

void StoredRuns::run(const Workers& workers) {
    try {
        run_all(store_, flags_, runs_, workers);
    } catch (const std::system_error& error) {
        const auto path = store_.journal().path().string();
        if (!std::filesystem::exists(path))
            throw std::runtime_error(fmt::format("{}. {}", error.what(),
                                                 std::filesystem::exists(path + ".saved")
                                                     ? "Give them its name again, and the same command goes on"
                                                     : "What it held is lost; the same command starts again"));
        std::size_t records = 0;
        store_.journal().for_each([&](const auto&, std::size_t) { ++records; });
        throw std::runtime_error(
            fmt::format("{}. The {} it holds are safe; put that right (make room?), and the same command goes on",
                        error.what(), counted(records, "finished run")));
    }
}

std::size_t StoredRuns::collect() {
    return study::collect(store_, flags_, runs_);
}

std::string typed_again(const Flags& flags, const Workers& workers, const std::vector<std::string>& without,
                        const std::vector<std::string>& with) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < flags.typed.size(); ++i) {
        const auto& word = flags.typed[i];
        bool left_out = false;
        for (const auto& flag : without) {
            if (word == flag && i + 1 < flags.typed.size() && !flags.typed[i + 1].starts_with('-')) ++i;  // its value
            left_out = left_out || word == flag || word.starts_with(flag + "=");
        }
        if (!left_out) words.push_back(word);
    }
    words.insert(words.end(), with.begin(), with.end());
    const auto command = quoted(words);
    return workers.processes() > 1 ? fmt::format("mpirun -n {} {}", workers.processes(), command) : command;
}

}  // namespace study
