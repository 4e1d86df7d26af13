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

namespace pstar {

/// Reads a journal file line by line and says what each line is.
///
/// Every line is a JSON object with a checksum (`sealed_line`). The first line, the header, is
///
///     {"journal":"pstar","version":1,"configuration":{...},"crc32":...}
///
/// All others are records: the objects that the sweep appended, with the member "id", a hash of the configuration. Two
/// journals of one configuration, one after the other in a file, are a journal.
class JournalLines {
public:
    using Json = nlohmann::ordered_json;
    /// What a line is.
    enum class Kind { header, record, damaged, foreign };
    /// A line and where it stands.
    struct Line {
        std::size_t number;      ///< 1, 2, ...
        Kind kind;               ///< damaged: its checksum is wrong; foreign: a record of another configuration
        Json content;            ///< of a header or record, without "crc32" and "id"
        bool ended;              ///< with a line break
        std::size_t begin, end;  ///< positions in the file, in bytes
    };

    /// The header of a journal with this configuration.
    static std::string header(const Json& configuration) {
        return sealed_line(Json{{"journal", "pstar"}, {"version", 1}, {"configuration", configuration}});
    }
    /// The "id" of its records: 64-bit FNV-1a of the configuration as sorted, compact JSON, in hexadecimal digits.
    static std::string id_of(const Json& configuration) {
        std::uint64_t hash = 14695981039346656037U;
        for (const char letter : sorted_json(configuration).dump())
            hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211U;
        std::array<char, 17> digits{};
        std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
        return digits.data();
    }

    /// Opens a journal to read; throws std::system_error where it cannot.
    JournalLines(const std::filesystem::path& path, const Json& configuration)
        : path_(path), id_(id_of(configuration)), file_(path, std::ios::binary) {
        if (!file_)
            throw std::system_error(errno, std::generic_category(), "Journal: cannot read '" + path.string() + "'");
    }

    /// The next line, or nothing at the end of the file. Throws `std::system_error` where the file cannot be read: the
    /// lines behind that place are not known to be missing.
    std::optional<Line> next() {
        std::string text;
        errno = 0;
        if (!std::getline(file_, text)) {
            if (file_.bad())
                throw std::system_error(
                    errno == 0 ? EIO : errno, std::generic_category(),
                    "Journal: cannot read '" + path_.string() + "' behind line " + std::to_string(number_));
            return std::nullopt;
        }
        Line line{
            .number = ++number_, .kind = Kind::damaged, .content = {}, .ended = !file_.eof(), .begin = at_, .end = 0};
        at_ += text.size() + (line.ended ? 1 : 0);
        line.end = at_;
        if (text.ends_with('\r')) text.pop_back();  // a copy from a system that ends lines so
        auto content = unsealed(text);
        if (!content) return line;
        line.content = std::move(*content);
        if (line.content.contains("journal")) {
            line.kind = Kind::header;
        } else {
            const auto id = line.content.find("id");
            line.kind = id != line.content.end() && *id == id_ ? Kind::record : Kind::foreign;
            line.content.erase("id");
        }
        return line;
    }

private:
    std::filesystem::path path_;
    std::string id_;
    std::ifstream file_;
    std::size_t number_ = 0, at_ = 0;
};

/// What a whole journal file holds.
struct JournalState {
    bool has_header = false;
    std::size_t records = 0;         ///< good records of this configuration
    std::size_t size = 0;            ///< of the file, in bytes
    std::size_t keep = 0;            ///< bytes before an incomplete last line
    bool lacks_end = false;          ///< the last line is good, but its line break is missing
    std::vector<std::string> notes;  ///< what is wrong: one sentence per finding, with the line number
};

/// Reads a whole journal and changes nothing. Throws `DataError` if it has another configuration (the message says
/// where they differ) or is not a journal.
inline JournalState examine_journal(const std::filesystem::path& path, const nlohmann::ordered_json& configuration) {
    using Kind = JournalLines::Kind;
    const auto refuse_unless = [&](bool holds, const std::string& why) {
        if (!holds) throw DataError("Journal: '" + path.string() + "' " + why);
    };
    JournalLines lines(path, configuration);
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
                refuse_unless(line->content.value("version", nlohmann::ordered_json()) == 1,
                              "is of another version of pstar; use another file");
                const auto other =
                    json_difference(line->content.value("configuration", nlohmann::ordered_json()), configuration);
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
    std::ifstream file(path, std::ios::binary);  // no good line: a journal only if this is the start of a header
    const std::string start((std::istreambuf_iterator<char>(file)), {});
    refuse_unless(JournalLines::header(configuration).starts_with(start),
                  "has no readable line of a journal; move it away or use another file");
    return state;
}

}  // namespace pstar
