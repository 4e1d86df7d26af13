#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "catch.hpp"
#include "corruption/spatial_cases.hpp"

namespace corruption_test {

using namespace pstar;
using corruption_case::Mirror;

namespace {

/// All members of a channel, and an `apply` of the given kind beside them.
struct LikeChannel {
    void validate() const {}
    double strength() const { return 0; }
    double mean(double x) const { return x; }
    double variance(double) const { return 0; }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t) const {
        return x;
    }
};
struct WithImages : LikeChannel {
    template <class Scalar>
    void apply(View<const Scalar>, View<Scalar>, const RandomStream&) const {}
};
struct WithSpans : LikeChannel {  // what composition once used: nobody would call it
    template <class Pixel, class Scalar>
    void apply(std::span<const Pixel>, std::span<Scalar>, const RandomStream&) const {}
};
struct OnlyFloat {
    void validate() const {}
    double strength() const { return 0; }
    void apply(View<const float>, View<float>, const RandomStream&) const {}
};
static_assert(Channel<LikeChannel> && Corruption<LikeChannel> && !SpatialCorruption<LikeChannel>);
static_assert(!Channel<WithImages> && Corruption<WithImages> && SpatialCorruption<WithImages>);
static_assert(!Channel<WithSpans> && !Corruption<WithSpans>);
static_assert(!Corruption<OnlyFloat> && !Corruption<double>);
static_assert(SpatialCorruption<Mirror> && Corruption<Mirror> && !Channel<Mirror>);
static_assert(Corruption<AnyCorruption> && !Channel<AnyCorruption>);
static_assert(Corruption<Compose<Mirror, Additive>> && !Channel<Compose<Mirror, Additive>>);
static_assert(Corruption<Compose<Additive, Mirror>> && !Channel<Compose<Additive, Mirror>>);
static_assert(Channel<Compose<Additive, Additive>>);

Dataset digits() {
    return synthetic_digits({.train = 1, .test = 40}).test;
}

template <class Scalar, Corruption C>
std::vector<Scalar> rows(const Dataset& data, const C& corruption, std::span<const std::uint32_t> indices) {
    Batch<Scalar> batch;
    batch.fill(data, indices, corruption, {Seed{5}, Stream::test_noise, 3});
    const auto all = batch.images().elements();
    return {all.begin(), all.end()};
}

/// The corrupted image i of a data set, on its own.
template <class Scalar, Corruption C>
std::vector<Scalar> one(const Dataset& data, const C& corruption, std::uint32_t i) {
    std::vector<Scalar> out(data.pixels());
    corrupt(corruption, std::span<const std::uint8_t>(data.image(i)), {data.channels(), data.height(), data.width()},
            std::span<Scalar>(out), {Seed{5}, Stream::test_noise, 3, i});
    return out;
}

}  // namespace

TEST_CASE("A spatial corruption sees the image with its shape") {
    const auto data = digits();
    const auto clean = one<float>(data, Identity{}, 7), mirrored = one<float>(data, Mirror{1}, 7);
    for (std::size_t y = 0; y < data.height(); ++y)
        for (std::size_t x = 0; x < data.width(); ++x)
            REQUIRE(mirrored[y * data.width() + x] == clean[y * data.width() + data.width() - 1 - x]);
    CHECK((one<float>(data, Mirror{0}, 7) == clean));

    // Numbers in [0, 1] in place of bytes, and in place.
    auto pixels = clean;
    const Shape shape{data.channels(), data.height(), data.width()};
    corrupt(Mirror{1}, std::span<const float>(pixels), shape, std::span<float>(pixels), {Seed{5}});
    CHECK((pixels == mirrored));
    CHECK_THROWS_WITH(corrupt(Mirror{1}, std::span<const float>(pixels), {28, 28}, std::span<float>(pixels), {}),
                      Catch::Contains("shape (= (28, 28)) must be (C, H, W)"));
    CHECK_THROWS_AS(corrupt(Mirror{1}, std::span<const float>(pixels), {1, 28, 27}, std::span<float>(pixels), {}),
                    std::invalid_argument);
}

TEMPLATE_TEST_CASE("Batches of any corruption are made of its images, whatever the split", "", float, double) {
    const auto data = digits();
    const std::vector<std::uint32_t> order{31, 2, 2, 17, 39, 0, 8, 11};
    const auto check = [&](const auto& corruption) {
        const auto together = rows<TestType>(data, corruption, order);
        const auto through_any = rows<TestType>(data, AnyCorruption(corruption), order);
        for (std::size_t n = 0; n < order.size(); ++n) {
            const auto alone = one<TestType>(data, corruption, order[n]);
            REQUIRE(std::equal(alone.begin(), alone.end(), together.begin() + std::ssize(alone) * std::ptrdiff_t(n)));
            REQUIRE((one<TestType>(data, AnyCorruption(corruption), order[n]) == alone));
        }
        REQUIRE((through_any == together));
    };
    check(Identity{});
    check(Replacement{0.4});
    check(Additive{0.7});
    check(Mirror{0.5});
    check(Compose{Replacement{0.2}, Additive{0.3}});
    check(Compose{Mirror{0.5}, Additive{0.3}});
    check(Compose{Additive{0.3}, Mirror{0.5}});
    check(Compose{Compose{Mirror{0.5}, Additive{0.3}}, Mirror{0.5}});
    check(Compose{AnyCorruption(Mirror{0.5}), Additive{0.3}});
}

