#include <pstar/data/image_stream.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <pstar/data/pixels.hpp>
#include <pstar/data/synthetic.hpp>

#include "catch.hpp"

namespace image_stream_test {

using namespace pstar;

namespace {

/// Says what it is.
struct Named : SyntheticSource {
    std::string describe() const { return "named"; }
};

}  // namespace

TEST_CASE("a stream has the images of its source, or the first of them") {
    const SyntheticSource source{.seed = 4, .count = 1'000'000'000};
    const ImageStream stream = source;
    CHECK((stream.size() == source.size() && stream.classes == 10 && stream.channels() == 1));
    CHECK((stream.height() == 28 && stream.width() == 28 && !stream.empty()));
    std::vector<std::uint8_t> expected(784), drawn(784);
    for (const std::size_t i : {0UL, 17UL, 999'999'999UL}) {
        CHECK(stream.draw(i, drawn) == source.draw(i, expected));
        CHECK(drawn == expected);
    }
    const auto few = stream.first(20);
    CHECK((few.size() == 20 && few.classes == 10 && few.first(20).size() == 20));
    CHECK(std::ranges::equal(elements(hold(few).images), elements(hold(source, 20).images)));
    CHECK_THROWS_AS(few.first(21), std::invalid_argument);
}

TEST_CASE("no stream has no images") {
    const ImageStream none;
    CHECK((none.empty() && none.size() == 0 && none.describe().empty() && pixels_of(none) == 0));
}

TEST_CASE("a stream says what its source says of itself") {
    CHECK(ImageStream(SyntheticSource{}).describe().empty());
    CHECK(ImageStream(Named{}).describe() == "named");
    CHECK(ImageStream(Binarised<Named>{Named{}}).describe() == "named");
}

TEST_CASE("a source in black and white is what binarise makes of its images") {
    const SyntheticSource source{.count = 30};
    const auto expected = binarise(hold(source));
    const auto found = hold(Binarised<SyntheticSource>{source});
    CHECK(std::ranges::equal(elements(found.images), elements(expected.images)));
    CHECK(std::ranges::equal(found.all_labels(), expected.all_labels()));
    CHECK(found.classes == 10);
}

}  // namespace image_stream_test
