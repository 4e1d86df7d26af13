#pragma once

#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <pstar/core/atomic_file.hpp>
#include <pstar/core/error.hpp>
#include <pstar/sweep/journal_lines.hpp>

/// What a sweep has done, on disk: a kill at any byte loses at most the runs in flight.
namespace pstar {

namespace detail {

/// Holds a file, alone (LOCK_EX) or with other readers (LOCK_SH), as long as it lives.
class FileLock {
public:
    FileLock(const std::filesystem::path& path, int how) {
        const bool writes = how == LOCK_EX;
        file_ = ::open(path.c_str(), (writes ? O_RDWR | O_CREAT | O_APPEND : O_RDONLY) | O_CLOEXEC, 0666);
        if (file_ < 0)
            throw std::system_error(errno, std::generic_category(), "Journal: cannot open '" + path.string() + "'");
        while (::flock(file_, how | LOCK_NB) != 0) {
            const int reason = errno;
            if (reason == EINTR) continue;
            ::close(file_);
            if (reason == EWOULDBLOCK)
                throw DataError("Journal: '" + path.string() +
                                "' is in use by another process; wait for it to end, or stop it, and start again");
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

}  // namespace detail

/// The journal of one sweep, held by one process at a time: a record a finished run, appended as one line, at once.
///
/// A record that `append` has returned from survives the death of the program; a thread of the journal's own flushes it
/// to the disk without holding up the runs, and destruction waits for that. The order of records means nothing.
/// `JsonType` is a flavour of nlohmann's JSON, whose templates are compiled only where there is a journal.
template <class JsonType>
class BasicJournal {
public:
    using Json = JsonType;

    /// Opens the journal, or makes one. `configuration` is everything but its key that a run's numbers depend on.
    /// Damage is repaired as far as it can be and told in `notes`: a torn last line is dropped, a damaged one skipped.
    ///
    /// Throws `DataError`, having changed nothing, if another process holds it, if it is of another configuration (the
    /// message says where they differ) or no journal at all; `std::system_error` if it cannot be read or written.
    BasicJournal(std::filesystem::path path, const Json& configuration)
        : path_(std::move(path)),
          configuration_(configuration),
          lock_(path_, LOCK_EX),
          id_(Lines::id_of(configuration)) {
        repair();
        flusher_ = std::thread([this] { flush_when_needed(); });
    }
    BasicJournal(const BasicJournal&) = delete;
    BasicJournal& operator=(const BasicJournal&) = delete;
    ~BasicJournal() {
        {
            const std::scoped_lock lock(mutex_);
            closing_ = true;
        }
        changed_.notify_all();
        flusher_.join();
    }

    const std::filesystem::path& path() const { return path_; }
    const Json& configuration() const { return configuration_; }
    /// What was found amiss on opening, a sentence each, with the number of the line.
    const std::vector<std::string>& notes() const { return notes_; }

    /// Calls `visit(record, line number)` for every good record, those appended since included, in the order of the
    /// file. Records are read from the file again, not kept.
    void for_each(const std::function<void(const Json&, std::size_t)>& visit) const {
        Lines lines(path_, configuration_);
        while (const auto line = lines.next())
            if (line->kind == Lines::Kind::record) visit(line->content, line->number);
    }

    /// Adds a record, an object. If the disk is full or the file cannot be written, throws `std::system_error`; the
    /// journal is then as it was before.
    void append(Json record) {
        record["id"] = id_;
        write(sealed_line(record) + "\n");
    }

    /// Waits until everything appended is on the disk; throws `std::system_error` if that failed.
    void flush() {
        std::unique_lock lock(mutex_);
        flushed_.wait(lock, [&] { return !unflushed_ && !flushing_; });
        check_flushed();
    }

private:
    using Lines = BasicJournalLines<Json>;

    /// Puts right what a kill may have left behind.
    void repair() {
        auto state = examine_journal(path_, configuration_);
        if (state.keep < state.size) truncate(state.keep);
        if (state.lacks_end) write("\n");
        if (!state.has_header) write(Lines::header(configuration_) + "\n");
        if (state.size == 0 && !detail::flush_folder_of(path_)) fail("flush the folder of");
        notes_ = std::move(state.notes);
    }

    void write(const std::string& text) {
        const std::scoped_lock lock(mutex_);
        check_flushed();
        const auto before = ::lseek(lock_.descriptor(), 0, SEEK_END);
        if (!detail::write_all(lock_.descriptor(), text)) {
            const int reason = errno;
            if (before >= 0) truncate(static_cast<std::size_t>(before));  // no half line stays
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
            const int reason =
                ::fdatasync(lock_.descriptor()) == 0 || errno == EINVAL ? 0 : errno;  // EINVAL: cannot be flushed
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
    [[noreturn]] void fail(const char* what) const {
        throw std::system_error(errno, std::generic_category(),
                                std::string("Journal: cannot ") + what + " '" + path_.string() + "'");
    }

    std::filesystem::path path_;
    Json configuration_;
    detail::FileLock lock_;
    std::string id_;
    std::vector<std::string> notes_;
    std::mutex mutex_;
    std::condition_variable changed_, flushed_;
    bool unflushed_ = false, flushing_ = false, closing_ = false;
    int flush_error_ = 0;
    std::thread flusher_;
};
using Journal = BasicJournal<nlohmann::ordered_json>;

/// What became of the records of journals that were offered to another.
struct Merged {
    std::size_t added = 0, already_there = 0;
    std::vector<std::string> notes;  ///< what was amiss in the files; runs of which there are different results
};

/// Adds to `journal` the records of other journal files that it lacks, by their member "run"; of two different records
/// of one run the first stays, but one whose "status" is "failed" gives way to any other. The other files are not
/// changed. Throws `DataError` if one is of another configuration, no journal, or in use by another process; those
/// before it have then been added.
template <class Json>
Merged merge_journals(BasicJournal<Json>& journal, std::span<const std::filesystem::path> others) {
    struct Known {
        std::string text;
        bool failed;
    };
    const auto known_as = [](const Json& record) {
        return Known{record.dump(), record.value("status", "") == "failed"};
    };
    const auto run_of = [](const Json& record) { return record.value("run", Json()).dump(); };
    std::unordered_map<std::string, Known> known;
    journal.for_each([&](const Json& record, std::size_t) {
        const auto [place, is_new] = known.try_emplace(run_of(record), known_as(record));
        if (!is_new && place->second.failed) place->second = known_as(record);
    });
    Merged merged;
    for (const auto& other : others) {
        const detail::FileLock lock(other, LOCK_SH);
        const auto notes = examine_journal(other, journal.configuration()).notes;
        merged.notes.insert(merged.notes.end(), notes.begin(), notes.end());
        BasicJournalLines<Json> lines(other, journal.configuration());
        while (const auto line = lines.next()) {
            if (line->kind != BasicJournalLines<Json>::Kind::record) continue;
            const auto offered = known_as(line->content);
            const auto [place, is_new] = known.try_emplace(run_of(line->content), offered);
            auto& there = place->second;
            if (is_new || (there.failed && !offered.failed)) {
                journal.append(line->content);
                there = offered;
                ++merged.added;
            } else if (++merged.already_there; there.text != offered.text && !offered.failed) {
                merged.notes.push_back("line " + std::to_string(line->number) + " of " + other.string() +
                                       " has another result for the run " + place->first + "; the first one stays");
            }
        }
    }
    return merged;
}
template <class Json>
Merged merge_journal(BasicJournal<Json>& journal, const std::filesystem::path& other) {
    return merge_journals(journal, std::span(&other, 1));
}

}  // namespace pstar
