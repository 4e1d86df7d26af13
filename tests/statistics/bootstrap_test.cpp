#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <pstar/statistics/bootstrap.hpp>
#include <pstar/statistics/bootstrap_interval.hpp>

#include "catch.hpp"

namespace bootstrap_test {

using namespace pstar;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 undefined = std::numeric_limits<double>::quiet_NaN();

/// 0, 1, ..., n - 1 in reverse order.
std::vector<double> falling(int n) {
    std::vector<double> values;
    for (int i = n - 1; i >= 0; --i) values.push_back(i);
    return values;
}

}  // namespace

TEST_CASE("a resample draws every item with the probability 1/n, with replacement") {
    Resampler resampler(5, {Seed{3}, Stream::user});
    std::vector<double> total(5, 0.0), squares(5, 0.0);
    constexpr int samples = 4000;
    for (int s = 0; s < samples; ++s) {
        std::vector<std::uint32_t> seen(5, 0U);
        for (const auto index : resampler.draw()) ++seen.at(index);
        const auto counts = resampler.counts();
        REQUIRE(seen == std::vector<std::uint32_t>(counts.begin(), counts.end()));
        REQUIRE(std::accumulate(counts.begin(), counts.end(), 0U) == 5);
        for (std::size_t i = 0; i < 5; ++i) total[i] += counts[i], squares[i] += counts[i] * counts[i];
    }
    for (std::size_t i = 0; i < 5; ++i) {  // binomial(5, 1/5): mean 1, variance 0.8; five standard errors
        const double mean = total[i] / samples;
        CHECK(mean == Approx(1).margin(5 * std::sqrt(0.8 / samples)));
        CHECK(squares[i] / samples - mean * mean == Approx(0.8).margin(0.1));
    }
}

TEST_CASE("resamples are a function of stream and number of items") {
    Resampler one(4, {Seed{3}, Stream::user}), same(4, {Seed{3}, Stream::user}), other(4, {Seed{4}, Stream::user});
    int different = 0;
    for (int s = 0; s < 20; ++s) {
        const auto a = one.draw(), b = same.draw(), c = other.draw();
        const std::vector<std::uint32_t> first(a.begin(), a.end());
        CHECK(first == std::vector<std::uint32_t>(b.begin(), b.end()));
        different += first != std::vector<std::uint32_t>(c.begin(), c.end());
    }
    CHECK(different > 10);
    CHECK_THROWS_AS(Resampler(0, {Seed{1}, Stream::user}), std::invalid_argument);
}

TEST_CASE("the standard deviation over resamples of a mean is the plug-in standard error") {
    const std::vector<double> values{1, 2, 4, 8, 16, 32};
    const double mean = 10.5, plug_in = std::sqrt((1 + 4 + 16 + 64 + 256 + 1024) / 6.0 - mean * mean) / std::sqrt(6);
    Resampler resampler(6, {Seed{9}, Stream::user});
    std::vector<double> means;
    for (int s = 0; s < 20000; ++s) {
        double sum = 0;
        for (const auto index : resampler.draw()) sum += values[index];
        means.push_back(sum / 6);
    }
    const auto found = standard_interval(mean, means, 0.95, 1);
    CHECK(found.high - mean == Approx(plug_in).epsilon(0.03));  // relative standard error 1/sqrt(40000)
}

TEST_CASE("intervals of replicates 0, 1, ..., 100 by hand") {
    const auto draws = falling(101);  // the p-quantile is 100 p
    const auto percentile = percentile_interval(40, draws, 0.9);
    CHECK((percentile.value == 40 && percentile.low == Approx(5) && percentile.high == Approx(95)));
    const auto stretched = stretched_interval(40, draws, 0.9, 2);
    CHECK((stretched.low == Approx(40 - 2 * 35) && stretched.high == Approx(40 + 2 * 55)));
    CHECK(stretched_interval(99, draws, 0.9, 2).high == 99);  // never past the value
    const auto centred = centred_interval(40, draws, 0.9);
    CHECK((centred.low == Approx(40 - 45) && centred.high == Approx(40 + 45)));
    const auto standard = standard_interval(50, draws, 0.9, 2);  // variance n (n + 1) / 12 of 0 ... n - 1, n = 101
    CHECK(standard.high - 50 == Approx(2 * std::sqrt(101 * 102 / 12.0)));
    CHECK(50 - standard.low == Approx(standard.high - 50));
}

TEST_CASE("the basic interval mirrors the replicates and takes their bias out") {
    std::vector<double> draws;  // 1, 2, 4, ..., 2^98: place p (n + 1) of 1 ... 99 is 100 p
    for (int i = 0; i < 99; ++i) draws.push_back(std::exp2(i));
    const double low = std::exp2(9), median = std::exp2(49), high = std::exp2(89);  // of confidence 0.8
    const auto found = basic_interval(10, 3, draws, 0.8, 1.5);
    const double corrected = 10 + 3 - median;
    CHECK(found.value == Approx(corrected));
    CHECK(found.low == Approx(corrected - 1.5 * (high - median)));
    CHECK(found.high == Approx(corrected + 1.5 * (median - low)));
}

TEST_CASE("replicates that are NaN or infinite do not pass for numbers") {
    auto draws = falling(101);
    draws.push_back(undefined);
    CHECK(percentile_interval(40, draws, 0.9).low == Approx(5));
    const auto none = percentile_interval(40, {undefined, undefined}, 0.9);
    CHECK((std::isnan(none.low) && std::isnan(none.high)));

    auto steep = falling(94);  // 6 of 100 are infinite: more than 5%
    steep.insert(steep.end(), 6, infinity);
    CHECK(std::isinf(standard_interval(40, steep, 0.9, 1).high));
    CHECK(std::isfinite(standard_interval(40, steep, 0.9, 1).low));
    CHECK(std::isinf(stretched_interval(40, steep, 0.9, 1).high));
    auto fewer = falling(96);
    fewer.insert(fewer.end(), 4, infinity);
    CHECK(std::isfinite(standard_interval(40, fewer, 0.9, 1).high));
    CHECK(std::isinf(standard_interval(40, std::vector{1.0}, 0.9, 1).low));  // one replicate has no scatter
}

}  // namespace bootstrap_test
