#include <pstar/data/npy_images.hpp>

#include <cmath>
#include <cstring>

#include "catch.hpp"
#include "data/files.hpp"

namespace npy_images_test {

using namespace pstar;
using namespace pstar::tests;
using Catch::Contains;

TEST_CASE("npy images of bytes and their labels become a dataset") {
    const TemporaryFolder folder;
    Bytes payload(2 * 3 * 4);
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<std::uint8_t>(10 * i);
    put(folder / "images.npy", npy("|u1", "(2, 3, 4)", payload));
    put(folder / "labels.npy", npy("<i8", "(2,)", bytes_of<std::int64_t>({6, 0})));
    const auto data = read_npy(folder / "images.npy", folder / "labels.npy");
    REQUIRE((data.size() == 2 && data.channels() == 1 && data.height() == 3 && data.width() == 4));
    CHECK_FALSE(data.has_floats());
    CHECK(data.image(1)[5] == payload[12 + 5]);
    CHECK((data.label(0) == 6 && data.label(1) == 0));
    CHECK(data.classes == 7);
    CHECK(read_npy(folder / "images.npy", folder / "labels.npy", {.classes = 9}).classes == 9);
    CHECK_THROWS_WITH(read_npy(folder / "images.npy", folder / "labels.npy", {.classes = 6}),
                      Contains("labels.npy") && Contains("label 0 (= 6) must lie in 0..5"));
}

TEMPLATE_TEST_CASE("npy images of floats stay floats, in either layout", "", float, double) {
    const TemporaryFolder folder;
    constexpr std::size_t count = 2, channels = 3, height = 2, width = 5;
    const auto value = [](std::size_t n, std::size_t c, std::size_t h, std::size_t w) {
        return static_cast<TestType>(n * 100 + c * 30 + h * 10 + w) / TestType{200};
    };
    std::vector<TestType> first, last;
    for (std::size_t n = 0; n < count; ++n) {
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t h = 0; h < height; ++h)
                for (std::size_t w = 0; w < width; ++w) first.push_back(value(n, c, h, w));
        for (std::size_t h = 0; h < height; ++h)
            for (std::size_t w = 0; w < width; ++w)
                for (std::size_t c = 0; c < channels; ++c) last.push_back(value(n, c, h, w));
    }
    const std::string dtype = sizeof(TestType) == 4 ? "<f4" : "<f8";
    put(folder / "first.npy", npy(dtype, "(2, 3, 2, 5)", bytes_of<TestType>(first)));
    put(folder / "last.npy", npy(dtype, "(2, 2, 5, 3)", bytes_of<TestType>(last)));
    put(folder / "labels.npy", npy("|u1", "(2,)", {0, 1}));
    for (const bool channels_last : {false, true}) {
        const auto data = read_npy(
            folder / (channels_last ? "last.npy" : "first.npy"), folder / "labels.npy",
            {.layout = channels_last ? ImageLayout::channels_last : ImageLayout::channels_first, .classes = 2});
        REQUIRE(data.has_floats());
        REQUIRE((data.size() == 2 && data.channels() == 3 && data.height() == 2 && data.width() == 5));
        for (std::size_t n = 0; n < count; ++n)
            for (std::size_t c = 0; c < channels; ++c)
                for (std::size_t h = 0; h < height; ++h)
                    for (std::size_t w = 0; w < width; ++w)
                        REQUIRE((*data.float_images)(n, c, h, w) == static_cast<float>(value(n, c, h, w)));
    }
}

