#include <pstar/core/threads.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.hpp"

namespace core_threads_test {

using namespace pstar;

namespace {

/// How often each of `size` elements lies in a range; the ranges' first elements in `begins`.
std::vector<int> visits(std::size_t size, std::size_t step, std::size_t grain, std::set<std::size_t>& begins) {
    std::vector<int> count(size);
    std::mutex one_at_a_time;
    detail::for_ranges(size, step, grain, [&](std::size_t first, std::size_t last) {
        const std::scoped_lock lock(one_at_a_time);
        begins.insert(first);
        for (auto i = first; i < last; ++i) ++count[i];
    });
    return count;
}

}  // namespace

TEST_CASE("ranges cover every element once, and begin at multiples of the step") {
    for (const std::size_t threads : {1, 2, 3, 7})
        with_threads(threads, [&] {
            for (const std::size_t size : {0, 1, 5, 64, 100, 1000})
                for (const std::size_t step : {1, 8, 64})
                    for (const std::size_t grain : {1, 30, 500}) {
                        std::set<std::size_t> begins;
                        CAPTURE(threads, size, step, grain);
                        CHECK(visits(size, step, grain, begins) == std::vector<int>(size, 1));
                        for (const auto first : begins) CHECK(first % step == 0);
                        CHECK(begins.size() <= threads);
                        CHECK((begins.size() <= 1 || begins.size() * grain <= size));  // each is worth a thread
                        if (size >= threads * grain && size >= threads * step) CHECK(begins.size() == threads);
                    }
        });
}

TEST_CASE("work in a range stays on its thread") {
    std::atomic<int> inner{0};
    with_threads(4, [&] {
        CHECK(detail::thread_budget().threads == 4);
        detail::for_ranges(4, 1, 1, [&](std::size_t, std::size_t) {
            detail::for_ranges(1000, 1, 1, [&](std::size_t, std::size_t) { ++inner; });
            with_threads(3, [&] { detail::for_ranges(1000, 1, 1, [&](std::size_t, std::size_t) { ++inner; }); });
        });
        CHECK(detail::thread_budget().threads == 4);
    });
    CHECK(inner == 8);
    CHECK(detail::thread_budget().threads == 1);
}

TEST_CASE("asking for one thread keeps what is set, for all cores gives those there are") {
    CHECK(available_cores() >= 1);
    CHECK(available_cores() <= std::max(1U, std::thread::hardware_concurrency()));
    with_threads(2, [] { with_threads(1, [] { CHECK(detail::thread_budget().threads == 2); }); });
    with_threads(0, [] { CHECK(detail::thread_budget().threads == available_cores()); });
    CHECK(with_threads(2, [] { return 42; }) == 42);
    CHECK_THROWS_AS(with_threads(1025, [] {}), std::invalid_argument);
}

TEST_CASE("an exception in one thread reaches the caller, and the budget is restored") {
    for (const std::size_t bad : {0, 1, 2})
        CHECK_THROWS_AS(with_threads(3,
                                     [&] {
                                         detail::for_ranges(3, 1, 1, [&](std::size_t first, std::size_t) {
                                             if (first == bad) throw std::runtime_error("bad");
                                         });
                                     }),
                        std::runtime_error);
    CHECK(detail::thread_budget().threads == 1);
}

}  // namespace core_threads_test
