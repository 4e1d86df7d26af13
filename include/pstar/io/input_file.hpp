#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <pstar/core/error.hpp>

namespace pstar {

/// A regular file, read from front to back by a reader that knows how much is left: so that no reader believes a length
/// it was told, and allocates more than the file holds. Every failure throws `DataError` with the text
/// `reader: 'path': why`.
class InputFile {
public:
    /// `reader` is the name of the function that reads, for the messages.
    InputFile(const std::filesystem::path& path, std::string_view reader)
        : where_(std::string(reader) + ": '" + path.string() + "'") {
        std::error_code status;
        if (!std::filesystem::exists(path, status)) refuse("does not exist or cannot be reached");
        if (!std::filesystem::is_regular_file(path, status)) refuse("is not a regular file");
        remaining_ = std::filesystem::file_size(path, status);
        stream_.open(path, std::ios::binary);
        if (status || !stream_) refuse("cannot be opened; check its permissions");
    }

    /// `reader: 'path'`, the beginning of every message.
    const std::string& where() const { return where_; }
    /// Bytes not read yet.
    std::uint64_t remaining() const { return remaining_; }

    /// The next `bytes` bytes; throws if fewer remain.
    void read(void* into, std::size_t bytes) {
        if (bytes > remaining_)
            refuse("is truncated: " + std::to_string(bytes) + " more bytes expected, " + std::to_string(remaining_) +
                   " left");
        if (!stream_.read(static_cast<char*>(into), static_cast<std::streamsize>(bytes)))
            refuse("cannot be read, or shrank while it was read");
        remaining_ -= bytes;
    }
    /// The next `bytes` bytes as text.
    std::string read_text(std::size_t bytes) {
        if (bytes > remaining_) read(nullptr, bytes);
        std::string text(bytes, '\0');
        read(text.data(), bytes);
        return text;
    }
    /// All that is left.
    std::string read_rest() { return read_text(remaining_); }

    /// Throws `DataError("reader: 'path': why")`.
    [[noreturn]] void refuse(const std::string& why) const { throw DataError(where_ + ": " + why); }

private:
    std::string where_;
    std::ifstream stream_;
    std::uint64_t remaining_ = 0;
};

}  // namespace pstar
