#include <pstar/data/deformed.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include <pstar/data/image_stream.hpp>
#include <pstar/data/synthetic.hpp>

#include "catch.hpp"
#include "instruction_sets.hpp"
#include "reference/deform.hpp"

namespace deformed_test {

using namespace pstar;

namespace {

DeformOptions no_strength() {
    return DeformOptions{}.times(0);
}
template <class S>
std::vector<std::uint8_t> image_of(const S& source, std::size_t i) {
    std::vector<std::uint8_t> pixels(pixels_of(source));
    source.draw(i, pixels);
    return pixels;
}
/// Images of any shape whose pixels are uniform noise.
Dataset noise_images(std::size_t n, std::size_t channels, std::size_t height, std::size_t width) {
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({n, channels, height, width}),
                 .labels = Tensor<Label, 1>::from_shape({n})};
    RandomSequence next({Seed{8}});
    for (auto& pixel : elements(data.images)) pixel = static_cast<std::uint8_t>(next() >> 24);
    for (std::size_t i = 0; i < n; ++i) data.labels(i) = static_cast<Label>(i % 10);
    return data;
}

/// Image `i` of the definition in the header, in double and one pixel after the other.
std::vector<double> by_definition(const Dataset& data, const DeformOptions& options, std::size_t i) {
    const RandomStream random{Seed{options.seed}, Stream::deformation, static_cast<std::uint32_t>(i >> 32),
                              static_cast<std::uint32_t>(i)};
    const auto uniform = [&](std::size_t word, double most) {
        return (2 * unit_interval<double>(random.word(word)) - 1) * most;
    };
    const double turn = uniform(0, std::tan(options.rotation * std::numbers::pi / 360)), angle = 2 * std::atan(turn);
    const double shear = uniform(1, options.shear);
    const double scale_x = 1 + uniform(2, options.scale), scale_y = 1 + uniform(3, options.scale);
    const double shift_x = uniform(4, options.shift), shift_y = uniform(5, options.shift);
    const double thickness = uniform(6, options.thickness);
    const auto height = static_cast<double>(data.height()), width = static_cast<double>(data.width());
    std::vector<double> result;
    for (std::size_t channel = 0; channel < data.channels(); ++channel) {
        const auto all = data.image(i % data.size()).subspan(channel * data.height() * data.width());
        reference::GreyImage image{static_cast<std::ptrdiff_t>(data.height()),
                                   static_cast<std::ptrdiff_t>(data.width()),
                                   {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(height * width)}};
        image = reference::move_edges(image, thickness);
        for (double r = 0; r < height; ++r)
            for (double c = 0; c < width; ++c) {
                double field_x = 0, field_y = 0;
                for (std::size_t k = 0; k < 7; ++k)
                    for (std::size_t l = 0; l < 7; ++l) {
                        const double weight = reference::b_spline(4 * (r + 0.5) / height - static_cast<double>(k) + 1) *
                                              reference::b_spline(4 * (c + 0.5) / width - static_cast<double>(l) + 1);
                        field_x += weight * uniform(8 + 2 * (7 * k + l), options.displacement);
                        field_y += weight * uniform(9 + 2 * (7 * k + l), options.displacement);
                    }
                const double x = scale_x * (c - (width - 1) / 2), y = scale_y * (r - (height - 1) / 2);
                const double sheared = x + shear * y;
                result.push_back(image.between(
                    std::sin(angle) * sheared + std::cos(angle) * y + shift_y + field_y + (height - 1) / 2,
                    std::cos(angle) * sheared - std::sin(angle) * y + shift_x + field_x + (width - 1) / 2));
            }
    }
    return result;
}

}  // namespace

