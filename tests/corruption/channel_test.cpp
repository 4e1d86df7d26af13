#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

namespace channel_test {

using namespace pstar;

namespace {

/// What a user may bring: salt noise, with no more than the concept asks for.
struct Salt {
    double rate = 0;
    void validate() const { require(rate >= 0 && rate <= 1, "Salt", "rate", rate, "lie in [0, 1]"); }
    double strength() const { return rate; }
    double mean(double x) const { return x + rate * (1 - x); }
    double variance(double x) const { return rate * (1 - rate) * (1 - x) * (1 - x); }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return unit_interval<double>(word) < rate ? Scalar{1} : x;
    }
};
static_assert(Channel<Salt> && !HasSnrProxy<Salt>);
static_assert(Channel<Replacement> && Channel<Additive> && Channel<BinaryReplacement> && Channel<Identity>);
static_assert(Channel<Compose<Replacement, Salt>> && Channel<Compose<Compose<Additive, Additive>, Replacement>>);

std::vector<std::uint8_t> ramp(std::size_t size) {
    std::vector<std::uint8_t> pixels(size);
    for (std::size_t i = 0; i < size; ++i) pixels[i] = static_cast<std::uint8_t>(i * 37 % 256);
    return pixels;
}

template <class Scalar = float, Channel C>
std::vector<Scalar> corrupted(const C& channel, const std::vector<std::uint8_t>& pixels,
                              RandomStream noise = {Seed{1}}) {
    std::vector<Scalar> out(pixels.size());
    corrupt(channel, std::span<const std::uint8_t>(pixels), std::span<Scalar>(out), noise);
    return out;
}

/// Compares mean and variance with 400,000 draws at several pixel values; bounds of 5 standard errors, the seed fixed.
template <Channel C>
void check_moments(const C& channel) {
    constexpr std::size_t draws = 400'000;
    for (const int level : {0, 1, 64, 128, 200, 255}) {
        const double x = level / 255.0;
        const auto out = corrupted<double>(channel, std::vector<std::uint8_t>(draws, static_cast<std::uint8_t>(level)));
        double mean = 0, variance = 0, fourth = 0;
        for (const double v : out) mean += v / draws;
        for (const double v : out) {
            const double square = (v - mean) * (v - mean);
            variance += square / draws;
            fourth += square * square / draws;
        }
        CAPTURE(x, channel.strength());
        CHECK(std::abs(mean - channel.mean(x)) <= 5 * std::sqrt(variance / draws) + 1e-7);
        CHECK(std::abs(variance - channel.variance(x)) <=
              5 * std::sqrt(std::max(fourth - variance * variance, 0.0) / draws) + 1e-7);
    }
}

}  // namespace

TEST_CASE("every channel's mean and variance agree with Monte Carlo") {
    for (const double p : {0.0, 0.03, 0.5, 0.9, 1.0}) {
        check_moments(Replacement{p});
        check_moments(BinaryReplacement{p});
        check_moments(Salt{p});
    }
    for (const double sigma : {0.0, 0.1, 1.0, 1.7, 2.0, 5.0}) check_moments(Additive{sigma});
    check_moments(Identity{});
    check_moments(Compose{Additive{0.8}, Additive{1.3}});
    check_moments(Compose{Additive{0.5}, BinaryReplacement{0.3}});
    check_moments(Compose{Replacement{0.4}, Additive{0.7}});
    check_moments(Compose{Additive{1.5}, Salt{0.2}});
    check_moments(Compose{Compose{Replacement{0.3}, Additive{0.4}}, Additive{0.9}});
}

