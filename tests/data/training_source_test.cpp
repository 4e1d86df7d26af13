#include <pstar/data/training_source.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/data/synthetic.hpp>

#include "catch.hpp"

namespace training_source_test {

using namespace pstar;

namespace {

/// The one in the header's docstring.
struct Greys {
    std::size_t classes = 2;
    std::size_t size() const { return 1'000'000; }
    std::size_t channels() const { return 1; }
    std::size_t height() const { return 8; }
    std::size_t width() const { return 8; }
    Label draw(std::size_t i, std::span<std::uint8_t> pixels) const {
        std::ranges::fill(pixels, static_cast<std::uint8_t>(i % 256));
        return i % 256 < 128 ? 0 : 1;
    }
};
static_assert(TrainingSource<Greys> && TrainingSource<Dataset> && TrainingSource<SyntheticSource>);

struct NotASource {
    std::size_t classes = 2;
    std::size_t size() const { return 1; }
};
static_assert(!TrainingSource<NotASource> && !TrainingSource<int>);

}  // namespace

TEST_CASE("what is held of a source are its first images, and a held one holds itself") {
    const auto held = hold(Greys{}, 300);
    held.validate();
    CHECK((held.size() == 300 && held.height() == 8 && held.width() == 8 && held.classes == 2));
    CHECK(pixels_of(Greys{}) == 64);
    for (std::size_t i = 0; i < held.size(); ++i) {
        REQUIRE(held.label(i) == (i % 256 < 128 ? 0 : 1));
        REQUIRE(std::ranges::all_of(held.image(i), [&](auto pixel) { return pixel == i % 256; }));
    }
    const auto again = hold(held);
    CHECK(std::ranges::equal(elements(again.images), elements(held.images)));
    CHECK(std::ranges::equal(again.all_labels(), held.all_labels()));
    CHECK(hold(Greys{}, 0).size() == 0);
    CHECK_THROWS_AS(hold(held, 301), std::invalid_argument);
}

TEST_CASE("a data set of floats gives no bytes") {
    Dataset floats{.labels = Tensor<Label, 1>::from_shape({1})};
    floats.float_images = Tensor<float, 4>::from_shape({1, 1, 2, 2});
    std::vector<std::uint8_t> pixels(4);
    CHECK_THROWS_AS(floats.draw(0, pixels), std::invalid_argument);
}

TEST_CASE("the source of synthetic digits draws the training images of synthetic_digits, and any others") {
    const auto digits = synthetic_digits({.train = 50, .test = 30, .seed = 3, .size = 20});
    const SyntheticSource source{.seed = 3, .count = 50, .side = 20};
    const auto held = hold(source);
    CHECK(std::ranges::equal(elements(held.images), elements(digits.train.images)));
    CHECK(std::ranges::equal(held.all_labels(), digits.train.all_labels()));
    const auto test = hold(SyntheticSource{.seed = 3, .count = 30, .first = std::uint64_t{10} << 60, .side = 20});
    CHECK(std::ranges::equal(elements(test.images), elements(digits.test.images)));
}

}  // namespace training_source_test
