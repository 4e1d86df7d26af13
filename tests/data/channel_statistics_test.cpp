#include <pstar/core/random.hpp>
#include <pstar/data/channel_statistics.hpp>

#include <algorithm>
#include <cmath>

#include "catch.hpp"

namespace channel_statistics_test {

using namespace pstar;

namespace {

/// Random images whose channels differ: channel c has bytes below 100 (c + 1) / C, the last one all of them.
Dataset random_images() {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({5, 3, 4, 6}),
                 .labels = Tensor<Label, 1>::from_shape({5})};
    data.labels.fill(0);
    RandomSequence random({Seed{3}, Stream::user});
    for (std::size_t n = 0; n < 5; ++n)
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t i = 0; i < 4; ++i)
                for (std::size_t j = 0; j < 6; ++j)
                    data.images(n, c, i, j) = static_cast<std::uint8_t>(
                        random.below(static_cast<std::uint32_t>(c == 2 ? 256 : 30 * (c + 1))));
    return data;
}

}  // namespace

TEST_CASE("channel statistics are the mean and standard deviation of the pixels of each channel") {
    const auto bytes = random_images();
    Dataset floats{.labels = bytes.labels, .float_images = Tensor<float, 4>({5, 3, 4, 6})};
    for (std::size_t i = 0; i < bytes.images.size(); ++i)
        floats.float_images->data()[i] = static_cast<float>(bytes.images.data()[i]) / 255;
    const auto of_bytes = channel_statistics(bytes), of_floats = channel_statistics(floats);
    REQUIRE((of_bytes.mean.size() == 3 && of_bytes.stddev.size() == 3));
    for (std::size_t c = 0; c < 3; ++c) {
        double mean = 0, square = 0;  // E[x^2] - E[x]^2
        for (std::size_t n = 0; n < 5; ++n)
            for (std::size_t i = 0; i < 24; ++i) {
                const double x = bytes.image(n)[24 * c + i] / 255.0;
                mean += x / 120;
                square += x * x / 120;
            }
        CHECK(of_bytes.mean[c] == Approx(mean).epsilon(1e-13));
        CHECK(of_bytes.stddev[c] == Approx(std::sqrt(square - mean * mean)).epsilon(1e-12));
        CHECK(of_floats.mean[c] == Approx(mean).epsilon(1e-7));
        CHECK(of_floats.stddev[c] == Approx(std::sqrt(square - mean * mean)).epsilon(1e-6));
    }
}

TEST_CASE("channel statistics of a constant channel are exact, and without images there are none") {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({7, 1, 3, 3}),
                 .labels = Tensor<Label, 1>::from_shape({7})};
    data.images.fill(51);
    data.labels.fill(0);
    CHECK(channel_statistics(data).mean[0] == 0.2);
    CHECK(channel_statistics(data).stddev[0] == 0);
    CHECK_THROWS_AS(channel_statistics({}), std::invalid_argument);
    data.labels = Tensor<Label, 1>::from_shape({6});
    CHECK_THROWS_AS(channel_statistics(data), DataError);
}

}  // namespace channel_statistics_test
