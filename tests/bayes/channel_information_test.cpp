// The pixels' information, against closed forms.
#include <pstar/bayes/channel_information.hpp>
#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/corruption/byte_replacement.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>

#include <cmath>
#include <vector>

#include "bayes/toys.hpp"
#include "catch.hpp"

namespace channel_information_test {

using namespace pstar;
using bayes_toys::random_library;

namespace {

/// -sum w ln w
double entropy_of(const std::vector<double>& shares) {
    double sum = 0;
    for (const double w : shares) sum -= w > 0 ? w * std::log(w) : 0;
    return sum;
}

/// The shares of the 256 values of pixel i.
std::vector<double> shares_of(const Dataset& images, std::size_t i) {
    std::vector<double> result(256, 0);
    for (std::size_t n = 0; n < images.size(); ++n)
        result[images.image(n)[i]] += 1 / static_cast<double>(images.size());
    return result;
}

}  // namespace

TEST_CASE("the information is that of erasing, flipping and 8-bit noise in closed form") {
    const auto grey = random_library(600, 40, {0, 0, 0, 128, 255}, 3, 4);
    const auto black_and_white = random_library(600, 40, {0, 0, 255}, 3, 5);
    const ChannelLimitOptions options{.images = 600};
    for (const double p : {0.2, 0.6, 0.95}) {
        double erased = 0, flipped = 0, bytes = 0;
        for (std::size_t i = 0; i < 40; ++i) {
            const auto shares = shares_of(grey, i);
            erased += (1 - p) * entropy_of(shares);
            double seen = 0;  // H(x') - H(x' | x), level by level
            for (const double w : shares) {
                const double level = (1 - p) * w + p / 256;
                seen -= level * std::log(level);
            }
            const double kept = 1 - p + p / 256;
            bytes += seen + kept * std::log(kept) + 255 * (p / 256) * std::log(p / 256);
            const double white = shares_of(black_and_white, i)[255], shown = white * (1 - p) + p / 2;
            flipped += entropy_of({shown, 1 - shown}) - entropy_of({p / 2, 1 - p / 2});
        }
        INFO("p = " << p << ": erased " << erased << ", bytes " << bytes << ", flipped " << flipped);
        CHECK(contains(channel_information(grey, Replacement{p}, options).pixels, erased));
        CHECK(contains(channel_information(grey, ByteReplacement{p}, options).pixels, bytes));
        CHECK(contains(channel_information(black_and_white, BinaryReplacement{p}, options).pixels, flipped));
    }
    double all = 0;
    for (std::size_t i = 0; i < 40; ++i) all += entropy_of(shares_of(grey, i));
    const auto clean = channel_information(grey, Identity{}, options);
    CHECK(clean.pixels.value == Approx(all));  // every image is there: no sampling
    CHECK(clean.images == Approx(std::log(600.0)));
    CHECK(clean.classes == Approx(std::log(3.0)));
    CHECK(channel_information(grey, Replacement{1}, options).pixels.value == 0);
}

TEST_CASE("additive noise between two grey levels erases where its boxes overlap") {
    // Levels 1/5 and 3/5 with boxes of width .8, unclipped on neither side: [-.2, .6] and [.2, 1]; clipped black has
    // mass.
    const auto images = random_library(800, 30, {51, 153}, 2, 9);
    // z in (.2, .6): both, no information; z = 0 or (0, .2): the first; (.6, 1): the second. Overlap: half of each box.
    double expected = 0;
    for (std::size_t i = 0; i < 30; ++i) expected += 0.5 * entropy_of(shares_of(images, i));
    CHECK(contains(channel_information(images, Additive{0.8}, {.images = 800}).pixels, expected));
}

TEST_CASE("the knee of information is where it equals ln N") {
    const auto images = random_library(1000, 60, {0, 255}, 10, 6);
    double all = 0;
    for (std::size_t i = 0; i < 60; ++i) all += entropy_of(shares_of(images, i));
    const double knee = 1 - std::log(1000.0) / all;  // of erasing
    const auto erase = [](double p) { return Replacement{p}; };
    CHECK(information_knee(images, erase, 0, 1) == Approx(knee).margin(0.01));
    CHECK(std::isnan(information_knee(images, erase, 0.95, 1)));  // below ln N all along
    CHECK(std::isnan(information_knee(images, erase, 0, 0.5)));   // above it
    CHECK_THROWS_WITH(information_knee(images, erase, 1, 0), Catch::Contains("low (= 1) must be below high"));
    CHECK_THROWS_WITH(channel_information(Dataset{}, Replacement{0.5}), Catch::Contains("library.size() (= 0)"));
}

}  // namespace channel_information_test
