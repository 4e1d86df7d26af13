// The posterior over a library, against what enumeration and the definition give.
#include <pstar/bayes/channel_limit.hpp>
#include <pstar/bayes/channel_posterior.hpp>
#include <pstar/core/detail/kernels/instruction_sets.hpp>
#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/byte_replacement.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/statistics/mean_interval.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "bayes/toys.hpp"
#include "catch.hpp"

namespace channel_posterior_test {

using namespace pstar;
using bayes_toys::library;
using bayes_toys::random_library;

namespace {

/// P(class | z) by the definition, from the probability (or density) of a pixel.
std::vector<double> by_definition(const Dataset& images, const std::vector<float>& z,
                                  const std::function<double(double z, double x)>& probability) {
    std::vector<double> result(images.classes, 0);
    double sum = 0;
    for (std::size_t n = 0; n < images.size(); ++n) {
        double product = 1;
        for (std::size_t i = 0; i < z.size(); ++i)
            product *= probability(static_cast<double>(z[i]),
                                   static_cast<double>(static_cast<float>(images.image(n)[i]) * (1 / 255.0F)));
        result[images.label(n)] += product;
        sum += product;
    }
    for (auto& p : result) p /= sum;
    return result;
}

template <class C>
std::vector<double> found(const Dataset& images, const std::vector<float>& z, const C& channel) {
    const auto result =
        ChannelPosterior(images).class_probabilities({z.data(), {1, z.size()}}, PixelLikelihood(channel));
    return {result.data(), result.data() + images.classes};
}

void check_equal(const std::vector<double>& a, const std::vector<double>& b, double margin = 1e-9) {
    REQUIRE(a.size() == b.size());
    for (std::size_t k = 0; k < a.size(); ++k) CHECK(a[k] == Approx(b[k]).margin(margin));
}

/// The mean accuracy over many draws of every image, with its interval.
template <class C>
Estimate drawn_limit(const Dataset& images, const C& channel, std::uint32_t draws) {
    const ChannelPosterior posterior(images);
    std::vector<double> accuracy;
    for (std::uint32_t draw = 0; draw < draws; ++draw)
        accuracy.push_back(posterior_accuracy(posterior, images, channel, {.draw = draw}).accuracy.value);
    return mean_interval(accuracy, 0.999);
}

}  // namespace

TEST_CASE("the posterior of the binary channel is that of enumeration") {
    const auto images = library(4, {0, 0, 255, 0, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 255, 0, 255},
                                {0, 1, 1, 0, 2}, 3);
    for (const double p : {0.0, 0.1, 0.6, 1.0}) {
        const auto probability = [&](double z, double x) { return z == x ? 1 - p / 2 : p / 2; };
        double limit = 0;
        for (unsigned word = 0; word < 16; ++word) {
            std::vector<float> z;
            for (unsigned i = 0; i < 4; ++i) z.push_back((word >> i & 1U) != 0 ? 1.0F : 0.0F);
            double evidence = 0;
            for (std::size_t n = 0; n < images.size(); ++n) {
                double product = 1;
                for (std::size_t i = 0; i < 4; ++i)
                    product *= probability(static_cast<double>(z[i]), images.image(n)[i] == 255 ? 1 : 0);
                evidence += product / static_cast<double>(images.size());
            }
            if (evidence == 0) continue;  // p = 0: no library image
            const auto posterior = by_definition(images, z, probability);
            check_equal(found(images, z, BinaryReplacement{p}), posterior);
            limit += evidence * std::ranges::max(posterior);
        }
        INFO("p = " << p << ", limit " << limit);
        const auto drawn = drawn_limit(images, BinaryReplacement{p}, 2000);
        CHECK(drawn.low <= limit + 1e-12);  // rounding, where all draws are alike
        CHECK(drawn.high >= limit - 1e-12);
    }
}

TEST_CASE("posteriors are those of the definition, for every channel with a likelihood") {
    const auto images = random_library(40, 9, {0, 60, 128, 255}, 3, 5);
    const auto check = [&](const auto& channel, const std::function<double(double, double)>& probability) {
        Batch<float> batch;
        batch.fill_range(images, 0, images.size(), channel, {Seed{3}, Stream::test_noise});
        for (std::size_t n = 0; n < images.size(); ++n) {
            const std::vector<float> z(batch.images().data + 9 * n, batch.images().data + 9 * (n + 1));
            check_equal(found(images, z, channel), by_definition(images, z, probability));
        }
    };
    for (const double p : {0.3, 0.9}) {
        check(ByteReplacement{p}, [&](double z, double x) { return p / 256 + (z == x ? 1 - p : 0); });
        // With noise from a continuum, what equals a grey level was not replaced: images that differ there are ruled
        // out.
        check(Replacement{p}, [&](double z, double x) { return p * 0x1p-24 + (z == x ? 1 - p : 0); });
    }
    for (const double sigma : {0.3, 1.0, 2.5})
        check(Additive{sigma}, [&](double z, double x) {
            const double a = sigma / 2;
            if (z <= 0) return std::max(a - x, 0.0) / sigma;
            if (z >= 1) return std::max(x + a - 1, 0.0) / sigma;
            return std::abs(z - x) <= a + 1e-6 ? 1 / sigma : 0.0;
        });
}

TEST_CASE("grey pixels under the binary channel rule out what differs; black and white ones do not") {
    const auto images = random_library(30, 6, {0, 100, 255}, 2, 8);
    const BinaryReplacement channel{0.4};
    Batch<float> batch;
    batch.fill_range(images, 0, images.size(), channel, {Seed{4}, Stream::test_noise});
    for (std::size_t n = 0; n < images.size(); ++n) {
        const std::vector<float> z(batch.images().data + 6 * n, batch.images().data + 6 * (n + 1));
        check_equal(found(images, z, channel), by_definition(images, z, [](double at, double x) {
                        return (at == 0 || at == 1 ? 0.2 : 0) + (at == x ? 0.6 : 0);
                    }));
    }
}

TEST_CASE("for a random library the binary channel's limit is that of the theory of random codes") {
    // A word is told right if no other of the N - 1 is nearer, ties being shared out: the distance to the true one is
    // Binomial(d, p/2), that to any other Binomial(d, 1/2).
    constexpr std::size_t d = 40, size = 500;
    constexpr double n = size;
    const auto binomial = [](double q) {
        std::vector<double> result;
        for (std::size_t k = 0; k <= d; ++k)
            result.push_back(std::exp(std::lgamma(d + 1.0) - std::lgamma(static_cast<double>(k) + 1) -
                                      std::lgamma(static_cast<double>(d - k) + 1) +
                                      static_cast<double>(k) * std::log(q) +
                                      static_cast<double>(d - k) * std::log1p(-q)));
        return result;
    };
    const auto other = binomial(0.5);
    for (const double p : {0.3, 0.5, 0.7}) {
        const auto own = binomial(p / 2);
        double identified = 0, nearer = 0;
        for (std::size_t k = 0; k <= d; ++k) {
            // E[1/(1 + T)], T others at the same distance and none nearer
            const double none = 1 - nearer, less = 1 - nearer - other[k];
            identified += own[k] * (std::pow(none, n) - std::pow(less, n)) / (n * other[k]);
            nearer += other[k];
        }
        std::vector<double> drawn;
        for (std::uint64_t seed = 0; seed < 12; ++seed) {
            const auto images = random_library(size, d, {0, 255}, size, seed);
            drawn.push_back(channel_limit(images, BinaryReplacement{p}, {.images = 500, .seed = seed}).expected.value);
        }
        const auto mean = mean_interval(drawn, 0.999);
        INFO("p = " << p << ": theory " << identified << ", drawn " << mean.low << " to " << mean.high);
        CHECK(mean.low <= identified);
        CHECK(mean.high >= identified);
    }
}

TEST_CASE("no classifier is above the limit: the nearest image, say, by pixels that are equal or by distance") {
    const auto images = random_library(60, 12, {0, 255}, 4, 21);
    const BinaryReplacement channel{0.7};
    const ChannelPosterior posterior(images);
    std::vector<double> excess;
    for (std::uint32_t draw = 0; draw < 300; ++draw) {
        const auto limit = posterior_accuracy(posterior, images, channel, {.draw = draw});
        Batch<float> batch;
        batch.fill_range(images, 0, images.size(), channel, {Seed{0}, Stream::test_noise, draw});
        std::size_t right = 0;
        for (std::size_t m = 0; m < images.size(); ++m) {
            double least = 1e9;
            std::size_t label = 0;
            for (std::size_t n = 0; n < images.size(); ++n) {
                double distance = 0;
                for (std::size_t i = 0; i < 12; ++i)
                    distance +=
                        std::abs(batch.images().data[m * 12 + i] - static_cast<float>(images.image(n)[i]) / 255);
                if (distance < least) least = distance, label = images.label(n);
            }
            right += label == images.label(m);
        }
        excess.push_back(static_cast<double>(right) / 60 - limit.accuracy.value);
    }
    CHECK(mean_interval(excess).high < 0);  // and here clearly below it: labels are summed over, not images alone
}

TEST_CASE("the limit expects of itself what it reaches, and its interval holds it") {
    const auto images = random_library(200, 30, {0, 80, 255}, 5, 2);
    const ChannelPosterior posterior(images);
    std::vector<double> difference;
    int holds = 0;
    double sum = 0;
    for (std::uint32_t draw = 0; draw < 200; ++draw) {
        const auto found = posterior_accuracy(posterior, images, ByteReplacement{0.9}, {.images = 50, .draw = draw});
        difference.push_back(found.accuracy.value - found.expected.value);
        sum += found.expected.value / 200;
    }
    CHECK(contains(mean_interval(difference, 0.999), 0));
    for (std::uint32_t draw = 0; draw < 200; ++draw)
        holds += contains(
            posterior_accuracy(posterior, images, ByteReplacement{0.9}, {.images = 50, .draw = draw}).expected, sum);
    CHECK(holds >= 180);  // of 190 +- 3: nominal 95%
}

TEST_CASE("an image that no library image can have become goes to those with the fewest impossible pixels") {
    const auto images = library(3, {0, 0, 0, 255, 255, 255, 0, 255, 255}, {0, 1, 2}, 3);
    check_equal(found(images, {0.0F, 0.5F, 0.0F}, Additive{0.4}), {1, 0, 0});
    check_equal(found(images, {1.0F, 0.5F, 0.9F}, Additive{0.4}), {0, 1, 0});
    check_equal(found(images, {0.0F, 1.0F, 0.0F}, Identity{}), {0.5, 0, 0.5});
    check_equal(found(images, {0.3F, 0.3F, 0.3F}, Identity{}), {1.0 / 3, 1.0 / 3, 1.0 / 3});
    check_equal(found(images, {0.0F, 0.0F, 0.0F}, BinaryReplacement{1.0}), {1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE("posteriors have the same bits on any number of threads and with every instruction set") {
    const auto images = random_library(700, 1000, {0, 9, 128, 255}, 7, 3);  // several vectors, several blocks
    const ChannelPosterior posterior(images);
    const auto all_bits = [&](const auto& channel, std::size_t threads) {
        Batch<float> batch;
        batch.fill_range(images, 0, 70, channel, {Seed{3}, Stream::test_noise});
        const auto result = posterior.class_probabilities(batch.images(), PixelLikelihood(channel), threads);
        return std::vector<double>(result.data(), result.data() + result.size());
    };
    const auto one = all_bits(ByteReplacement{0.99}, 1), one_additive = all_bits(Additive{6}, 1);
    CHECK(*std::ranges::max_element(one) < 1);
    for (const std::size_t threads : {2, 3}) {
        CHECK(all_bits(ByteReplacement{0.99}, threads) == one);
        CHECK(all_bits(Additive{6}, threads) == one_additive);
    }
    const auto best = detail::instruction_set().load();
    for (const auto set : {detail::InstructionSet::baseline, detail::InstructionSet::avx2})
        if (set < best) {
            detail::instruction_set() = set;
            CHECK(all_bits(ByteReplacement{0.99}, 1) == one);
        }
    detail::instruction_set() = best;
}

TEST_CASE("what a posterior cannot take is refused in one sentence") {
    const auto images = library(2, {0, 1, 2, 3}, {0, 1}, 2);
    const ChannelPosterior posterior(images);
    const std::vector<float> z{0.5F, 2.0F, 0.1F};
    const PixelLikelihood likelihood(Replacement{0.5});
    CHECK_THROWS_WITH(posterior.class_probabilities({z.data(), {1, 3}}, likelihood),
                      Catch::Contains("(= (1, 3)) must be (M, pixels of the library)"));
    CHECK_THROWS_WITH(posterior.class_probabilities({z.data(), {1, 2}}, likelihood),
                      Catch::Contains("a pixel (= 2) must lie in [0, 1]"));
    CHECK_THROWS_WITH(ChannelPosterior(Dataset{}), Catch::Contains("library.size() (= 0) must be at least 1"));
    auto floats = images;
    floats.images = Tensor<std::uint8_t, 4>::from_shape({0, 1, 0, 0});
    floats.float_images = Tensor<float, 4>::from_shape({2, 1, 1, 2});
    floats.float_images->fill(0.5F);
    CHECK_THROWS_WITH(ChannelPosterior(floats), Catch::Contains("images must be bytes"));
    CHECK_THROWS_WITH(channel_limit(images, Replacement{1.5}), Catch::Contains("p (= 1.5) must lie in [0, 1]"));
    CHECK_THROWS_WITH(channel_limit(images, Replacement{0.5}, {.images = 0}), Catch::Contains("images (= 0)"));
    const auto wider = library(3, {0, 1, 2}, {0}, 2);
    CHECK_THROWS_WITH(posterior_accuracy(posterior, wider, Replacement{0.5}),
                      Catch::Contains("data.pixels() (= 3) must equal the library's"));
}

TEST_CASE("a corruption of any type gives its channel's likelihood, or none") {
    const auto likelihood = AnyCorruption(ByteReplacement{0.5}).pixel_likelihood();
    REQUIRE(likelihood);
    CHECK(likelihood->is_matching());
    CHECK((*likelihood)(0.2, 0.2) == Approx(std::log(257.0)));
    CHECK((*likelihood)(0.2, 0.3) == 0);
    CHECK_FALSE(AnyCorruption(Additive{0.5}).pixel_likelihood()->is_matching());
    CHECK(std::isnan(AnyCorruption(Additive{0.5}).pixel_likelihood()->match_log_odds(0.5)));
    CHECK_FALSE(AnyCorruption(Blur{1.0}).pixel_likelihood());
    static_assert(!HasLikelihood<Blur> && MatchingChannel<Identity> && HasLikelihood<Additive> &&
                  !MatchingChannel<Additive>);
}

TEST_CASE("likelihoods add up: what x becomes, weighed by another pixel's likelihood, is one") {
    // E over x' of P(x' | y) / P(x' | x) is the probability under y of what x can become: 1 where that is everything.
    const auto ratio = [](const auto& channel, double x, double y) {
        const PixelLikelihood likelihood(channel);
        std::vector<double> ratios;
        for (std::uint32_t n = 0; n < 200000; ++n) {
            const auto z =
                static_cast<double>(channel(static_cast<float>(x), RandomStream{Seed{1}, Stream::user, 0, n}.word(0)));
            ratios.push_back(std::exp(likelihood(z, y) - likelihood(z, static_cast<double>(static_cast<float>(x)))));
        }
        return mean_interval(ratios, 0.9999);
    };
    CHECK(contains(ratio(BinaryReplacement{0.7}, 0, 1), 1));
    CHECK(contains(ratio(ByteReplacement{0.9}, 0, 1), 1));
    CHECK(contains(ratio(Additive{3}, 0.25, 0.75), 1));
    CHECK(contains(ratio(Additive{2.5}, 1, 0.5), 1));
    CHECK(contains(ratio(Additive{0.5}, 0.5, 0.625), 0.75));  // three quarters of its noise overlap
}

}  // namespace channel_posterior_test
