#include <pstar/core/random.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

#include <Random123/philox.h>

#include "catch.hpp"

namespace random_test {

using namespace pstar;

TEST_CASE("Philox agrees with Random123's known answers") {
    // Random123 1.14, tests/kat_vectors, rows "philox4x32 10".
    CHECK(Philox::block({0, 0, 0, 0}, {0, 0}) == Philox::Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(Philox::block({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          Philox::Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(Philox::block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Philox::Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Philox agrees with the Random123 library on random counters") {
    RandomSequence next({Seed{5}});
    for (int i = 0; i < 1000; ++i) {
        const Philox::Counter c{next(), next(), next(), next()};
        const Philox::Key k{next(), next()};
        const philox4x32_ctr_t their_counter{{c[0], c[1], c[2], c[3]}};
        const philox4x32_key_t their_key{{k[0], k[1]}};
        const auto theirs = philox4x32(their_counter, their_key);
        const auto ours = Philox::block(c, k);
        REQUIRE(std::equal(ours.begin(), ours.end(), theirs.v));
    }
}

TEST_CASE("a filled span equals the words drawn one by one, at any length and offset") {
    const RandomStream stream{Seed{0x0123456789abcdef}, Stream::train_noise, 3, 12345};
    for (std::size_t size : {0, 1, 3, 4, 5, 15, 16, 31, 32, 33, 127, 128, 129, 784, 1000}) {
        for (std::uint64_t first : {0ULL, 4ULL, 400ULL, 0xfffffff0ULL}) {
            std::vector<std::uint32_t> words(size);
            stream.fill(words, first);
            for (std::size_t i = 0; i < size; ++i) REQUIRE(words[i] == stream.word(first + i));
        }
    }
}

TEST_CASE("draws of different places are different") {
    const RandomStream base{Seed{1}, Stream::user, 0, 0};
    auto other = base;
    other.seed = Seed{2};
    CHECK(other.word(0) != base.word(0));
    other = base;
    other.seed = Seed{1ULL << 32 | 1};
    CHECK(other.word(0) != base.word(0));
    other = base;
    other.stream = Stream::init;
    CHECK(other.word(0) != base.word(0));
    other = base;
    other.epoch = 1;
    CHECK(other.word(0) != base.word(0));
    other = base;
    other.sample = 1;
    CHECK(other.word(0) != base.word(0));
    CHECK(derive(Seed{1}, 0) != derive(Seed{1}, 1));
}

TEST_CASE("below is uniform and shuffle is a permutation") {
    RandomSequence next({Seed{9}});
    std::vector<double> counts(10);
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) counts[next.below(10)] += 1;
    double chi_squared = 0;
    for (double n : counts) chi_squared += (n - draws / 10.0) * (n - draws / 10.0) / (draws / 10.0);
    CHECK(chi_squared < 27.9);  // 9 degrees of freedom: exceeded with probability 0.001; the seed is fixed
    CHECK_THROWS_AS(next.below(0), std::invalid_argument);

    std::vector<int> items(1000), sorted;
    std::iota(items.begin(), items.end(), 0);
    next.shuffle(std::span(items));
    sorted = items;
    std::sort(sorted.begin(), sorted.end());
    CHECK(!std::is_sorted(items.begin(), items.end()));
    for (int i = 0; i < 1000; ++i) REQUIRE(sorted[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("uniform and normal draws have their moments") {
    RandomSequence next({Seed{11}});
    constexpr int draws = 200'000;
    double u = 0, uu = 0, z = 0, zz = 0;
    for (int i = 0; i < draws; ++i) {
        const double a = next.uniform(), b = next.normal();
        REQUIRE((a >= 0 && a < 1));
        u += a, uu += a * a, z += b, zz += b * b;
    }
    // Bounds of 4 standard errors.
    CHECK(u / draws == Approx(0.5).margin(4 * 0.2887 / std::sqrt(draws)));
    CHECK(uu / draws == Approx(1 / 3.).margin(4 * 0.2981 / std::sqrt(draws)));
    CHECK(z / draws == Approx(0).margin(4 / std::sqrt(draws)));
    CHECK(zz / draws == Approx(1).margin(4 * 1.4142 / std::sqrt(draws)));
}

}  // namespace random_test
