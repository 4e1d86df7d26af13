#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace pstar {

namespace detail {

/// Writes all of `text`; false, with the reason in errno, if only a part of it could be.
inline bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Takes the name of a new file to the disk, by flushing its folder. False, with the reason in errno, if that failed;
/// a folder one may write into but not list, and a file system that cannot flush folders (EINVAL), are left to
/// themselves.
inline bool flush_folder_of(const std::filesystem::path& path) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return true;
    const bool failed = ::fsync(directory) != 0 && errno != EINVAL;
    const int reason = errno;
    ::close(directory);
    errno = reason;
    return !failed;
}

}  // namespace detail

/// A file that appears whole or not at all, even when the program or the computer stops half way.
///
/// What is written goes to `path.tmp.<pid>` beside the file; `commit` flushes it to the disk and renames it to `path`,
/// replacing what was there. Destroyed before that (an exception passed through), it removes the temporary file and
/// leaves `path` as it was. Every failure (no such folder, no permission, disk full) throws `std::system_error` whose
/// message names the path and the system's reason.
class AtomicFile {
public:
    /// Opens a draft beside `path`; throws std::system_error where it cannot.
    explicit AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
        const auto base = path_.string() + ".tmp." + std::to_string(::getpid());
        temporary_ = base;
        for (int again = 1; (file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) < 0;
             ++again) {
            if (errno != EEXIST || again == 1000) fail("create", temporary_);
            temporary_ = base + "." + std::to_string(again);  // two writers at once, or one that was killed
        }
    }
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile() { discard(); }

    /// Appends bytes. Throws std::system_error where they cannot be written, std::logic_error after `commit`.
    void write(const void* data, std::size_t bytes) { write(std::string_view(static_cast<const char*>(data), bytes)); }
    /// The same for text.
    void write(std::string_view text) {
        if (file_ < 0) throw std::logic_error("AtomicFile: '" + path_.string() + "' is already committed");
        buffer_.append(text);
        if (buffer_.size() >= buffer_limit) flush();
    }

    /// Makes everything written so far the contents of `path`. Nothing can be written afterwards.
    void commit() {
        write({});
        flush();
        if (::fsync(file_) != 0) fail("write", temporary_);
        const int closed = ::close(file_);
        file_ = -1;
        if (closed != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
            const int reason = errno;
            ::unlink(temporary_.c_str());
            errno = reason;
            fail("replace", path_);
        }
        if (!detail::flush_folder_of(path_)) fail("flush the folder of", path_);
    }

    const std::filesystem::path& path() const { return path_; }

private:
    static constexpr std::size_t buffer_limit = 1U << 16;

    void flush() {
        if (!detail::write_all(file_, buffer_)) fail("write", temporary_);
        buffer_.clear();
    }
    void discard() noexcept {
        if (file_ < 0) return;
        ::close(file_);
        ::unlink(temporary_.c_str());
        file_ = -1;
    }
    [[noreturn]] static void fail(const char* what, const std::filesystem::path& which) {
        throw std::system_error(errno, std::generic_category(),
                                std::string("AtomicFile: cannot ") + what + " '" + which.string() + "'");
    }

    std::filesystem::path path_, temporary_;
    std::string buffer_;
    int file_ = -1;
};

}  // namespace pstar
