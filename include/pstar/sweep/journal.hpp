#pragma once

#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <pstar/core/atomic_file.hpp>
#include <pstar/sweep/detail/file_lock.hpp>
#include <pstar/sweep/journal_lines.hpp>

namespace pstar {

/// The file that keeps the outcomes of a sweep: one record per finished run, one line per record. If the program is
/// killed, at most the runs in flight are lost. One process at a time can open it.
///
/// Once `append` has returned, the record outlives the program. A thread of the journal flushes it to the disk while
/// other runs continue; the destructor waits for that. The order of the records has no meaning.
class Journal {
public:
    using Json = nlohmann::ordered_json;

    /// Opens the journal, or creates it. `configuration` is all that the numbers of a run depend on, except its key.
    /// Damage is repaired where possible and listed in `notes`: an incomplete last line is removed, a damaged line is
    /// skipped.
    ///
    /// Throws `DataError` and changes nothing if another process has it open, if it has another configuration (the
    /// message says where they differ), or if it is not a journal; `std::system_error` if it cannot be read or written.
    Journal(std::filesystem::path path, const Json& configuration, JournalLock lock = JournalLock::required)
        : path_(std::move(path)),
          configuration_(configuration),
          how_(lock),
          lock_(path_, LOCK_EX, lock),
          id_(JournalLines::id_of(configuration)) {
        repair();
        try {
            flusher_ = std::thread([this] { flush_when_needed(); });
        } catch (const std::system_error& error) {
            throw std::system_error(error.code(), "Journal: cannot begin the thread that flushes it");
        }
    }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal() {
        {
            const std::scoped_lock lock(mutex_);
            closing_ = true;
        }
        changed_.notify_all();
        flusher_.join();
    }

    const std::filesystem::path& path() const { return path_; }
    /// All that the numbers depend on, except the run.
    const Json& configuration() const { return configuration_; }
    /// Whether it is locked against other processes.
    JournalLock lock() const { return how_; }
    /// What was wrong in the file when it was opened: one sentence per finding, with the line number.
    const std::vector<std::string>& notes() const { return notes_; }

    /// Calls `visit(record, line number)` for every good record, in the order of the file. Reads the file again, so
    /// records appended since it was opened are included.
    void for_each(const std::function<void(const Json&, std::size_t)>& visit) const {
        JournalLines lines(path_, configuration_);
        while (const auto line = lines.next())
            if (line->kind == JournalLines::Kind::record) visit(line->content, line->number);
    }

    /// Adds a record, which must be a JSON object. Throws `std::system_error` if the disk is full or the file cannot be
    /// written, the journal is then as it was before; or if somebody has removed the file: what it held is then in
    /// `path()` + ".saved", if its folder is still there.
    void append(Json record) {
        record["id"] = id_;
        write(sealed_line(record) + "\n");
    }

    /// Waits until all records are on the disk. Throws `std::system_error` if that failed.
    void flush() {
        std::unique_lock lock(mutex_);
        flushed_.wait(lock, [&] { return !unflushed_ && !flushing_; });
        check_flushed();
    }

private:
    /// Repairs what a killed process may have left.
    void repair() {
        auto state = examine_journal(path_, configuration_);
        if (state.keep < state.size) truncate(state.keep);
        if (state.lacks_end) write("\n");
        if (!state.has_header) write(JournalLines::header(configuration_) + "\n");
        if (state.size == 0 && !detail::flush_folder_of(path_)) fail("flush the folder of");
        notes_ = std::move(state.notes);
    }

    void write(const std::string& text) {
        const std::scoped_lock lock(mutex_);
        check_flushed();
        check_is_there();
        const auto before = ::lseek(lock_.descriptor(), 0, SEEK_END);
        if (!detail::write_all(lock_.descriptor(), text)) {
            const int reason = errno;
            if (before >= 0) truncate(static_cast<std::size_t>(before));  // leave no incomplete line
            errno = reason;
            fail("write");
        }
        unflushed_ = true;
        changed_.notify_all();
    }
    void truncate(std::size_t size) const {
        if (::ftruncate(lock_.descriptor(), static_cast<off_t>(size)) != 0) fail("shorten");
    }
    void flush_when_needed() {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [&] { return unflushed_ || closing_; });
            if (!unflushed_) return;
            unflushed_ = false;
            flushing_ = true;
            lock.unlock();
            const int reason = ::fdatasync(lock_.descriptor()) == 0 || errno == EINVAL
                                   ? 0
                                   : errno;  // EINVAL: such files cannot be flushed
            lock.lock();
            flushing_ = false;
            if (reason != 0) flush_error_ = reason;
            flushed_.notify_all();
        }
    }
    void check_flushed() const {
        if (flush_error_ == 0) return;
        errno = flush_error_;
        fail("flush");
    }
    /// A file that was removed can still be written to, for nobody. What it holds is saved under another name: its own
    /// may be somebody else's by now.
    void check_is_there() const {
        struct stat file {};
        if (::fstat(lock_.descriptor(), &file) != 0 || file.st_nlink > 0) return;
        std::error_code error;
        const auto saved = path_.string() + ".saved";
        std::filesystem::copy_file("/proc/self/fd/" + std::to_string(lock_.descriptor()), saved, error);
        throw std::system_error(ENOENT, std::generic_category(),
                                "Journal: cannot go on with the removed file '" + path_.string() + "'" +
                                    (error ? std::string() : ", whose runs are saved in '" + saved + "'"));
    }
    [[noreturn]] void fail(const char* what) const {
        throw std::system_error(errno, std::generic_category(),
                                std::string("Journal: cannot ") + what + " '" + path_.string() + "'");
    }

    std::filesystem::path path_;
    Json configuration_;
    JournalLock how_;
    detail::FileLock lock_;
    std::string id_;
    std::vector<std::string> notes_;
    std::mutex mutex_;
    std::condition_variable changed_, flushed_;
    bool unflushed_ = false, flushing_ = false, closing_ = false;
    int flush_error_ = 0;
    std::thread flusher_;
};

}  // namespace pstar