TEMPLATE_TEST_CASE("Images that are floats go the way of their bytes", "", float, double) {
    const auto bytes = digits();
    auto floats = bytes;
    floats.images = Tensor<std::uint8_t, 4>::from_shape({0, 1, 0, 0});
    floats.float_images = Tensor<float, 4>::from_shape(bytes.images.shape());
    for (std::size_t i = 0; i < bytes.images.size(); ++i)
        floats.float_images->data()[i] = static_cast<float>(bytes.images.data()[i]) / 255;
    const std::vector<std::uint32_t> order{31, 2, 0};
    const auto check = [&](const auto& corruption) {
        const auto of_bytes = rows<TestType>(bytes, corruption, order),
                   of_floats = rows<TestType>(floats, corruption, order);
        double largest = 0;
        for (std::size_t i = 0; i < of_bytes.size(); ++i)
            largest = std::max(largest, std::abs(static_cast<double>(of_bytes[i] - of_floats[i])));
        CHECK(largest <= 1.5e-7);  // x / 255 is rounded to float
        CHECK((rows<TestType>(floats, AnyCorruption(corruption), order) == of_floats));
    };
    check(Identity{});
    check(Replacement{0.4});
    check(Additive{0.7});
    check(Mirror{0.5});
    check(Compose{Mirror{0.5}, Additive{0.3}});
    check(Compose{AnyCorruption(Mirror{0.5}), Additive{0.3}});
}

TEST_CASE("A composition with a spatial corruption is one after the other, each with noise of its own") {
    const auto data = digits();
    const Shape shape{data.channels(), data.height(), data.width()};
    const auto mirrored = one<float>(data, Mirror{1}, 3), both = one<float>(data, Compose{Mirror{1}, Additive{0.5}}, 3);
    auto expected = mirrored;
    corrupt(Additive{0.5}, std::span<const float>(mirrored), shape, std::span<float>(expected),
            {derive(Seed{5}, 1), Stream::test_noise, 3, 3});
    CHECK((both == expected));

    auto noisy = one<float>(data, Additive{0.5}, 3);
    corrupt(Mirror{1}, std::span<const float>(noisy), shape, std::span<float>(noisy), {});
    CHECK((one<float>(data, Compose{Additive{0.5}, Mirror{1}}, 3) == noisy));
    CHECK((one<float>(data, Compose{Additive{0.5}, Mirror{0}}, 3) == one<float>(data, Additive{0.5}, 3)));

    CHECK(Compose{Additive{0.5}, Mirror{0.25}}.strength() == 0.25);
    CHECK_THROWS_AS((Compose{Mirror{2}, Additive{0.5}}.validate()), std::invalid_argument);
}

TEST_CASE("AnyCorruption answers for what it holds") {
    const AnyCorruption channel = Replacement{0.3}, spatial = Mirror{0.25};
    CHECK(channel.strength() == 0.3);
    CHECK(spatial.strength() == 0.25);
    CHECK(channel.is_pixelwise());
    CHECK_FALSE(spatial.is_pixelwise());
    CHECK_FALSE(spatial.pixel_moments().has_value());
    const PixelMoments expected(Replacement{0.3});
    REQUIRE(channel.pixel_moments().has_value());
    CHECK((channel.pixel_moments()->shift == expected.shift));
    CHECK((channel.pixel_moments()->variance == expected.variance));
    CHECK_THROWS_WITH(AnyCorruption(Mirror{2}).validate(), "Mirror: p (= 2) must lie in [0, 1]");
    CHECK(noise_seed(Seed{1}, spatial, Noise::independent) == noise_seed(Seed{1}, Mirror{0.25}, Noise::independent));
    CHECK(noise_seed(Seed{1}, spatial, Noise::common) == Seed{1});
    AnyCorruption other = spatial;
    other = channel;
    CHECK(other.strength() == 0.3);
    CHECK(spatial.strength() == 0.25);
}

TEST_CASE("The loop over batches visits every image once, in order") {
    const auto data = digits();
    for (const std::size_t size : {1, 7, 40, 100}) {
        std::size_t next = 0;
        for_each_batch<float>(
            data, Mirror{0.5}, {Seed{5}, Stream::test_noise, 3}, size,
            [&](std::size_t first, const Batch<float>& batch) {
                REQUIRE(first == next);
                for (std::size_t n = 0; n < batch.labels().size(); ++n, ++next) {
                    REQUIRE(batch.labels()[n] == data.label(next));
                    const auto alone = one<float>(data, Mirror{0.5}, std::uint32_t(next));
                    const auto images = batch.images().elements();
                    REQUIRE(std::equal(alone.begin(), alone.end(), images.begin() + std::ptrdiff_t(n * data.pixels())));
                }
            });
        CHECK(next == data.size());
    }
    const auto ignore = [](std::size_t, const Batch<float>&) {};
    CHECK_THROWS_AS(for_each_batch<float>(data, Identity{}, {}, 0, ignore), std::invalid_argument);
    Batch<float> batch;
    CHECK_THROWS_WITH(batch.fill_range(data, 39, 2, Identity{}, {}), Catch::Contains("index (= 40)"));
}

}  // namespace corruption_test
