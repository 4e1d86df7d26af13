#include <pstar/data/transpose_images.hpp>

#include "catch.hpp"

namespace transpose_images_test {

using namespace pstar;

TEST_CASE("transposing exchanges rows and columns of every plane, and twice gives the images back") {
    Dataset bytes{.images = Tensor<std::uint8_t, 4>::from_shape({2, 3, 4, 5})};
    Dataset floats{.float_images = Tensor<float, 4>({2, 3, 4, 5})};
    for (std::size_t i = 0; i < 120; ++i) {
        bytes.images.data()[i] = static_cast<std::uint8_t>(i);
        floats.float_images->data()[i] = static_cast<float>(i) / 128;
    }
    const auto turned_bytes = transpose_images(bytes), turned_floats = transpose_images(floats);
    REQUIRE((turned_bytes.height() == 5 && turned_bytes.width() == 4 && turned_floats.height() == 5));
    for (std::size_t n = 0; n < 2; ++n)
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t h = 0; h < 4; ++h)
                for (std::size_t w = 0; w < 5; ++w) {
                    REQUIRE(turned_bytes.images(n, c, w, h) == bytes.images(n, c, h, w));
                    REQUIRE((*turned_floats.float_images)(n, c, w, h) == (*floats.float_images)(n, c, h, w));
                }
    CHECK((transpose_images(turned_bytes).images == bytes.images));
}

}  // namespace transpose_images_test