TEST_CASE("closed forms at known points") {
    CHECK(Additive{0.6}.mean(0) == Approx(0.3 / 4).epsilon(1e-14));
    CHECK(Additive{0.6}.variance(0) == Approx(5 * 0.09 / 48).epsilon(1e-14));
    CHECK(Additive{0.2}.mean(0.5) == Approx(0.5).epsilon(1e-14));
    CHECK(Additive{0.2}.variance(0.5) == Approx(0.04 / 12).epsilon(1e-14));
    CHECK(Additive{1e-9}.variance(0.5) == Approx(1e-18 / 12).epsilon(1e-6));  // 0.5 +- 5e-10 keeps 7 digits
    CHECK(BinaryReplacement{0.3}.variance(1) == Approx(0.3 * 1.7 / 4).epsilon(1e-14));
    CHECK(Replacement{0.25}.snr_proxy() == Approx(1.5));
    CHECK(BinaryReplacement{1}.snr_proxy() == 0);
    CHECK(Replacement{0}.snr_proxy() == std::numeric_limits<double>::infinity());
    // Composition against the formula of the sum of two uniforms far from the walls.
    CHECK(Compose{Additive{0.2}, Additive{0.3}}.variance(0.5) == Approx((0.04 + 0.09) / 12).epsilon(1e-12));
    // Two replacements are one with 1 - (1-p)(1-q).
    const Compose twice{Replacement{0.3}, Replacement{0.5}};
    CHECK(twice.mean(0.9) == Approx(Replacement{0.65}.mean(0.9)).epsilon(1e-13));
    CHECK(twice.variance(0.9) == Approx(Replacement{0.65}.variance(0.9)).epsilon(1e-13));
}

TEST_CASE("strength 0 is the identity, and every output stays in [0, 1]") {
    const auto pixels = ramp(1001);
    const auto clean = corrupted(Identity{}, pixels);
    for (std::size_t i = 0; i < pixels.size(); ++i) REQUIRE(clean[i] == static_cast<float>(pixels[i]) * (1.0F / 255));
    CHECK((corrupted(Replacement{0}, pixels) == clean));
    CHECK((corrupted(BinaryReplacement{0}, pixels) == clean));
    CHECK((corrupted(Additive{0}, pixels) == clean));
    const auto in_range = [](const std::vector<float>& out) {
        for (const float v : out) REQUIRE((v >= 0 && v <= 1));
    };
    in_range(corrupted(Replacement{1}, pixels));
    in_range(corrupted(Additive{3}, pixels));
    in_range(corrupted(Compose{Additive{3}, Replacement{0.5}}, pixels));
    for (const float v : corrupted(BinaryReplacement{1}, pixels)) REQUIRE((v == 0 || v == 1));
}

