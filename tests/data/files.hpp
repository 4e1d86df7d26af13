#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>
#include <zlib.h>

namespace pstar::tests {

using Bytes = std::vector<std::uint8_t>;

/// A folder that lives as long as the object.
struct TemporaryFolder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("pstar_data_" + std::to_string(::getpid()));
    TemporaryFolder() {
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
    std::filesystem::path operator/(const std::string& name) const { return path / name; }
};

inline void put(const std::filesystem::path& path, const Bytes& bytes) {
    std::filesystem::remove(path);  // some file systems flush a file that is written over
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline Bytes get(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// One gzip member that holds `bytes`.
inline Bytes gzipped(const Bytes& bytes) {
    z_stream deflater{};
    ::deflateInit2(&deflater, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    Bytes out(::deflateBound(&deflater, bytes.size()));
    deflater.next_in = const_cast<Bytef*>(bytes.data());
    deflater.avail_in = static_cast<uInt>(bytes.size());
    deflater.next_out = out.data();
    deflater.avail_out = static_cast<uInt>(out.size());
    ::deflate(&deflater, Z_FINISH);
    out.resize(deflater.total_out);
    ::deflateEnd(&deflater);
    return out;
}

/// The bytes of numbers in this processor's order.
template <class T>
Bytes bytes_of(const std::vector<T>& values) {
    Bytes bytes(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

/// An npy file by hand, as NumPy writes it: `npy("<f4", "(2, 3)", payload)`.
inline Bytes npy(const std::string& dtype, const std::string& shape, const Bytes& payload) {
    std::string header = "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(117, ' ');
    header = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
    Bytes bytes(header.begin(), header.end());
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

}  // namespace pstar::tests
