#include <pstar/data/pixels.hpp>

#include "catch.hpp"

using namespace pstar;

namespace {

/// One image that holds every byte once.
Dataset all_bytes() {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({1, 1, 16, 16}),
                 .labels = Tensor<std::uint8_t, 1>::from_shape({1})};
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