TEST_CASE("strengths of zero give the images back, of any shape") {
    for (const auto& [channels, height, width] :
         {std::array<std::size_t, 3>{1, 28, 28}, {3, 32, 32}, {1, 2, 2}, {2, 5, 17}, {1, 33, 2}}) {
        const auto data = noise_images(7, channels, height, width);
        const Deformed deformed(data, no_strength());
        CHECK((deformed.channels() == channels && deformed.height() == height && deformed.width() == width));
        std::vector<std::uint8_t> pixels(data.pixels());
        for (const std::size_t i : {0UL, 6UL, 7UL, 999'999UL}) {
            CHECK(deformed.draw(i, pixels) == data.label(i % 7));
            CHECK(std::ranges::equal(pixels, data.image(i % 7)));
        }
    }
}

TEST_CASE("deformed images are those of the definition, with any instructions") {
    const DeformOptions strong{
        .seed = 3, .displacement = 5, .rotation = 40, .scale = 0.3, .shear = 0.4, .shift = 3, .thickness = 0.7};
    for (const auto& [channels, height, width] :
         {std::array<std::size_t, 3>{1, 28, 28}, {3, 32, 20}, {1, 2, 2}, {1, 9, 50}}) {
        const auto data = noise_images(3, channels, height, width);
        const Deformed deformed(data, strong);
        for (const std::size_t i : {0UL, 4UL, 6'000'000'000UL}) {
            const auto expected = by_definition(data, strong, i);
            const auto found = image_of(deformed, i);
            for (std::size_t j = 0; j < expected.size(); ++j)  // places are float, accurate to 1e-5 of a pixel
                REQUIRE(static_cast<double>(found[j]) == Approx(expected[j]).margin(0.52));
            for_each_instruction_set([&](detail::InstructionSet) { REQUIRE(image_of(deformed, i) == found); });
        }
    }
}

TEST_CASE("each option does what it says, alone") {
    const auto data = synthetic_digits({.train = 20, .test = 0}).train;
    const auto ink = [](const std::vector<std::uint8_t>& pixels) {
        double sum = 0;
        for (const auto pixel : pixels) sum += pixel;
        return sum;
    };
    std::set<std::vector<std::uint8_t>> seen;
    for (auto member : {&DeformOptions::displacement, &DeformOptions::rotation, &DeformOptions::scale,
                        &DeformOptions::shear, &DeformOptions::shift, &DeformOptions::thickness}) {
        auto options = no_strength();
        options.*member = DeformOptions{}.*member;
        const Deformed deformed(data, options);
        std::size_t changed = 0;
        for (std::size_t i = 0; i < 20; ++i) {
            const auto image = image_of(deformed, i);
            const auto before = data.image(i);
            changed += !std::ranges::equal(image, before);
            seen.insert(image);
            const double ratio = ink(image) / ink({before.begin(), before.end()});
            CHECK(ratio > 0.5);
            CHECK(ratio < 1.7);
        }
        CHECK(changed >= 19);
    }
    CHECK(seen.size() >= 6 * 19);
}

TEST_CASE("an image is a function of the seed and its number, and no two are equal") {
    const auto data = synthetic_digits({.train = 10, .test = 0}).train;
    const Deformed first(data), again(data, {.count = 20}), other(data, {.seed = 2});
    CHECK(first.size() == 1'000'000);
    CHECK(again.size() == 20);
    std::set<std::vector<std::uint8_t>> seen;
    for (std::size_t i = 0; i < 20; ++i) {
        CHECK(image_of(first, i) == image_of(again, i));
        seen.insert(image_of(first, i));
        seen.insert(image_of(other, i));
        seen.insert(image_of(first, i + (std::uint64_t{10} << 32)));
    }
    CHECK(seen.size() == 60);
    const ImageStream stream = first;
    CHECK(image_of(stream, 17) == image_of(first, 17));
    CHECK(stream.describe() == first.describe());
    CHECK(first.describe() != other.describe());
    CHECK(first.describe() != Deformed(data, {.shear = 0.2}).describe());
}

TEST_CASE("by option the first images are the source's own") {
    const auto data = synthetic_digits({.train = 10, .test = 0}).train;
    const Deformed deformed(data, {.first_undeformed = true}), all(data);
    for (std::size_t i = 0; i < 10; ++i) {
        CHECK(std::ranges::equal(image_of(deformed, i), data.image(i)));
        CHECK(image_of(deformed, 10 + i) == image_of(all, 10 + i));
    }
    CHECK(deformed.describe() != all.describe());
}

TEST_CASE("deformed digits keep their class: the mean image of the class is the nearest about as often") {
    const auto data = synthetic_digits({.train = 2000, .test = 0}).train;
    std::vector<std::vector<double>> means(10, std::vector<double>(784));
    for (std::size_t i = 0; i < data.size(); ++i)
        for (std::size_t j = 0; j < 784; ++j) means[data.label(i)][j] += data.image(i)[j] / 200.0;
    const auto correct = [&](const auto& source) {
        std::size_t count = 0;
        std::vector<std::uint8_t> pixels(784);
        for (std::size_t i = 0; i < 2000; ++i) {
            const auto label = source.draw(i, pixels);
            const auto distance = [&](const std::vector<double>& mean) {
                double sum = 0;
                for (std::size_t j = 0; j < 784; ++j) sum += (pixels[j] - mean[j]) * (pixels[j] - mean[j]);
                return sum;
            };
            count += std::ranges::min_element(means, {}, distance) - means.begin() == label;
        }
        return static_cast<double>(count) / 2000;
    };
    const double clean = correct(data), deformed = correct(Deformed(data, DeformOptions{}));
    CHECK(clean > 0.6);
    CHECK(deformed > clean - 0.2);  // means know nothing of shifts and thickness
    CHECK(deformed < clean);
}

TEST_CASE("options and sources that make no deformed images are refused") {
    const auto data = noise_images(1, 1, 4, 4);
    for (const auto& options :
         {DeformOptions{.displacement = -1}, DeformOptions{.rotation = 90}, DeformOptions{.scale = 1},
          DeformOptions{.shear = -0.1}, DeformOptions{.shift = std::nan("")}, DeformOptions{.thickness = 0.71}})
        CHECK_THROWS_AS(Deformed(data, options), std::invalid_argument);
    CHECK_THROWS_AS(Deformed(noise_images(0, 1, 4, 4)), std::invalid_argument);
    CHECK_THROWS_AS(Deformed(noise_images(1, 1, 1, 4)), std::invalid_argument);
    const auto strong = DeformOptions{}.times(100);
    CHECK_NOTHROW(strong.validate());
    CHECK((strong.thickness == 0.7 && strong.displacement == 300));
}

}  // namespace deformed_test
