#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pstar/core/atomic_file.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/named_tensor.hpp>
#include <pstar/io/safetensors_file.hpp>

/// Checkpoints: a model's named tensors to and from a safetensors file. PyTorch reads the same file
/// (`scripts/load_checkpoint.py`), and `load_state_dict` takes it where names and shapes agree.
namespace pstar {

namespace detail {

struct TensorBytes {
    std::string_view name, dtype;
    std::span<const std::size_t> shape;
    std::span<const std::byte> bytes;
};

inline std::string shape_text(std::span<const std::size_t> shape) {
    std::string text = "(";
    for (const std::size_t dimension : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(dimension);
    return text + ")";
}

/// The caller's tensors with their element type taken off; each must have its own name and as many values as its shape
/// says.
template <class Tensors>
std::vector<TensorBytes> tensor_bytes(std::string_view where, const Tensors& tensors) {
    std::vector<TensorBytes> result;
    std::set<std::string_view> names;
    for (const auto& tensor : tensors) {
        using Scalar = std::remove_const_t<typename decltype(tensor.values)::element_type>;
        static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                      "safetensors: pass a range of NamedTensor<float> or NamedTensor<double>");
        require(names.insert(tensor.name).second && tensor.name != "__metadata__", where, "name", tensor.name,
                "be unique and not __metadata__");
        require(element_count(tensor.shape) == tensor.values.size(), where, tensor.name + ".values.size()",
                tensor.values.size(), "be the product of its shape " + shape_text(tensor.shape));
        result.push_back({tensor.name, std::is_same_v<Scalar, float> ? "F32" : "F64", tensor.shape,
                          std::as_bytes(std::span(tensor.values))});
    }
    return result;
}

template <class Json>
std::string json_text(std::string_view text) {
    try {
        return Json(text).dump();
    } catch (const typename Json::type_error&) {
        throw std::invalid_argument("save_safetensors: a name or metadata text is not UTF-8");
    }
}

template <class Json = nlohmann::json>
std::string safetensors_header_text(std::span<const TensorBytes> tensors, const SafetensorsMetadata& metadata) {
    std::string text, comma;
    for (const auto& [key, value] : metadata)
        text += std::exchange(comma, ",") + json_text<Json>(key) + ":" + json_text<Json>(value);
    if (!metadata.empty()) text = "\"__metadata__\":{" + text + "}";
    std::size_t end = 0;
    for (const auto& [name, dtype, shape, bytes] : tensors) {
        const std::size_t begin = std::exchange(end, end + bytes.size());
        text += std::exchange(comma, ",") + json_text<Json>(name) + ":{\"dtype\":\"" + std::string(dtype) +
                "\",\"shape\":" + Json(shape).dump() + ",\"data_offsets\":[" + std::to_string(begin) + "," +
                std::to_string(end) + "]}";
    }
    text = "{" + text + "}";
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
}

/// For each wanted tensor the stored one; throws one `DataError` that lists every disagreement.
inline std::vector<const StoredTensor*> match(const std::filesystem::path& path, const Safetensors& file,
                                              std::span<const TensorBytes> wanted) {
    std::map<std::string_view, const StoredTensor*> by_name;
    for (const auto& stored : file.tensors) by_name[stored.name] = &stored;
    std::vector<const StoredTensor*> found;
    std::string missing, unexpected, different;
    for (const auto& [name, dtype, shape, bytes] : wanted) {
        const auto at = by_name.find(name);
        if (at == by_name.end()) {
            missing += " '" + std::string(name) + "'";
            continue;
        }
        const auto& stored = *found.emplace_back(at->second);
        by_name.erase(at);
        if (stored.dtype != dtype || !std::equal(shape.begin(), shape.end(), stored.shape.begin(), stored.shape.end()))
            different += "; '" + stored.name + "' is " + stored.dtype + " " + shape_text(stored.shape) + ", expected " +
                         std::string(dtype) + " " + shape_text(shape);
    }
    for (const auto& [name, stored] : by_name) unexpected += " '" + std::string(name) + "'";
    if (!missing.empty()) missing = "; missing:" + missing;
    if (!unexpected.empty()) unexpected = "; unexpected:" + unexpected;
    const auto disagreements = missing + unexpected + different;
    if (!disagreements.empty())
        throw DataError("load_safetensors: '" + path.string() + "' does not fit" + disagreements);
    return found;
}

}  // namespace detail

/// Writes tensors, a range of `NamedTensor<float or double>` such as a network's `parameters()`, in the order given and
/// whole or not at all (`AtomicFile`). Throws `std::invalid_argument` if a name appears twice, is `__metadata__` or is
/// not UTF-8, or if values and shape disagree; `std::system_error` if the file cannot be written.
template <class Tensors>
void save_safetensors(const std::filesystem::path& path, const Tensors& tensors,
                      const SafetensorsMetadata& metadata = {}) {
    const auto views = detail::tensor_bytes("save_safetensors", tensors);
    const auto header = detail::safetensors_header_text(views, metadata);
    require(header.size() <= detail::safetensors_header_limit, "save_safetensors", "header size", header.size(),
            "be at most 100000000 bytes: use fewer tensors or less metadata");
    const std::uint64_t length = header.size();
    AtomicFile file(path);
    file.write(&length, sizeof length);
    file.write(header);
    for (const auto& view : views) file.write(view.bytes.data(), view.bytes.size());
    file.commit();
}

/// Copies a file's tensors into `into`, a range of `NamedTensor<float or double>`, and returns its metadata. Strict:
/// the names must be the same set (in any order), dtypes and shapes equal. Otherwise throws `DataError` that lists what
/// is missing, unexpected or different, and leaves every value as it was.
template <class Tensors>
SafetensorsMetadata load_safetensors(const std::filesystem::path& path, const Tensors& into) {
    const auto views = detail::tensor_bytes("load_safetensors", into);
    auto file = read_safetensors(path);
    const auto found = detail::match(path, file, views);
    auto stored = found.begin();
    for (const auto& tensor : into) {
        const auto bytes = std::as_writable_bytes(std::span(tensor.values));
        std::copy((*stored)->bytes.begin(), (*stored)->bytes.end(), bytes.begin());
        ++stored;
    }
    return std::move(file.metadata);
}

}  // namespace pstar
