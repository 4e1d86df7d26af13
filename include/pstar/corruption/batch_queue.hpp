#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/batch.hpp>

namespace pstar {

/// Batches made ahead of their use by a thread of their own, in order: batch n is what `fill(n, batch)` makes of it,
/// whenever that happens, so that the numbers are those without a queue.
template <class Scalar>
class BatchQueue {
public:
    /// Fills batch number n; called in a thread of the queue's own.
    using Fill = std::function<void(std::size_t n, Batch<Scalar>& batch)>;

    /// Makes batches first, first + 1, ..., last - 1, at most `ahead` of them before they are asked for; holds
    /// `ahead` + 1. `fill` is called from one other thread. Throws `std::invalid_argument` for ahead = 0,
    /// `std::system_error` where this process cannot have another thread.
    BatchQueue(std::size_t first, std::size_t last, std::size_t ahead, Fill fill)
        : taken_(first), made_(first), last_(last), fill_(std::move(fill)), batches_(ahead + 1) {
        require(ahead >= 1, "BatchQueue", "ahead", ahead, "be at least 1");
        try {
            maker_ = std::thread([this] { make_all(); });
        } catch (const std::system_error& error) {
            throw std::system_error(error.code(), "BatchQueue: cannot begin the thread that makes batches");
        }
    }
    BatchQueue(const BatchQueue&) = delete;
    BatchQueue& operator=(const BatchQueue&) = delete;
    ~BatchQueue() {
        {
            const std::scoped_lock lock(mutex_);
            closing_ = true;
        }
        changed_.notify_all();
        maker_.join();
    }

    /// The next batch, valid until the next call; there must be one. Throws what `fill` threw.
    const Batch<Scalar>& next() {
        std::unique_lock lock(mutex_);
        require(taken_ < last_, "BatchQueue::next", "number of calls", taken_, "be at most that of batches");
        changed_.wait(lock, [&] { return made_ > taken_ || failure_; });
        if (made_ == taken_) std::rethrow_exception(failure_);
        const auto& batch = batches_[taken_ % batches_.size()];
        ++taken_;
        lock.unlock();
        changed_.notify_all();
        return batch;
    }

private:
    void make_all() {
        try {
            for (std::size_t n = made_; n < last_; ++n) {
                std::unique_lock lock(mutex_);
                // the one taken last is in use
                changed_.wait(lock, [&] { return closing_ || n + 2 <= taken_ + batches_.size(); });
                if (closing_) return;
                lock.unlock();
                fill_(n, batches_[n % batches_.size()]);
                lock.lock();
                ++made_;
                lock.unlock();
                changed_.notify_all();
            }
        } catch (...) {
            {
                const std::scoped_lock lock(mutex_);
                failure_ = std::current_exception();
            }
            changed_.notify_all();
        }
    }

    std::size_t taken_, made_, last_;  // batches given out, and made
    Fill fill_;
    std::vector<Batch<Scalar>> batches_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool closing_ = false;
    std::exception_ptr failure_;
    std::thread maker_;
};

}  // namespace pstar
