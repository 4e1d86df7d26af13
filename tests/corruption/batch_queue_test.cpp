#include <pstar/corruption/batch_queue.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>

#include "catch.hpp"

namespace batch_queue_test {

using namespace pstar;

namespace {

/// Waits a different time for every batch, so that the threads meet in many ways.
void dawdle(std::size_t n) {
    std::this_thread::sleep_for(std::chrono::microseconds(n * 7919 % 300));
}

template <class Scalar>
void check_same(const Batch<Scalar>& a, const Batch<Scalar>& b) {
    REQUIRE(std::ranges::equal(a.images().elements(), b.images().elements()));
    REQUIRE(std::ranges::equal(a.labels(), b.labels()));
}

}  // namespace

TEST_CASE("a queue gives the batches that are made without one, in order") {
    const SyntheticSource source{.count = 230};
    const Replacement corruption{0.3};
    const auto fill = [&](std::size_t n, Batch<float>& batch) {
        batch.fill_range(source, 8 * n, std::min<std::size_t>(8, source.size() - 8 * n), corruption, {Seed{2}});
    };
    for (const std::size_t ahead : {1UL, 2UL, 50UL})
        for (const std::size_t first : {0UL, 3UL}) {
            BatchQueue<float> queue(first, 29, ahead, [&](std::size_t n, auto& batch) {
                dawdle(n);
                fill(n, batch);
            });
            Batch<float> expected;
            for (std::size_t n = first; n < 29; ++n) {
                const auto& batch = queue.next();
                dawdle(n + 5);
                fill(n, expected);
                check_same(batch, expected);
            }
            CHECK_THROWS_AS(queue.next(), std::invalid_argument);
        }
}

TEST_CASE("at most so many batches are made ahead") {
    std::atomic<std::size_t> made{0};
    BatchQueue<float> queue(0, 100, 3, [&](std::size_t, auto&) { ++made; });
    for (std::size_t taken = 0; taken < 20; ++taken) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        REQUIRE(made <= taken + 3);
        queue.next();
    }
}

TEST_CASE("a queue that is given up early ends its thread") {
    std::atomic<std::size_t> made{0};
    for (int trial = 0; trial < 20; ++trial) {
        BatchQueue<float> queue(0, 1000, 2, [&](std::size_t, auto&) { ++made; });
        for (int taken = 0; taken < trial; ++taken) queue.next();
    }
    CHECK(made < 1000);
    const BatchQueue<float> nothing(5, 5, 2, [&](std::size_t, auto&) { FAIL("there is nothing to make"); });
}

TEST_CASE("what goes wrong in the thread is thrown where the batch is asked for") {
    BatchQueue<float> queue(0, 10, 4, [](std::size_t n, auto&) {
        if (n == 3) throw std::runtime_error("no third batch");
    });
    for (int n = 0; n < 3; ++n) CHECK_NOTHROW(queue.next());
    CHECK_THROWS_WITH(queue.next(), "no third batch");
    CHECK_THROWS_WITH(queue.next(), "no third batch");
    CHECK_THROWS_AS(BatchQueue<float>(0, 1, 0, [](std::size_t, auto&) {}), std::invalid_argument);
}

TEST_CASE("batches of a source are those of the data set that holds its images") {
    const SyntheticSource source{.count = 40};
    const auto held = hold(source);
    const std::vector<std::uint32_t> indices{7, 0, 3, 3, 39};
    const auto check = [&](const auto& corruption) {
        Batch<float> drawn, gathered;
        drawn.fill(source, indices, corruption, {.seed = Seed{5}, .epoch = 2});
        gathered.fill(held, indices, corruption, {.seed = Seed{5}, .epoch = 2});
        check_same(drawn, gathered);
        with_threads(3, [&] { drawn.fill(source, indices, corruption, {.seed = Seed{5}, .epoch = 2}); });
        check_same(drawn, gathered);
    };
    check(Replacement{0.4});
    check(Blur{1.0});
    Batch<double> batch;
    CHECK_THROWS_AS(batch.fill(source, std::vector<std::uint32_t>{40}, Replacement{0.4}, {}), std::invalid_argument);
}

}  // namespace batch_queue_test
