#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/named_tensor.hpp>
#include <pstar/io/input_file.hpp>
#include <pstar/io/json_file.hpp>

/// What lies in a file of the safetensors format (github.com/huggingface/safetensors, section "Format"):
///
///     8 bytes       N, the length of the header, little-endian
///     N bytes       the header, JSON, padded with spaces to a multiple of 8:
///                   {"__metadata__": {"key": "text", ...},                               (may be absent)
///                    "name": {"dtype": "F32", "shape": [out, in], "data_offsets": [begin, end]}, ...}
///     the rest      the elements, row-major and little-endian; the offsets count from here and leave no hole
namespace pstar {

static_assert(std::endian::native == std::endian::little, "safetensors_file.hpp: needs a little-endian processor");

/// A tensor as it lies in a file. `dtype` is the format's word: F32, F64, I64, U8, BF16, ...
struct StoredTensor {
    std::string name;
    std::string dtype;
    std::vector<std::size_t> shape;
    std::vector<std::byte> bytes;
};

/// Words about a file, by name.
using SafetensorsMetadata = std::map<std::string, std::string>;

/// All that a file holds; the tensors in the order of their bytes.
struct Safetensors {
    std::vector<StoredTensor> tensors;
    SafetensorsMetadata metadata;
};

namespace detail {

constexpr std::uint64_t safetensors_header_limit = 100'000'000;  // as in the reference implementation

/// Bytes per element, 0 for a word that is no dtype.
inline std::size_t safetensors_dtype_size(std::string_view dtype) {
    for (const auto word : {"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"})
        if (dtype == word) return 1;
    for (const auto word : {"U16", "I16", "F16", "BF16"})
        if (dtype == word) return 2;
    for (const auto word : {"U32", "I32", "F32"})
        if (dtype == word) return 4;
    for (const auto word : {"U64", "I64", "F64"})
        if (dtype == word) return 8;
    return 0;
}

struct SafetensorsEntry {
    StoredTensor tensor;  // its bytes not read yet
    std::uint64_t begin = 0, end = 0;
};

template <class Json>
std::vector<std::size_t> safetensors_integers(const InputFile& file, const std::string& name, const Json& list) {
    const auto is_unsigned = [](const Json& value) { return value.is_number_unsigned(); };
    if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_unsigned))
        file.refuse("tensor '" + name + "': shape and data_offsets must be lists of integers >= 0");
    return list.template get<std::vector<std::size_t>>();
}

template <class Json>
SafetensorsEntry safetensors_entry(const InputFile& file, const std::string& name, const Json& fields) {
    const std::string where = "tensor '" + name + "': ";
    if (!fields.is_object() || fields.size() != 3 || !fields.contains("dtype") || !fields.contains("shape") ||
        !fields.contains("data_offsets") || !fields["dtype"].is_string())
        file.refuse(where + "must have dtype (text), shape and data_offsets, and nothing else");
    SafetensorsEntry entry{
        {name, fields["dtype"].template get<std::string>(), safetensors_integers(file, name, fields["shape"]), {}}};
    const auto offsets = safetensors_integers(file, name, fields["data_offsets"]);
    if (offsets.size() != 2 || offsets[0] > offsets[1]) file.refuse(where + "data_offsets must be [begin, end]");
    entry.begin = offsets[0], entry.end = offsets[1];

    const std::size_t size = safetensors_dtype_size(entry.tensor.dtype), bytes = offsets[1] - offsets[0];
    if (size == 0) file.refuse(where + "unknown dtype '" + entry.tensor.dtype + "'");
    const auto count = element_count(entry.tensor.shape);
    if (!count || bytes % size != 0 || *count != bytes / size)
        file.refuse(where + "its shape and dtype do not need the " + std::to_string(bytes) +
                    " bytes of its data_offsets");
    return entry;
}

template <class Json>
SafetensorsMetadata safetensors_metadata(const InputFile& file, const Json& fields) {
    const auto is_text = [](const Json& value) { return value.is_string(); };
    if (!fields.is_object() || !std::all_of(fields.begin(), fields.end(), is_text))
        file.refuse("__metadata__ must be an object of texts");
    return fields.template get<SafetensorsMetadata>();
}

template <class Json>
Json safetensors_header(InputFile& file) {
    std::uint64_t length = 0;
    file.read(&length, sizeof length);
    if (length > safetensors_header_limit || length > file.remaining())
        file.refuse("no safetensors file, or truncated: its header would be " + std::to_string(length) +
                    " bytes long, " + std::to_string(file.remaining()) +
                    " are left (and at most 100000000 are allowed)");
    const auto text = file.read_text(length);
    if (!text.starts_with('{')) file.refuse("no safetensors file: its header must begin with '{'");
    return parse_json<Json>(text, file.where() + ": header");
}

}  // namespace detail

/// Everything in a safetensors file. Throws `DataError` for a file that is not exactly what the format says, before it
/// allocates what the file only claims to hold. `Json` is what the header is read as.
template <class Json = nlohmann::json>
Safetensors read_safetensors(const std::filesystem::path& path) {
    InputFile file(path, "read_safetensors");
    const auto header = detail::safetensors_header<Json>(file);
    Safetensors result;
    std::vector<detail::SafetensorsEntry> entries;
    for (const auto& [name, fields] : header.items()) {
        if (name == "__metadata__")
            result.metadata = detail::safetensors_metadata(file, fields);
        else
            entries.push_back(detail::safetensors_entry(file, name, fields));
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });

    std::uint64_t covered = 0;
    for (const auto& entry : entries) {
        if (entry.begin != covered)
            file.refuse("tensor '" + entry.tensor.name + "': begins at byte " + std::to_string(entry.begin) +
                        " of the data, but the one before ends at " + std::to_string(covered));
        covered = entry.end;
    }
    if (covered != file.remaining())
        file.refuse("holds " + std::to_string(file.remaining()) + " bytes of data, but its header describes " +
                    std::to_string(covered));
    for (auto& [tensor, begin, end] : entries) {
        tensor.bytes.resize(end - begin);
        file.read(tensor.bytes.data(), tensor.bytes.size());
        result.tensors.push_back(std::move(tensor));
    }
    return result;
}

}  // namespace pstar
