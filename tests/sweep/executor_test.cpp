#include <pstar/sweep/executor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.hpp"

namespace {

std::size_t square(std::size_t i) {
    return i * i;
}

}  // namespace

TEST_CASE("results come in index order, whatever the number of threads") {
    for (const std::size_t threads : {0U, 1U, 2U, 5U})
        for (const std::size_t count : {0U, 1U, 3U, 1000U}) {
            const auto outcomes = pstar::run_jobs(count, square, {.threads = threads});
            REQUIRE(outcomes.size() == count);
            for (std::size_t i = 0; i < count; ++i) REQUIRE(outcomes[i].value == i * i);
        }
}

TEST_CASE("a job that throws is recorded and the others go on") {
    const auto job = [](std::size_t i) {
        if (i == 3) throw std::runtime_error("three is too many");
        if (i == 4) throw 4;
        return i;
    };
    for (const std::size_t threads : {1U, 2U}) {
        const auto outcomes = pstar::run_jobs(10, job, {.threads = threads});
        for (std::size_t i = 0; i < 10; ++i) CHECK(outcomes[i].value.has_value() == (i != 3 && i != 4));
        CHECK(outcomes[3].error == "three is too many");
        CHECK(!outcomes[4].error.empty());
        CHECK(!outcomes[3].skipped());
    }
}

TEST_CASE("the callback sees every job once, one at a time, counting up") {
    std::vector<std::size_t> seen;
    std::size_t calls = 0;
    pstar::run_jobs(200, square, {.threads = 2, .on_done = [&](const pstar::JobDone& job) {
                                      CHECK(job.done == ++calls);  // a race here would be seen by tsan
                                      CHECK(job.total == 200);
                                      seen.push_back(job.index);
                                  }});
    std::sort(seen.begin(), seen.end());
    std::vector<std::size_t> all(200);
    std::iota(all.begin(), all.end(), std::size_t{0});
    CHECK(seen == all);
}

TEST_CASE("jobs start in the order asked for") {
    std::vector<std::size_t> started;
    const std::vector<double> costs{1, 5, 3, 5};
    const auto order = pstar::longest_first(costs);
    CHECK(order == std::vector<std::size_t>{1, 3, 2, 0});
    pstar::run_jobs(4, [&](std::size_t i) { return started.push_back(i), i; }, {.threads = 1, .order = order});
    CHECK(started == order);
    CHECK_THROWS_AS(pstar::run_jobs(4, square, {.order = {0, 1, 2}}), std::invalid_argument);
    CHECK_THROWS_AS(pstar::run_jobs(4, square, {.order = {0, 1, 2, 2}}), std::invalid_argument);
}

TEST_CASE("a stop lets jobs in flight finish and skips the rest") {
    for (const std::size_t threads : {1U, 2U}) {
        std::atomic<bool> stop = false;
        const auto job = [&](std::size_t i) {
            if (i == 5) stop = true;
            return i;
        };
        const auto outcomes = pstar::run_jobs(1000, job, {.threads = threads, .stop = [&] { return stop.load(); }});
        for (std::size_t i = 0; i <= 5; ++i) CHECK(outcomes[i].value == i);
        CHECK(std::any_of(outcomes.begin(), outcomes.end(), [](const auto& outcome) { return outcome.skipped(); }));
    }
}

TEST_CASE("two threads run two jobs at once") {
    // Each job waits for the other: with one thread at a time this would not end before the deadline.
    std::atomic<int> here = 0;
    const auto job = [&](std::size_t) {
        ++here;
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (here < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        return here.load();
    };
    if (std::thread::hardware_concurrency() < 2) return;
    for (const auto& outcome : pstar::run_jobs(2, job, {.threads = 2})) CHECK(outcome.value == 2);
}
