#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pstar/sweep/executor.hpp>

namespace pstar::detail {

/// How long to sleep before the next look for messages. (MPI's own functions that wait keep a core busy, which a run
/// could use.) The first pause is 20 us; it doubles up to 500 us. After long waits it is 1% of the time slept so far,
/// at most 10 ms. One look costs 5 to 20 us: after a run of 50 ms the next one starts within 0.5% of that time, and
/// looking during long runs costs almost nothing.
class Backoff {
public:
    using Time = std::chrono::microseconds;
    static constexpr Time forever = Time::max();

    Time next() {
        pause_ = std::max(std::min(2 * pause_, Time(500)), std::min(slept_ / 100, Time(10'000)));
        slept_ += pause_;
        return pause_;
    }
    void renew() { *this = {}; }

private:
    Time pause_{10}, slept_{0};
};

/// The slots of this process: threads that do the runs that `begin` is given. The destructor waits until all have
/// ended.
class WorkerPool {
public:
    struct Ended {
        std::size_t index;
        std::string text;
    };

    WorkerPool(const Work& work, std::size_t slots) : work_(work) {
        for (std::size_t i = 0; i < slots; ++i) threads_.emplace_back([this] { take_runs(); });
    }
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    ~WorkerPool() {
        {
            const std::scoped_lock lock(mutex_);
            closed_ = true;
        }
        begun_or_closed_.notify_all();
        for (auto& thread : threads_) thread.join();
    }

    void begin(std::size_t index) {
        {
            const std::scoped_lock lock(mutex_);
            begun_.push_back(index);
        }
        begun_or_closed_.notify_one();
    }
    /// The runs that have ended since the last call. Waits until there is one, but no longer than `backoff`.
    std::vector<Ended> ended(Backoff::Time backoff) {
        std::unique_lock lock(mutex_);
        const auto some = [this] { return !ended_.empty(); };
        if (backoff == Backoff::forever)
            one_ended_.wait(lock, some);
        else
            one_ended_.wait_for(lock, backoff, some);
        return std::exchange(ended_, {});
    }

private:
    void take_runs() noexcept {
        std::unique_lock lock(mutex_);
        while (true) {
            begun_or_closed_.wait(lock, [this] { return closed_ || !begun_.empty(); });
            if (begun_.empty()) return;
            const auto index = begun_.front();
            begun_.pop_front();
            lock.unlock();
            auto text = work_.run(index);
            lock.lock();
            ended_.push_back({index, std::move(text)});
            one_ended_.notify_one();
        }
    }

    const Work& work_;
    std::mutex mutex_;
    std::condition_variable begun_or_closed_, one_ended_;
    std::deque<std::size_t> begun_;
    std::vector<Ended> ended_;
    bool closed_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace pstar::detail
