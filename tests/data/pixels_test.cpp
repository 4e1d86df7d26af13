#include <pstar/data/pixels.hpp>

#include <algorithm>
#include <array>

#include "catch.hpp"

namespace pixels_test {

using namespace pstar;

namespace {

/// One image that holds every byte once.
Dataset all_bytes() {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({1, 1, 16, 16}),
                 .labels = Tensor<Label, 1>::from_shape({1})};
    for (std::size_t i = 0; i < 256; ++i) data.images.data()[i] = static_cast<std::uint8_t>(i);
    data.labels(0) = 3;
    return data;
}

}  // namespace

TEST_CASE("binarise turns x > 1/2 white and all else black") {
    const auto data = binarise(all_bytes());
    for (std::size_t i = 0; i < 256; ++i)
        CHECK(int{data.image(0)[i]} == (static_cast<double>(i) / 255 > 0.5 ? 255 : 0));
    CHECK(data.label(0) == 3);
    CHECK((binarise(data).images == data.images));
}

TEST_CASE("brightness is rounded and clipped") {
    for (const double factor : {0.0, 0.25, 0.5, 1.0, 1.3, 2.0, 1e300}) {
        const auto data = scale_brightness(all_bytes(), factor);
        for (std::size_t i = 0; i < 256; ++i)
            REQUIRE(data.image(0)[i] == std::round(std::min(factor * static_cast<double>(i), 255.0)));
    }
    CHECK((scale_brightness(all_bytes(), 1).images == all_bytes().images));
    for (const double factor : {-0.1, std::nan(""), HUGE_VAL})
        CHECK_THROWS_WITH(scale_brightness(all_bytes(), factor),
                          Catch::Contains("factor") && Catch::Contains("finite"));
}

TEST_CASE("float pixels are changed as bytes are, without rounding") {
    Dataset data{.labels = Tensor<Label, 1>::from_shape({1}), .float_images = Tensor<float, 4>({1, 1, 1, 5})};
    const std::array<float, 5> pixels{0, 0.25F, 0.5F, 0.502F, 1};
    data.labels.fill(0);
    std::ranges::copy(pixels, data.float_image(0).begin());
    const auto black_and_white = binarise(data);
    const std::array<float, 5> expected{0, 0, 0, 1, 1};
    CHECK(std::ranges::equal(black_and_white.float_image(0), expected));
    const auto brighter = scale_brightness(data, 1.5);
    for (std::size_t i = 0; i < pixels.size(); ++i)
        CHECK(brighter.float_image(0)[i] == std::min(1.5F * pixels[i], 1.0F));
}

}  // namespace pixels_test
