#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

/// A folder of a test's own, empty at first and removed at the end.
class Scratch {
public:
    Scratch() {
        auto name = (std::filesystem::temp_directory_path() / "pstar-io-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("Scratch: cannot create " + name);
        folder_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { std::filesystem::remove_all(folder_); }

    std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }
    bool is_empty() const { return std::filesystem::is_empty(folder_); }

private:
    std::filesystem::path folder_;
};

inline std::filesystem::path write_bytes(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::remove(path);  // some file systems wait for the disk when a file is overwritten
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

inline std::string read_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
