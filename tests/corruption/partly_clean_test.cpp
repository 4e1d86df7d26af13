#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/partly_clean.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>

#include "catch.hpp"

namespace partly_clean_test {

namespace {

/// Images 5, 1, 3 of the data through a corruption.
template <class Scalar, class C>
std::vector<Scalar> batch_of(const C& through, pstar::Stream stream = pstar::Stream::train_noise) {
    static const auto data = pstar::synthetic_digits({.train = 8, .test = 1, .size = 8}).train;
    const std::vector<std::uint32_t> indices{5, 1, 3};
    pstar::Batch<Scalar> batch;
    batch.fill(data, indices, through, {pstar::Seed{2}, stream, 7});
    const auto elements = batch.images().elements();
    return {elements.begin(), elements.end()};
}

template <class Scalar, class C>
void check_bits(const C& corruption) {
    const std::vector<bool> clean{false, false, false, true, true};  // image 3 of the three; 5 is beyond
    const pstar::PartlyClean through(corruption, clean);
    const auto mixed = batch_of<Scalar>(through), corrupted = batch_of<Scalar>(corruption);
    const auto original = batch_of<Scalar>(pstar::Identity{});
    const auto pixels = static_cast<std::ptrdiff_t>(mixed.size() / 3);
    CHECK(std::equal(mixed.begin(), mixed.begin() + 2 * pixels, corrupted.begin()));
    CHECK(std::equal(mixed.begin() + 2 * pixels, mixed.end(), original.begin() + 2 * pixels));
    CHECK(mixed != corrupted);
    CHECK(batch_of<Scalar>(pstar::AnyCorruption(through)) == mixed);
    const pstar::PartlyClean inside(pstar::AnyCorruption(corruption), clean);  // as experiments have it
    CHECK(batch_of<Scalar>(inside) == mixed);
    // Test images are all corrupted.
    CHECK(batch_of<Scalar>(through, pstar::Stream::test_noise) ==
          batch_of<Scalar>(corruption, pstar::Stream::test_noise));
}

}  // namespace

TEST_CASE("training images that stay clean are scaled alone, all others are corrupted to the same bits") {
    check_bits<float>(pstar::Replacement{.p = 0.6});
    check_bits<double>(pstar::Replacement{.p = 0.6});
    check_bits<float>(pstar::Blur{1.5});
}

TEST_CASE("a partly clean corruption is spatial, with the strength of the corruption") {
    const pstar::PartlyClean through(pstar::Replacement{.p = 0.6}, {true});
    STATIC_REQUIRE(pstar::SpatialCorruption<pstar::PartlyClean<pstar::Replacement>>);
    STATIC_REQUIRE(!pstar::Channel<pstar::PartlyClean<pstar::Replacement>>);
    CHECK(through.strength() == 0.6);
    CHECK_THROWS_AS(pstar::PartlyClean(pstar::Replacement{.p = 2}, {true}).validate(), std::invalid_argument);
    CHECK(!pstar::AnyCorruption(through).pixel_moments());
}

}  // namespace partly_clean_test