TEMPLATE_TEST_CASE("npy labels are integers of any type", "", std::uint8_t, std::int8_t, std::uint16_t, std::int16_t,
                   std::uint32_t, std::int32_t, std::uint64_t, std::int64_t) {
    const TemporaryFolder folder;
    const std::string dtype = std::string(sizeof(TestType) == 1 ? "|" : "<") +
                              (std::is_signed_v<TestType> ? "i" : "u") + std::to_string(sizeof(TestType));
    put(folder / "l.npy", npy(dtype, "(3,)", bytes_of<TestType>({5, 1, 100})));
    const auto labels = read_npy_labels(folder / "l.npy");
    CHECK((labels(0) == 5 && labels(1) == 1 && labels(2) == 100));
    const auto shifted = read_npy_labels(folder / "l.npy", 1);
    CHECK((shifted(0) == 4 && shifted(1) == 0 && shifted(2) == 99));
    CHECK_THROWS_WITH(read_npy_labels(folder / "l.npy", 2),
                      Contains("l.npy") && Contains("label 1 (= 1) must lie in 2.."));
    if constexpr (sizeof(TestType) > sizeof(Label)) {
        const auto large = static_cast<TestType>(max_classes);
        put(folder / "l.npy", npy(dtype, "(2,)", bytes_of<TestType>({static_cast<TestType>(large - 1), large})));
        CHECK_THROWS_WITH(read_npy_labels(folder / "l.npy"),
                          Contains("label 1 (= " + std::to_string(large) + ") must lie in 0.."));
    }
    if constexpr (std::is_signed_v<TestType>) {
        put(folder / "l.npy", npy(dtype, "(2,)", bytes_of<TestType>({0, -1})));
        CHECK_THROWS_WITH(read_npy_labels(folder / "l.npy"), Contains("label 1 (= -1) must lie in 0.."));
    }
}

TEST_CASE("npy files that are no labelled images are refused with the reason") {
    const TemporaryFolder folder;
    const auto images = folder / "images.npy", labels = folder / "labels.npy";
    put(labels, npy("<i8", "(2,)", bytes_of<std::int64_t>({0, 1})));
    const auto refused = [&](const Bytes& bytes, const std::string& why) {
        put(images, bytes);
        CHECK_THROWS_AS(read_npy(images, labels), DataError);
        CHECK_THROWS_WITH(read_npy(images, labels), Contains("images.npy") && Contains(why));
    };
    CHECK_THROWS_AS(read_npy(folder / "absent", labels), DataError);
    refused({1, 2, 3}, "no npy file");
    refused(npy("|u1", "(2, 2)", Bytes(4)), "has 2 dimensions; images have 3");
    refused(npy("|u1", "(2, 0, 2)", {}), "dimension of size 0");
    refused(npy("|u1", "(2, 2, 2)", Bytes(7)), "holds 7 bytes");
    refused(npy("|u1", "(2, 2, 2)", Bytes(9)), "holds 9 bytes");
    refused(npy("|u1", "(3, 2, 2)", Bytes(12)), "3 images but 2 labels");
    refused(npy("|u1", "(18446744073709551615, 2, 2)", Bytes(12)), "holds 12 bytes");
    refused(npy("<i8", "(2, 1, 1)", Bytes(16)), "its elements are '<i8'; images are uint8");
    refused(npy(">f4", "(2, 1, 1)", Bytes(8)), "its elements are '>f4'");
    refused(npy("|b1", "(2, 1, 1)", Bytes(2)), "its elements are '|b1'");
    for (const float bad : {255.0F, -0.001F, 1.0001F, NAN, INFINITY})
        refused(npy("<f4", "(2, 1, 2)", bytes_of<float>({0, 1, 0.5F, bad})), "a pixel of image 1");
    put(images, npy("|u1", "(2, 1, 1)", Bytes(2)));
    put(labels, npy("<f4", "(2,)", Bytes(8)));
    CHECK_THROWS_WITH(read_npy(images, labels),
                      Contains("labels.npy") && Contains("labels are little-endian integers"));
    put(labels, npy("|u1", "(2, 1)", Bytes(2)));
    CHECK_THROWS_WITH(read_npy(images, labels), Contains("has 2 dimensions; labels have 1"));
    put(labels, npy("|u1", "(2,)", Bytes(1)));
    CHECK_THROWS_WITH(read_npy(images, labels), Contains("holds 1 bytes"));
}

}  // namespace npy_images_test
