#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/error.hpp>
#include <pstar/io/json_difference.hpp>
#include <pstar/io/json_line.hpp>

/// What stands in the journal of a sweep.
namespace pstar {

/// The lines of a journal file, read one by one and judged.
///
/// The file holds JSON lines, each with its checksum (`sealed_line`). The first is {"journal":"pstar","version":1,
/// "configuration":{...},"id":...}; the others are records, objects of the sweep's with the same "id", a hash of the
/// configuration. A file of two journals of one configuration is a journal.
template <class JsonType>
class BasicJournalLines {
public:
    using Json = JsonType;
    enum class Kind { header, record, damaged, foreign };
    struct Line {
        std::size_t number;      ///< 1, 2, ...
        Kind kind;               ///< damaged: its checksum does not fit; foreign: another configuration's
        Json content;            ///< of a header or record, without checksum and id
        bool ended;              ///< by a line break
        std::size_t begin, end;  ///< bytes of the file
    };

    /// The first line of a journal of that configuration, and the hash that the others carry.
    static std::string header(const Json& configuration) {
        return sealed_line(Json{{"journal", "pstar"}, {"version", 1}, {"configuration", configuration}});
    }
    static std::string id_of(const Json& configuration) {
        std::uint64_t hash = 14695981039346656037U;  // FNV-1a
        for (const char letter : nlohmann::json(configuration).dump())
            hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211U;
        std::array<char, 17> digits{};
        std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
        return digits.data();
    }

    BasicJournalLines(const std::filesystem::path& path, const Json& configuration)
        : id_(id_of(configuration)), file_(path, std::ios::binary) {
        if (!file_)
            throw std::system_error(errno, std::generic_category(), "Journal: cannot read '" + path.string() + "'");
    }

    /// The next line; nothing at the end of the file.
    std::optional<Line> next() {
        std::string text;
        if (!std::getline(file_, text)) return std::nullopt;
        Line line{
            .number = ++number_, .kind = Kind::damaged, .content = {}, .ended = !file_.eof(), .begin = at_, .end = 0};
        at_ += text.size() + (line.ended ? 1 : 0);
        line.end = at_;
        auto content = unsealed<Json>(text);
        if (!content) return line;
        line.content = std::move(*content);
        if (line.content.contains("journal")) {
            line.kind = Kind::header;
        } else {
            line.kind = line.content.value("id", "") == id_ ? Kind::record : Kind::foreign;
            line.content.erase("id");
        }
        return line;
    }

private:
    std::string id_;
    std::ifstream file_;
    std::size_t number_ = 0, at_ = 0;
};
using JournalLines = BasicJournalLines<nlohmann::ordered_json>;

/// What reading a journal through has shown.
struct JournalState {
    bool has_header = false;
    std::size_t records = 0;         ///< good ones of this configuration
    std::size_t size = 0;            ///< bytes that are there
    std::size_t keep = 0;            ///< of them, those before a torn last line
    bool lacks_end = false;          ///< the last line is good but for its line break
    std::vector<std::string> notes;  ///< what is amiss, a sentence each, with the number of the line
};

/// Reads a journal through and changes nothing. Throws `DataError` if it is another configuration's (the message says
/// where they differ) or no journal at all.
template <class Json>
JournalState examine_journal(const std::filesystem::path& path, const Json& configuration) {
    using Lines = BasicJournalLines<Json>;
    using Kind = typename Lines::Kind;
    const auto refuse_unless = [&](bool holds, const std::string& why) {
        if (!holds) throw DataError("Journal: '" + path.string() + "' " + why);
    };
    Lines lines(path, configuration);
    JournalState state;
    std::size_t foreign = 0;
    while (const auto line = lines.next()) {
        const auto where = "line " + std::to_string(line->number) + " of " + path.string();
        const bool torn = line->kind == Kind::damaged && !line->ended;
        state.size = line->end;
        state.keep = torn ? line->begin : line->end;
        state.lacks_end = !line->ended && !torn;
        switch (line->kind) {
            case Kind::header: {
                refuse_unless(line->content.value("version", 0) == 1,
                              "is of another version of pstar; use another file");
                const auto other =
                    json_difference(line->content.value("configuration", nlohmann::json()), configuration);
                refuse_unless(other.empty(), "is of another configuration (" + other + "); use another file");
                state.has_header = true;
                break;
            }
            case Kind::record:
                ++state.records;
                break;
            case Kind::foreign:
                ++foreign;
                state.notes.push_back(where + " is of another configuration; it is left out");
                break;
            case Kind::damaged:
                state.notes.push_back(where + (torn ? " is torn (cut off while it was written); it is dropped"
                                                    : " is damaged; its run is done again"));
        }
    }
    if (state.size == 0 || state.has_header || state.records > 0) return state;
    refuse_unless(foreign == 0, "is of another configuration (its first line is damaged); use another file");
    std::ifstream file(path, std::ios::binary);  // no good line: ours only if it is a first line cut short
    const std::string start((std::istreambuf_iterator<char>(file)), {});
    refuse_unless(Lines::header(configuration).starts_with(start),
                  "has no readable line of a journal; move it away or use another file");
    return state;
}

}  // namespace pstar
