#include <pstar/sweep/executor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

namespace executor_test {

namespace {

using pstar::Turn;

/// Runs 0, ..., count - 1, whose texts are their squares.
struct Squares {
    std::size_t count, begun = 0;
    std::vector<std::string> texts{};

    pstar::Work work() {
        texts.assign(count, "");
        return {.next =
                    [this] {
                        return begun < count ? Turn{Turn::run, begun++} : Turn{Turn::end};
                    },
                .run = [](std::size_t i) { return std::to_string(i * i); },
                .ended = [this](std::size_t i, const std::string& text) { texts.at(i) += text; }};
    }
};

}  // namespace

TEST_CASE("every run is run once and its text handed back, by any number of threads") {
    for (const std::size_t threads : {0U, 1U, 2U, 5U})
        for (const std::size_t count : {0U, 1U, 3U, 1000U}) {
            Squares squares{count};
            const auto work = squares.work();
            if (threads == 0)
                pstar::run_serially(work);
            else
                pstar::run_on_threads(work, threads);
            for (std::size_t i = 0; i < count; ++i) REQUIRE(squares.texts[i] == std::to_string(i * i));
        }
}

TEST_CASE("`next` and `ended` are called one at a time") {
    Squares squares{500};
    auto work = squares.work();
    int inside = 0;  // a race here would be seen by the thread sanitizer, too
    const auto alone = [&](const auto& call) {
        CHECK(++inside == 1);
        const auto result = call();
        --inside;
        return result;
    };
    work.next = [&, next = work.next] { return alone(next); };
    work.ended = [&, ended = work.ended](std::size_t i, const std::string& text) {
        alone([&] { return ended(i, text), 0; });
    };
    pstar::run_on_threads(work, 4);
    CHECK(squares.texts[499] == "249001");
}

TEST_CASE("a thread that has to wait asks again when a run has ended") {
    // Run 0 calls for 1 and 2; each later one is only known when all before it have ended.
    for (const std::size_t threads : {1U, 2U, 3U}) {
        std::size_t begun = 0, over = 0;
        const pstar::Work work{.next =
                                   [&] {
                                       if (begun == 20) return Turn{Turn::end};
                                       if (begun == over || begun % 2 == 1) return Turn{Turn::run, begun++};
                                       return Turn{Turn::wait};
                                   },
                               .run = [](std::size_t) { return std::string(); },
                               .ended = [&](std::size_t, const std::string&) { ++over; }};
        pstar::run_on_threads(work, threads);
        CHECK(over == 20);
    }
}

TEST_CASE("what `next` or `ended` throw passes through when the runs in flight are over; no other is begun") {
    for (const std::size_t threads : {1U, 2U}) {
        std::size_t begun = 0;
        std::atomic<int> running = 0, most_after = 0;
        std::atomic<bool> thrown = false;
        pstar::Work work{.next =
                             [&] {
                                 return Turn{Turn::run, begun++};
                             },
                         .run =
                             [&](std::size_t) {
                                 if (thrown) ++most_after;
                                 ++running;
                                 std::this_thread::sleep_for(std::chrono::milliseconds(2));
                                 --running;
                                 return std::string();
                             },
                         .ended =
                             [&](std::size_t i, const std::string&) {
                                 if (i < 10) return;
                                 thrown = true;
                                 throw std::runtime_error("the disk is full");
                             }};
        CHECK_THROWS_WITH(pstar::run_on_threads(work, threads), "the disk is full");
        CHECK(running == 0);
        CHECK(most_after <= 1);  // a thread may just have been given a run
        work.next = []() -> Turn { throw std::logic_error("no plan"); };
        CHECK_THROWS_WITH(pstar::run_on_threads(work, threads), "no plan");
    }
}

TEST_CASE("two threads run two runs at once") {
    // Each run waits for the other: with one thread at a time this would not end before the deadline.
    if (std::thread::hardware_concurrency() < 2) return;
    std::atomic<int> here = 0;
    std::size_t begun = 0;
    std::vector<std::string> texts;
    const pstar::Work work{.next =
                               [&] {
                                   return begun < 2 ? Turn{Turn::run, begun++} : Turn{Turn::end};
                               },
                           .run =
                               [&](std::size_t) {
                                   ++here;
                                   const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
                                   while (here < 2 && std::chrono::steady_clock::now() < deadline)
                                       std::this_thread::yield();
                                   return std::to_string(here.load());
                               },
                           .ended = [&](std::size_t, const std::string& text) { texts.push_back(text); }};
    pstar::run_on_threads(work, 2);
    CHECK(texts == std::vector<std::string>{"2", "2"});
}

TEST_CASE("as many threads as asked for, one a core for 0, never more than runs") {
    CHECK(pstar::thread_count(3, 10) == 3);
    CHECK(pstar::thread_count(3, 2) == 2);
    CHECK(pstar::thread_count(3, 0) == 1);
    CHECK(pstar::thread_count(0, 1000) == std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace executor_test
