// safetensors: the tensors of floats in a file are written back and read again equal, bit for bit, with the metadata.
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/named_tensor.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/io/safetensors_file.hpp>

#include "fuzz/fuzz.hpp"

FUZZ_TARGET(safetensors) {
    const auto path = fuzz::file_of(bytes, "read.safetensors"), again = fuzz::folder() / "written.safetensors";
    pstar::Safetensors file;
    try {
        file = pstar::read_safetensors(path);
    } catch (const pstar::DataError&) {
        return;
    }
    std::vector<std::vector<float>> values;
    std::vector<pstar::NamedTensor<const float>> tensors;
    for (const auto& stored : file.tensors) {
        if (stored.dtype != "F32") continue;
        auto& copy = values.emplace_back(stored.bytes.size() / sizeof(float));
        if (!copy.empty()) std::memcpy(copy.data(), stored.bytes.data(), stored.bytes.size());
    }
    std::size_t next = 0;
    for (const auto& stored : file.tensors)
        if (stored.dtype == "F32") tensors.push_back({stored.name, stored.shape, values[next++]});
    pstar::save_safetensors(again, tensors, file.metadata);
    const auto reread = pstar::read_safetensors(again);
    fuzz::must(reread.metadata == file.metadata, "metadata is read back equal");
    fuzz::must(reread.tensors.size() == tensors.size(), "as many tensors are read back");
    for (const auto& stored : file.tensors) {
        if (stored.dtype != "F32") continue;
        const auto same = [&](const pstar::StoredTensor& other) {
            return other.name == stored.name && other.shape == stored.shape && other.bytes == stored.bytes;
        };
        fuzz::must(std::ranges::any_of(reread.tensors, same), "a tensor is read back equal");
    }
}
