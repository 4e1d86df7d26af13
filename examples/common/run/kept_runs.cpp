#include "common/run/kept_runs.hpp"

#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

#include <pstar/experiment/accuracy_sweep.hpp>

#include "common/cli/text.hpp"
#include "common/cli/usage_error.hpp"
#include "common/run/journals.hpp"

namespace study {
namespace {

namespace fs = std::filesystem;

void say(const std::vector<std::string>& notes) {
    for (const auto& note : notes) fmt::print(stderr, "{}.\n", note);
}

}  // namespace

StoredRuns::StoredRuns(const std::string& program, const Flags& flags, const pstar::TrainTest& data)
    : flags_(flags),
      data_(data),
      grid_(grid_of(flags)),
      out_(claimed(program)),
      journal_(journal_path(out_.path(), flags.shard), pstar::accuracy_configuration(settings_of_runs(flags), data)),
      timings_(timings_path(journal_.path()), grid_) {
    out_.set_state("running");
    if (!flags.shard)
        take_over(flags.merge_from.empty() ? part_journals(out_.path()) : named_journals(flags.merge_from));
}

OutputFolder StoredRuns::claimed(const std::string& program) const {
    OutputFolder out(program, flags_);
    if (flags_.merge && flags_.merge_from.empty() && part_journals(out.path()).empty() &&
        !fs::exists(journal_path(out.path(), {})))
        throw UsageError("--merge: there is no journal in '" + out.path().string() +
                         "'; name the journals, or the folder they are in");
    named_journals(flags_.merge_from);  // all there
    out.make();
    return out;
}

void StoredRuns::take_over(std::vector<fs::path> others) {
    std::error_code reason;
    std::erase_if(others, [&](const auto& other) { return fs::equivalent(other, journal_.path(), reason); });
    if (others.empty()) return;
    const auto merged = pstar::merge_journals(journal_, others);
    say(merged.notes);
    for (const auto& other : others)
        if (merged.added > 0 && !fs::equivalent(fs::absolute(other).parent_path(), out_.path(), reason))
            timings_.add_all(timings_path(other));
    if (merged.added > 0 || flags_.merge)
        fmt::print(stderr, "{} taken over from {}.\n", counted(merged.added, "run"), counted(others.size(), "journal"));
}

std::size_t StoredRuns::records() const {
    std::size_t count = 0;
    journal_.for_each([&](const auto&, std::size_t) { ++count; });
    return count;
}

Outcomes StoredRuns::run(const Workers& workers) {
    try {
        auto outcomes = run_all(grid_, flags_, data_, workers, journal_,
                                [&](std::size_t index, double seconds) { timings_.add(index, seconds); });
        fill_in_seconds(grid_, all_timings(out_.path()), outcomes);
        return outcomes;
    } catch (const std::system_error& error) {
        throw std::runtime_error(
            fmt::format("{}. The {} it holds are safe; put that right (make room?), and the same command goes on",
                        error.what(), counted(records(), "finished run")));
    }
}

Collected StoredRuns::collect() {
    auto result = study::collect(grid_, flags_, data_, journal_);
    fill_in_seconds(grid_, all_timings(out_.path()), result.outcomes);
    return result;
}

std::string typed_again(const Flags& flags, const Workers& workers, const std::vector<std::string>& without,
                        const std::vector<std::string>& with) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < flags.typed.size(); ++i) {
        const auto& word = flags.typed[i];
        bool left_out = false;
        for (const auto& flag : without) {
            if (word == flag) ++i;  // and its value
            left_out = left_out || word == flag || word.starts_with(flag + "=");
        }
        if (!left_out) words.push_back(word);
    }
    words.insert(words.end(), with.begin(), with.end());
    const auto command = quoted(words);
    return workers.processes() > 1 ? fmt::format("mpirun -n {} {}", workers.processes(), command) : command;
}

}  // namespace study
