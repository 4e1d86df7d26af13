// Journals: whatever stands in the file, examining it is an answer or a DataError; what is kept of a file is a journal
// of the same records with nothing torn; a sealed line is read back equal.
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include <pstar/core/error.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/sweep/journal_lines.hpp>

#include "fuzz/fuzz.hpp"

FUZZ_TARGET(journal) {
    const nlohmann::ordered_json configuration{{"epochs", 3}, {"body", "experiment"}};
    fuzz::Cursor cursor(bytes);
    const bool with_header = cursor.below(2) == 1, seal = cursor.below(2) == 1;
    std::string text, line;
    if (with_header) text = pstar::JournalLines::header(configuration) + "\n";
    for (const char letter : fuzz::text_of(cursor.rest())) {
        line += letter;
        if (letter != '\n') continue;
        if (seal) {  // else nothing gets past the checksum
            line.pop_back();
            if (!line.empty() && line.back() == '}') line.pop_back();
            line += pstar::detail::seal_of(line) + "\n";
        }
        text += line;
        line.clear();
    }
    text += line;
    const auto path = fuzz::file_of({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, "journal.jsonl");
    pstar::JournalLines lines(path, configuration);
    while (const auto found = lines.next()) {
        fuzz::must(found->begin < found->end && found->end <= text.size(), "a line lies in the file");
        if (found->kind == pstar::JournalLines::Kind::damaged || found->content.empty()) continue;
        const auto again = pstar::unsealed(pstar::sealed_line(found->content));
        fuzz::must(again && again->dump() == found->content.dump(), "a sealed line is read back equal");
    }
    try {
        const auto state = pstar::examine_journal(path, configuration);
        fuzz::must(state.keep <= state.size && state.size == text.size(), "what is kept lies in the file");
        std::filesystem::resize_file(path, state.keep);
        const auto kept = pstar::examine_journal(path, configuration);
        fuzz::must(kept.records == state.records && kept.has_header == state.has_header, "records stay");
        fuzz::must(kept.keep == state.keep, "nothing more is torn");
    } catch (const pstar::DataError&) {
    }
}