TEST_CASE("at p = 1 every pixel is replaced") {
    const auto black = corrupted(Replacement{1}, std::vector<std::uint8_t>(10'000, 0));
    const auto white = corrupted(Replacement{1}, std::vector<std::uint8_t>(10'000, 255));
    CHECK((black == white));
}

TEST_CASE("replaced sets and their values are nested in p") {
    const auto pixels = std::vector<std::uint8_t>(100'000, 255);
    auto before = corrupted(Replacement{0}, pixels);
    for (const double p : {1e-4, 0.1, 0.1001, 0.5, 0.99, 1.0}) {
        const auto now = corrupted(Replacement{p}, pixels);
        for (std::size_t i = 0; i < pixels.size(); ++i)
            if (before[i] != 1.0F) REQUIRE(now[i] == before[i]);
        before = now;
    }
    const auto independent = noise_seed(Seed{1}, Replacement{0.5}, Noise::independent);
    CHECK(independent != Seed{1});
    CHECK(independent != noise_seed(Seed{1}, Replacement{0.6}, Noise::independent));
    CHECK(noise_seed(Seed{1}, Replacement{0.5}, Noise::common) == Seed{1});
}

TEST_CASE("the fast pass equals the naive reference at any size") {
    const RandomStream noise{Seed{77}, Stream::train_noise, 4, 99};
    for (const std::size_t size : {0, 1, 2, 3, 7, 511, 512, 513, 784, 3073}) {
        const auto pixels = ramp(size);
        const auto check = [&](const auto& channel, float rounding = 0) {
            const auto fast = corrupted(channel, pixels, noise);
            for (std::size_t i = 0; i < size; ++i) {
                const float naive = channel(static_cast<float>(pixels[i]) * (1.0F / 255), noise.word(i));
                REQUIRE(std::abs(fast[i] - naive) <= rounding);
            }
        };
        check(Replacement{0.4});
        check(BinaryReplacement{0.4});
        check(Additive{0.4}, 6e-8F);  // here, not in the kernel, the compiler may multiply and add in one rounding
        check(Salt{0.4});
    }
}

TEST_CASE("float pixels, in place or not, give the same as uint8") {
    const auto pixels = ramp(900);
    auto floats = corrupted(Identity{}, pixels);
    std::vector<float> out(900);
    const RandomStream noise{Seed{1}};
    corrupt(Additive{0.5}, std::span<const float>(floats), std::span<float>(out), noise);
    CHECK((out == corrupted(Additive{0.5}, pixels)));
    corrupt(Additive{0.5}, std::span<const float>(floats), std::span<float>(floats), noise);
    CHECK((floats == out));
}

TEST_CASE("pixels and samples are independent (chi-squared on pairs)") {
    // 8 x 8 cells of (value, other value) at p = 1: 63 degrees of freedom, 103.4 is exceeded with probability 0.001;
    // the seed is fixed, so the test is deterministic. Pairs: neighbours in an image, the same pixel of neighbouring
    // samples, epochs, and the mask against the value where p = 1/2.
    constexpr std::size_t pixels = 784, samples = 128;
    const std::vector<std::uint8_t> black(pixels, 0);
    const auto image = [&](std::uint32_t sample, std::uint32_t epoch) {
        return corrupted(Replacement{1}, black, {Seed{3}, Stream::train_noise, epoch, sample});
    };
    const auto chi_squared = [](const std::vector<double>& a, const std::vector<double>& b) {
        std::vector<double> counts(64);
        for (std::size_t i = 0; i < a.size(); ++i)
            counts[static_cast<std::size_t>(a[i] * 8) * 8 + static_cast<std::size_t>(b[i] * 8)] += 1;
        const double expected = static_cast<double>(a.size()) / 64;
        double sum = 0;
        for (const double n : counts) sum += (n - expected) * (n - expected) / expected;
        return sum;
    };
    std::vector<double> here, right, next_sample, next_epoch;
    for (std::uint32_t s = 0; s < samples; ++s) {
        const auto a = image(s, 0), b = image(s + 1, 0), c = image(s, 1);
        for (std::size_t i = 0; i + 1 < pixels; i += 2) {
            here.push_back(a[i]), right.push_back(a[i + 1]), next_sample.push_back(b[i]), next_epoch.push_back(c[i]);
        }
    }
    CHECK(chi_squared(here, right) < 103.4);
    CHECK(chi_squared(here, next_sample) < 103.4);
    CHECK(chi_squared(here, next_epoch) < 103.4);
}

TEST_CASE("given that a pixel is replaced, its value is uniform, at every p") {
    // 16 cells: 15 degrees of freedom, 37.7 is exceeded with probability 0.001.
    const std::vector<std::uint8_t> white(1'000'000, 255);
    for (const double p : {0.01, 0.123456789, 0.5, 0.9}) {
        const auto out = corrupted<double>(Replacement{p}, white);
        std::vector<double> counts(16);
        double replaced = 0;
        for (const double v : out)
            if (v < 1) counts[static_cast<std::size_t>(v * 16)] += 1, replaced += 1;
        double chi_squared = 0;
        for (const double n : counts) chi_squared += (n - replaced / 16) * (n - replaced / 16) / (replaced / 16);
        CAPTURE(p);
        CHECK(chi_squared < 37.7);
        CHECK(std::abs(replaced / 1e6 - p) < 4 * std::sqrt(p * (1 - p) / 1e6));
    }
}

TEST_CASE("bad strengths are refused by name and value") {
    CHECK_THROWS_WITH(Replacement{1.2}.validate(), "Replacement: p (= 1.2) must lie in [0, 1]");
    CHECK_THROWS_AS(Replacement{std::nan("")}.validate(), std::invalid_argument);
    CHECK_THROWS_AS(BinaryReplacement{-0.1}.validate(), std::invalid_argument);
    CHECK_THROWS_AS(Additive{-1}.validate(), std::invalid_argument);
    CHECK_THROWS_AS(Additive{std::numeric_limits<double>::infinity()}.validate(), std::invalid_argument);
    CHECK_THROWS_AS((Compose{Replacement{0.5}, Additive{-1}}.validate()), std::invalid_argument);
    std::vector<float> out(3);
    const std::vector<std::uint8_t> two(2);
    CHECK_THROWS_AS(corrupt(Identity{}, std::span<const std::uint8_t>(two), std::span<float>(out), {}),
                    std::invalid_argument);
}

}  // namespace channel_test
