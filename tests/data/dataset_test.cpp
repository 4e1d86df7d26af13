#include <pstar/data/dataset.hpp>

#include "catch.hpp"

using namespace pstar;

TEST_CASE("a dataset gives its shape, its images and its labels") {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({3, 2, 4, 5}),
                 .labels = Tensor<std::uint8_t, 1>::from_shape({3})};
    for (std::size_t i = 0; i < data.images.size(); ++i) data.images.data()[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < 3; ++i) data.labels(i) = static_cast<std::uint8_t>(7 + i);
    data.validate();

    CHECK(data.size() == 3);
    CHECK(data.channels() == 2);
    CHECK(data.height() == 4);
    CHECK(data.width() == 5);
    CHECK(data.pixels() == 40);
    CHECK(data.label(2) == 9);
    REQUIRE(data.image(1).size() == 40);
    CHECK(data.image(1)[0] == data.images(1, 0, 0, 0));
    CHECK(data.image(1)[39] == data.images(1, 1, 3, 4));
    data.image(2)[21] = 200;
    CHECK(data.images(2, 1, 0, 1) == 200);
}

TEST_CASE("an empty dataset is valid") {
    Dataset data;
    data.validate();
    CHECK(data.size() == 0);
    CHECK(data.pixels() == 0);
}

TEST_CASE("validate says what is wrong with which label") {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({3, 1, 2, 2}),
                 .labels = Tensor<std::uint8_t, 1>::from_shape({3}),
                 .classes = 4};
    data.images.fill(0);
    data.labels.fill(3);
    data.validate();
    data.labels(1) = 4;
    CHECK_THROWS_WITH(data.validate(), "Dataset: label 1 (= 4) must lie in 0..3");
    data.classes = 5;
    data.validate();
    data.labels = Tensor<std::uint8_t, 1>::from_shape({2});
    data.labels.fill(0);
    CHECK_THROWS_WITH(data.validate(), Catch::Contains("3 images but 2 labels"));
    data.labels = Tensor<std::uint8_t, 1>::from_shape({3});
    data.labels.fill(0);
    data.images = Tensor<std::uint8_t, 4>::from_shape({3, 1, 0, 2});
    CHECK_THROWS_WITH(data.validate(), Catch::Contains("(1, 0, 2) have no pixels"));
    for (const std::size_t classes : {0UL, 257UL}) {
        data.classes = classes;
        CHECK_THROWS_AS(data.validate(), DataError);
    }
}
