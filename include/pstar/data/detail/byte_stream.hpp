#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>

#include <zlib.h>

#include <pstar/core/error.hpp>

namespace pstar::detail {

/// The bytes of a file in order, inflated when it is a gzip file (recognised by its first two bytes, not by its name).
/// Inflates only as much as is asked for. Throws `DataError` for a file that cannot be opened or read, a damaged or
/// truncated gzip stream, a wrong checksum, or bytes after the last gzip member.
class ByteStream {
public:
    explicit ByteStream(const std::filesystem::path& path)
        : path_(path), file_(std::fopen(path.c_str(), "rb"), &std::fclose) {
        if (!file_) fail_of_system("cannot be opened");
        refill();
        compressed_ = input_.size() >= 2 && input_[0] == 0x1f && input_[1] == 0x8b;
        if (compressed_ && ::inflateInit2(&inflater_, 15 + 16) != Z_OK) throw std::bad_alloc();
    }
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    ~ByteStream() {
        if (compressed_) ::inflateEnd(&inflater_);
    }

    bool compressed() const { return compressed_; }

    /// Fills `out` and returns how many bytes there were: fewer than asked for only at the end, after every checksum
    /// held.
    std::size_t read(std::span<std::uint8_t> out) {
        const auto asked = out.size();
        while (!out.empty() && !ended_) out = compressed_ ? inflate(out) : copy(out);
        return asked - out.size();
    }

    [[noreturn]] void fail(const std::string& what) const { throw DataError("'" + path_.string() + "' " + what); }

private:
    /// Reads the next piece of the file; `input_` is empty at its end.
    void refill() {
        const auto count = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
        if (std::ferror(file_.get())) fail_of_system("cannot be read");
        input_ = std::span(buffer_).first(count);
    }

    std::span<std::uint8_t> copy(std::span<std::uint8_t> out) {
        if (input_.empty()) refill();
        if (input_.empty()) ended_ = true;
        const auto count = std::min(out.size(), input_.size());
        std::copy_n(input_.begin(), count, out.begin());
        input_ = input_.subspan(count);
        return out.subspan(count);
    }

    std::span<std::uint8_t> inflate(std::span<std::uint8_t> out) {
        if (input_.empty()) refill();
        if (input_.empty()) {
            if (inside_member_) fail("is a truncated gzip file");
            ended_ = true;
            return out;
        }
        if (!inside_member_ && ::inflateReset(&inflater_) != Z_OK) fail("cannot be inflated");
        inside_member_ = true;
        inflater_.next_in = input_.data();
        inflater_.avail_in = static_cast<uInt>(input_.size());
        inflater_.next_out = out.data();
        inflater_.avail_out = static_cast<uInt>(std::min(out.size(), largest_step));
        const auto given = inflater_.avail_out;
        const int status = ::inflate(&inflater_, Z_NO_FLUSH);
        if (status == Z_MEM_ERROR) throw std::bad_alloc();
        if (status != Z_OK && status != Z_STREAM_END)
            fail(std::string("is a damaged gzip file: ") + (inflater_.msg ? inflater_.msg : "needs a dictionary"));
        inside_member_ = status != Z_STREAM_END;
        input_ = input_.last(inflater_.avail_in);
        return out.subspan(given - inflater_.avail_out);
    }

    [[noreturn]] void fail_of_system(const char* what) const {
        fail(std::string(what) + ": " + std::generic_category().message(errno));
    }

    static constexpr std::size_t largest_step = 1U << 30;

    std::filesystem::path path_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::array<std::uint8_t, 1U << 16> buffer_;
    std::span<std::uint8_t> input_;  // what of the buffer is not used yet
    z_stream inflater_{};
    bool compressed_ = false, inside_member_ = false, ended_ = false;
};

}  // namespace pstar::detail
