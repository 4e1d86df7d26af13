#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <zlib.h>
#include <nlohmann/json.hpp>

/// One JSON object a line, each with a checksum of its own, so that damage is found line by line. Any reader of JSON
/// lines (`pandas.read_json(path, lines=True)`) takes such a file.
namespace pstar {

namespace detail {

inline std::uint32_t crc32_of(std::string_view text) {
    return static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<z_size_t>(text.size())));
}

inline std::string seal_of(std::string_view text) {
    std::array<char, 32> seal{};
    std::snprintf(seal.data(), seal.size(), ",\"crc32\":\"%08x\"}", static_cast<unsigned>(crc32_of(text)));
    return seal.data();
}
inline constexpr std::size_t seal_size = 20;

/// Whether brackets outside of strings are nested more than `most` deep. A copy of such a value needs as deep a stack.
inline bool is_nested_beyond(std::string_view json, std::size_t most) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char letter = json[i];
        if (letter == '"') in_string = !in_string;
        if (in_string && letter == '\\') ++i;
        if (in_string) continue;
        if (letter == '[' || letter == '{') ++depth;
        if (letter == ']' || letter == '}') depth -= depth > 0;
        if (depth > most) return true;
    }
    return false;
}

}  // namespace detail

/// The object as one line without its end, its last member "crc32": the CRC-32 (zlib's) of the bytes before the comma
/// in front of it, in eight hexadecimal digits. `object` must be an object with at least one member. NaN is written as
/// null, infinity as "inf" or "-inf" (`json_number` reads them); other numbers so that they are read back bit for bit.
template <class Json>
std::string sealed_line(const Json& object) {
    std::string line = object.dump(-1, ' ', false, Json::error_handler_t::replace);
    line.pop_back();
    return line + detail::seal_of(line);
}

/// The object of such a line without its checksum, or nothing if as much as a bit of it has changed, or if its values
/// are nested more than 200 deep.
template <class Json = nlohmann::ordered_json>
std::optional<Json> unsealed(std::string_view line) {
    if (line.size() <= detail::seal_size) return std::nullopt;
    const auto body = line.substr(0, line.size() - detail::seal_size);
    if (line.substr(body.size()) != detail::seal_of(body) || detail::is_nested_beyond(body, 200)) return std::nullopt;
    auto object = Json::parse(std::string(body) + "}", nullptr, false);
    if (!object.is_object()) return std::nullopt;
    return object;
}

/// A number as JSON, which has neither NaN (null) nor infinity ("inf", "-inf"), and back. Throws nlohmann's exceptions
/// for what is neither.
template <class Json = nlohmann::ordered_json>
Json json_number(double value) {
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;  // NaN is printed as null
}
/// Reads such a number back.
template <class Json>
double number_of_json(const Json& value) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (value.is_string() && value == "inf") return infinity;
    if (value.is_string() && value == "-inf") return -infinity;
    return value.template get<double>();
}

}  // namespace pstar
