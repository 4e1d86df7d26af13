// Block occlusion and blur against what they are said to be.
#include <pstar/corruption/block_occlusion.hpp>
#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/image_moments.hpp>
#include <pstar/corruption/replacement.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "catch.hpp"

namespace spatial_test {

using namespace pstar;

static_assert(HasImageMoments<BlockOcclusion> && HasImageMoments<Blur> && !Channel<BlockOcclusion> && !Channel<Blur>);
static_assert(!HasImageMoments<Replacement>);

namespace {

std::vector<double> through(const auto& corruption, const std::vector<double>& image, const Shape& shape,
                            const RandomStream& noise = {Seed{1}}) {
    std::vector<double> out(image.size());
    corrupt(corruption, std::span<const double>(image), shape, std::span<double>(out), noise);
    return out;
}

}  // namespace

TEST_CASE("A block of the given side is hidden in every colour, at all places with equal probability") {
    const Shape shape{2, 5, 7};
    const std::vector<double> white(70, 1.0);
    std::vector<std::size_t> counts(35);
    constexpr std::uint32_t draws = 15'000;
    for (std::uint32_t i = 0; i < draws; ++i) {
        const auto out = through(BlockOcclusion{.side = 3, .value = 0.25}, white, shape, {Seed{4}, Stream::user, 0, i});
        std::size_t hidden = 0, first = 35;
        for (std::size_t p = 0; p < 35; ++p) {
            REQUIRE(out[p] == out[35 + p]);
            REQUIRE((out[p] == 1 || out[p] == 0.25));
            if (out[p] == 1) continue;
            first = std::min(first, p);
            hidden += 1;
            REQUIRE((p / 7 - first / 7 < 3 && p % 7 - first % 7 < 3));
        }
        REQUIRE(hidden == 9);
        counts[first] += 1;
    }
    // 3 x 5 places: 14 degrees of freedom, 36.1 is exceeded with probability 0.001.
    double chi_squared = 0;
    for (std::size_t p = 0; p < 35; ++p) {
        const bool place = p / 7 <= 2 && p % 7 <= 4;
        if (!place) REQUIRE(counts[p] == 0);
        const double expected = draws / 15.0;
        if (place) chi_squared += std::pow(static_cast<double>(counts[p]) - expected, 2) / expected;
    }
    CHECK(chi_squared < 36.1);
}

TEST_CASE("The moments of an occlusion, by hand") {
    // One row of two pixels and side 1: one or the other is hidden, each with probability 1/2.
    const std::vector<double> image{0.2, 1.0}, direction{3.0, 5.0};
    const Shape shape{1, 1, 2};
    const BlockOcclusion one{.side = 1};
    std::vector<double> mean(2);
    one.mean({image.data(), shape}, {mean.data(), shape});
    CHECK(mean[0] == Approx(0.35).epsilon(1e-15));
    CHECK(mean[1] == Approx(0.75).epsilon(1e-15));
    // S = 3 (0.5 - 0.2) = 0.9 or 5 (0.5 - 1) = -2.5: variance (3.4/2)^2.
    CHECK(one.variance_along({image.data(), shape}, {direction.data(), shape}) == Approx(2.89).epsilon(1e-14));
    // A block as large as the image hides all of it: nothing fluctuates.
    const BlockOcclusion all{.side = 2, .value = 0.75};
    const Shape square{1, 2, 2};
    const std::vector<double> four{0, 0.5, 1, 0.1};
    CHECK((through(all, four, square) == std::vector<double>(4, 0.75)));
    CHECK(all.variance_along({four.data(), square}, {four.data(), square}) == 0);
}

TEST_CASE("Blocks that do not fit are refused") {
    CHECK_THROWS_WITH(BlockOcclusion{.side = 2.5}.validate(),
                      "BlockOcclusion: side (= 2.5) must be a whole number of pixels, not negative");
    CHECK_THROWS_AS((BlockOcclusion{.side = 2, .value = 1.5}.validate()), std::invalid_argument);
    CHECK_THROWS_AS(BlockOcclusion{.side = -1}.validate(), std::invalid_argument);
    CHECK_THROWS_AS(BlockOcclusion{.side = std::numeric_limits<double>::infinity()}.validate(), std::invalid_argument);
    const std::vector<double> image(6);
    CHECK_THROWS_WITH(through(BlockOcclusion{.side = 3}, image, {1, 2, 3}),
                      Catch::Contains("side (= 3) must be at most the height and the width"));
}

TEST_CASE("A blurred point is the product of two Gaussians, mirrored at the edges") {
    const std::size_t size = 9;
    const Shape shape{1, size, size};
    for (const double sigma : {0.4, 1.0, 2.5, 7.0}) {
        const auto radius = static_cast<int>(std::lround(4 * sigma));
        double sum = 0;
        for (int d = -radius; d <= radius; ++d) sum += std::exp(-d * d / (2 * sigma * sigma));
        // What reaches pixel j from pixel i: the weights at all distances to i and its mirror images.
        const auto reach = [&](int i, int j) {
            double total = 0;
            for (int period = -8; period <= 8; ++period)
                for (const int image : {18 * period + i, 18 * period - 1 - i})
                    if (std::abs(image - j) <= radius)
                        total += std::exp(-(image - j) * (image - j) / (2 * sigma * sigma));
            return total / sum;
        };
        for (const int at : {0, 3, 8}) {
            std::vector<double> image(size * size);
            image[static_cast<std::size_t>(at) * size + 4] = 1;
            const auto out = through(Blur{sigma}, image, shape);
            for (int y = 0; y < 9; ++y)
                for (int x = 0; x < 9; ++x)
                    REQUIRE(out[static_cast<std::size_t>(y * 9 + x)] ==
                            Approx(reach(at, y) * reach(4, x)).margin(1e-14));
        }
    }
}

TEST_CASE("Blur keeps uniform images and the sum of pixels, and knows that it is not random") {
    const Shape shape{2, 4, 6};
    std::vector<double> uniform(48, 0.3), image(48), out(48);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<double>(i * i % 17) / 16;
    for (const double v : through(Blur{1.5}, uniform, shape)) CHECK(v == Approx(0.3).epsilon(1e-13));
    const auto blurred = through(Blur{1.5}, image, shape);
    for (const std::size_t colour : {0, 24}) {
        double before = 0, after = 0;
        for (std::size_t i = colour; i < colour + 24; ++i) before += image[i], after += blurred[i];
        CHECK(after == Approx(before).epsilon(1e-13));
    }
    Blur{1.5}.mean({image.data(), shape}, {out.data(), shape});
    CHECK((out == blurred));
    CHECK(Blur{1.5}.variance_along({image.data(), shape}, {uniform.data(), shape}) == 0);
    CHECK_THROWS_WITH(Blur{-1}.validate(), "Blur: sigma (= -1) must lie in [0, 1000]");
    CHECK_THROWS_AS(Blur{std::nan("")}.validate(), std::invalid_argument);
}

}  // namespace spatial_test
