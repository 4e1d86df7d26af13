#include <pstar/data/dataset.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"

namespace dataset_test {

using namespace pstar;

TEST_CASE("a dataset gives its shape, its images and its labels") {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({3, 2, 4, 5}),
                 .labels = Tensor<Label, 1>::from_shape({3})};
    for (std::size_t i = 0; i < data.images.size(); ++i) data.images.data()[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < 3; ++i) data.labels(i) = static_cast<Label>(7 + i);
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
                 .labels = Tensor<Label, 1>::from_shape({3}),
                 .classes = 4};
    data.images.fill(0);
    data.labels.fill(3);
    data.validate();
    data.labels(1) = 4;
    CHECK_THROWS_WITH(data.validate(), "Dataset: label 1 (= 4) must lie in 0..3");
    data.classes = 5;
    data.validate();
    data.labels = Tensor<Label, 1>::from_shape({2});
    data.labels.fill(0);
    CHECK_THROWS_WITH(data.validate(), Catch::Contains("3 images but 2 labels"));
    data.labels = Tensor<Label, 1>::from_shape({3});
    data.labels.fill(0);
    data.images = Tensor<std::uint8_t, 4>::from_shape({3, 1, 0, 2});
    CHECK_THROWS_WITH(data.validate(), Catch::Contains("(1, 0, 2) have no pixels"));
    for (const std::size_t classes : {std::size_t{0}, max_classes + 1}) {
        data.classes = classes;
        CHECK_THROWS_AS(data.validate(), DataError);
    }
}

TEST_CASE("a dataset of floats gives its shape and its images, and bytes only to who asks for bytes") {
    Dataset data{.labels = Tensor<Label, 1>::from_shape({2}), .float_images = Tensor<float, 4>({2, 3, 4, 5})};
    data.labels.fill(0);
    for (std::size_t i = 0; i < data.float_images->size(); ++i)
        data.float_images->data()[i] = static_cast<float>(i) / 128;
    data.validate();
    CHECK(data.has_floats());
    CHECK((data.size() == 2 && data.channels() == 3 && data.height() == 4 && data.width() == 5));
    REQUIRE(data.float_image(1).size() == 60);
    CHECK(data.float_image(1)[21] == (*data.float_images)(1, 1, 0, 1));
    data.float_image(0)[59] = 1;
    CHECK((*data.float_images)(0, 2, 3, 4) == 1);
    CHECK_THROWS_WITH(data.image(0), Catch::Contains("the images are floats; this needs bytes"));
    CHECK_THROWS_AS(data.image(0), std::invalid_argument);
    CHECK_THROWS_WITH(Dataset{}.float_image(0), Catch::Contains("the images are bytes; this needs floats"));
}

TEST_CASE("validate refuses float pixels outside [0, 1] and images of two kinds") {
    Dataset data{.labels = Tensor<Label, 1>::from_shape({2}), .float_images = Tensor<float, 4>({2, 1, 2, 2})};
    data.labels.fill(0);
    for (const float bad : {-0.001F, 1.5F, std::numeric_limits<float>::infinity(), std::nanf("")}) {
        data.float_images->fill(0.5F);
        data.validate();
        data.float_image(1)[2] = bad;
        CHECK_THROWS_AS(data.validate(), DataError);
        CHECK_THROWS_WITH(data.validate(), Catch::Contains("a pixel of image 1 (= "));
    }
    data.float_images->fill(1);
    data.images = Tensor<std::uint8_t, 4>::from_shape({2, 1, 2, 2});
    CHECK_THROWS_WITH(data.validate(), Catch::Contains("both set"));
}

}  // namespace dataset_test
