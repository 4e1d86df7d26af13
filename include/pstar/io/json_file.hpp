#pragma once

#include <cmath>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/atomic_file.hpp>
#include <pstar/core/error.hpp>
#include <pstar/io/input_file.hpp>

namespace pstar {

/// The value that `text` describes, read strictly: one JSON value and nothing behind it, no object with the same key
/// twice, at most 100 levels deep. Throws `DataError("where: ...")` with line and column.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, const std::string& where) {
    std::vector<std::set<std::string>> keys;  // of each object that is still open
    const auto check = [&](int depth, typename Json::parse_event_t event, const Json& parsed) {
        const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
        if (opens && depth >= 100) throw DataError(where + ": nested more than 100 levels deep");
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key && !keys.back().insert(parsed.template get<std::string>()).second)
            throw DataError(where + ": the key " + parsed.dump() + " appears twice in one object");
        return true;
    };
    try {
        return Json::parse(text.begin(), text.end(), check);
    } catch (const typename Json::exception& error) {
        const std::string_view reason = error.what();  // "[json.exception.parse_error.101] parse error at line 1, ..."
        throw DataError(where + ": " + std::string(reason.substr(reason.find("] ") + 2)));
    }
}

/// The JSON value in a file. Throws `DataError` with the path and the place of the mistake.
template <class Json = nlohmann::json>
Json read_json(const std::filesystem::path& path) {
    InputFile file(path, "read_json");
    return parse_json<Json>(file.read_rest(), file.where());
}

namespace detail {
/// JSON has no NaN and no infinity, and the serialiser would write null without an error.
template <class Json>
void require_finite(const Json& value, const std::string& place) {
    if (value.is_number_float())
        require(std::isfinite(value.template get<double>()), "write_json", place, value.template get<double>(),
                "be finite: JSON has no such number; leave it out or write null");
    if (value.is_object())
        for (const auto& [key, member] : value.items()) require_finite(member, place + "/" + key);
    if (value.is_array())
        for (std::size_t i = 0; i < value.size(); ++i) require_finite(value[i], place + "/" + std::to_string(i));
}
}  // namespace detail

/// Writes a `nlohmann::json` or `nlohmann::ordered_json` as indented text, whole or not at all (`AtomicFile`). Numbers
/// are written so that they are read back bit for bit. Throws `std::invalid_argument` for NaN, infinity and text that
/// is not UTF-8, `std::system_error` if the file cannot be written.
template <class Json>
void write_json(const std::filesystem::path& path, const Json& value) {
    detail::require_finite(value, "the number at ");
    std::string text;
    try {
        text = value.dump(4) + "\n";
    } catch (const typename Json::type_error& error) {
        throw std::invalid_argument("write_json: '" + path.string() + "': " + error.what());
    }
    AtomicFile file(path);
    file.write(text);
    file.commit();
}

}  // namespace pstar
