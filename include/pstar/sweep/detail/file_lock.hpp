#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <pstar/core/error.hpp>

namespace pstar {

/// How a journal is kept from being written by two processes at once.
enum class JournalLock {
    required,  ///< by flock(2): a second process is refused, and so is a file system without locks
    none,      ///< not at all, for file systems without locks (some NFS): see to it that one process at a time writes
};

}  // namespace pstar

namespace pstar::detail {

/// An open file that is locked until the destructor: for one process alone (`LOCK_EX`, to read and write) or together
/// with other readers (`LOCK_SH`, to read). Throws `DataError` if another process has locked it or the file system has
/// no locks, `std::system_error` if it cannot be opened.
class FileLock {
public:
    FileLock(const std::filesystem::path& path, int kind, JournalLock lock = JournalLock::required) {
        const bool writes = kind == LOCK_EX;
        file_ = ::open(path.c_str(), (writes ? O_RDWR | O_CREAT | O_APPEND : O_RDONLY) | O_CLOEXEC, 0666);
        if (file_ < 0)
            throw std::system_error(errno, std::generic_category(), "Journal: cannot open '" + path.string() + "'");
        while (lock == JournalLock::required && ::flock(file_, kind | LOCK_NB) != 0) {
            const int reason = errno;
            if (reason == EINTR) continue;
            ::close(file_);
            if (reason == EWOULDBLOCK)
                throw DataError("Journal: '" + path.string() +
                                "' is in use by another process; wait for it to end, or stop it, and start again");
            if (reason == ENOLCK || reason == EOPNOTSUPP || reason == ENOSYS || reason == EINVAL)
                throw DataError("Journal: the file system of '" + path.string() +
                                "' has no locks; use another, or JournalLock::none (--no-lock) if you see to it that "
                                "one process at a time writes there");
            throw std::system_error(reason, std::generic_category(), "Journal: cannot lock '" + path.string() + "'");
        }
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() { ::close(file_); }
    int descriptor() const { return file_; }

private:
    int file_;
};

}  // namespace pstar::detail
