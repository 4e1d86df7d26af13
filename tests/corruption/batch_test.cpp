#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/data/synthetic.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "corruption/spatial_cases.hpp"

namespace batch_test {

using namespace pstar;

namespace {

/// The same images as floats: each byte divided by 255 in float.
Dataset as_floats(const Dataset& data) {
    Dataset result{.labels = data.labels, .classes = data.classes};
    result.float_images = Tensor<float, 4>(data.images.shape());
    std::ranges::transform(elements(data.images), result.float_images->data(),
                           [](std::uint8_t byte) { return static_cast<float>(byte) * (1.0F / 255.0F); });
    return result;
}

template <class Scalar, class C>
std::vector<Scalar> batch_of(const Dataset& data, const C& corruption) {
    const std::vector<std::uint32_t> indices{7, 0, 3, 3, 11, 2, 9};
    Batch<Scalar> batch;
    batch.fill(data, indices, corruption, {.seed = Seed{5}, .epoch = 2});
    for (std::size_t n = 0; n < indices.size(); ++n) REQUIRE(batch.labels()[n] == data.label(indices[n]));
    const auto images = batch.images().elements();
    return {images.begin(), images.end()};
}

/// The largest difference; infinite where one is not a number or the sizes differ.
template <class Scalar>
double distance(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
    double largest = a.size() == b.size() ? 0 : std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const auto difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(difference <= largest)) largest = difference;
        if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    }
    return largest;
}

/// Up to rounding: where the processor fuses x / 255 with what follows, bytes are not rounded in between.
template <class C>
void check_same(const C& corruption) {
    const auto bytes = synthetic_digits({.train = 12, .test = 1}).train;
    CHECK(distance(batch_of<float>(as_floats(bytes), corruption), batch_of<float>(bytes, corruption)) < 3e-7);
    const auto black_and_white = binarise(bytes);  // 0 and 1 are the same in float and in double
    CHECK(distance(batch_of<double>(as_floats(black_and_white), corruption),
                   batch_of<double>(black_and_white, corruption)) < 1e-14);
}

}  // namespace

TEST_CASE("images of floats and of bytes make the same batches") {
    check_same(Identity{});
    check_same(Replacement{0.4});
    check_same(Additive{0.7});
    check_same(Compose{Replacement{0.3}, Additive{0.5}});
    check_same(AnyCorruption(Replacement{0.4}));
    check_same(corruption_case::Mirror{0.5});
    check_same(AnyCorruption(corruption_case::Mirror{0.5}));
    check_same(Compose{corruption_case::Mirror{0.5}, Replacement{0.2}});
}

TEST_CASE("labels above 255 reach the batch") {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({2, 1, 1, 1}),
                 .labels = Tensor<Label, 1>::from_shape({2}),
                 .classes = 40'000};
    data.images.fill(0);
    data.labels(0) = 256;
    data.labels(1) = 39'999;
    Batch<float> batch;
    batch.fill_range(data, 0, 2, Identity{}, {});
    CHECK((batch.labels()[0] == 256 && batch.labels()[1] == 39'999));
}

}  // namespace batch_test
