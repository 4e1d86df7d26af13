// Margins under corruptions whose pixels depend on one another.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <pstar/corruption/block_occlusion.hpp>
#include <pstar/corruption/blur.hpp>
#include <pstar/corruption/check_corruption_laws.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/score_report.hpp>
#include <pstar/margin/snr.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"
#include "margin/cases.hpp"

namespace spatial_margin_test {

using namespace margin_case;

namespace {

/// Each block of 7 x 7 pixels is grey with probability p, all of it or none of it.
struct Blocks {
    static constexpr std::size_t side = 7;
    double p = 0;

    void validate() const { require(p >= 0 && p <= 1, "Blocks", "p", p, "lie in [0, 1]"); }
    double strength() const { return p; }
    template <class Scalar>
    void apply(View<const Scalar> image, View<Scalar> out, const RandomStream& noise) const {
        for (std::size_t i = 0; i < image.size(); ++i)
            out.data[i] = unit_interval<double>(noise.word(block(image.shape, i))) < p ? Scalar(0.5) : image.data[i];
    }
    void mean(View<const double> image, View<double> out) const {
        for (std::size_t i = 0; i < image.size(); ++i) out.data[i] = image.data[i] + p * (0.5 - image.data[i]);
    }
    double variance_along(View<const double> image, View<const double> direction) const {
        std::vector<double> change(block(image.shape, image.size() - 1) + 1);
        for (std::size_t i = 0; i < image.size(); ++i)
            change[block(image.shape, i)] += direction.data[i] * (0.5 - image.data[i]);
        double sum = 0;
        for (const double c : change) sum += p * (1 - p) * c * c;
        return sum;
    }

private:
    static std::size_t block(const Shape& shape, std::size_t i) {
        const auto in_a_row = (shape[2] + side - 1) / side;
        return i / shape[2] / side * in_a_row + i % shape[2] / side;  // of images with one colour channel
    }
};

/// The same with the pixels taken for independent: the same moments of each pixel.
struct GreyPixels {
    double p = 0;
    void validate() const {}
    double strength() const { return p; }
    double mean(double x) const { return x + p * (0.5 - x); }
    double variance(double x) const { return p * (1 - p) * (0.5 - x) * (0.5 - x); }
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return unit_interval<double>(word) < p ? Scalar(0.5) : x;
    }
};

/// A channel as if it were spatial.
struct SpatialReplacement {
    Replacement channel;
    void validate() const { channel.validate(); }
    double strength() const { return channel.p; }
    template <class Scalar>
    void apply(View<const Scalar> image, View<Scalar> out, const RandomStream& noise) const {
        for (std::size_t i = 0; i < image.size(); ++i) out.data[i] = channel(image.data[i], noise.word(i));
    }
    void mean(View<const double> image, View<double> out) const {
        for (std::size_t i = 0; i < image.size(); ++i) out.data[i] = channel.mean(image.data[i]);
    }
    double variance_along(View<const double> image, View<const double> direction) const {
        double sum = 0;
        for (std::size_t i = 0; i < image.size(); ++i)
            sum += direction.data[i] * direction.data[i] * channel.variance(image.data[i]);
        return sum;
    }
};

/// Moments that are given.
struct Broken : SpatialReplacement {
    double given_mean = 0, given_variance = 0;
    void mean(View<const double>, View<double> out) const { std::ranges::fill(out.elements(), given_mean); }
    double variance_along(View<const double>, View<const double>) const { return given_variance; }
};

/// The first two classes of digits.
Dataset zeros_and_ones(std::size_t count) {
    auto data = digits(count);
    for (std::size_t i = 0; i < data.size(); ++i) data.labels.data()[i] = data.label(i) % 2;
    data.classes = 2;
    return data;
}

}  // namespace

TEST_CASE("The corruptions of this test obey the laws", "[long]") {
    using Sentences = std::vector<std::string>;
    CHECK(check_corruption_laws([](double p) { return Blocks{p}; }, {.image = {1, 9, 16}, .draws = 5000}) ==
          Sentences{});
    CHECK(check_corruption_laws([](double p) { return SpatialReplacement{{p}}; }, {.draws = 5000}) == Sentences{});
}

TEST_CASE("A linear margin's moments are those that are drawn", "[long]") {
    // Two classes and no hidden layer: d gamma is linear in the pixels, so that first order is all there is.
    const auto net = mlp<double>({784, 2}, Activation::relu, Seed{3});
    const auto data = zeros_and_ones(12);
    const auto check = [&](const auto& corruption) {
        constexpr std::size_t draws = 4000;
        const auto report = margin_report(net, data, corruption);
        const auto drawn = flip_frequencies(net, data, corruption, {.draws = draws, .seed = 6});
        CHECK(report.strength == corruption.strength());
        for (std::size_t i = 0; i < data.size(); ++i) {
            const auto& image = report.images[i];
            CAPTURE(corruption.strength(), i);
            // 4.5 standard errors; that of a standard deviation, at kurtosis 3 or less, is sd/sqrt(2 draws).
            CHECK(std::abs(image.mean_change - drawn.images[i].mean_change) <=
                  4.5 * image.sd_change / std::sqrt(draws) + 1e-9);
            CHECK(std::abs(image.sd_change - drawn.images[i].sd_change) <=
                  4.5 * image.sd_change / std::sqrt(2.0 * draws) + 1e-6);
        }
    };
    check(BlockOcclusion{.side = 8});
    check(BlockOcclusion{.side = 14, .value = 0});
    check(Blur{1.5});
    check(Blocks{0.6});
}

TEST_CASE("A channel written as a spatial corruption has the channel's report") {
    const auto net = mlp<double>({784, 12, 10}, Activation::tanh, Seed{4});
    const auto data = digits(30);
    const auto channel = margin_report(net, data, Replacement{0.3});
    const auto spatial = margin_report(net, data, SpatialReplacement{{0.3}});
    const auto score = [&](auto x, auto labels) { return pick(net(x), labels) - max_except(net(x), labels); };
    const auto scores = score_report<double>(data, score, SpatialReplacement{{0.3}});
    const auto curve = snr_curve(net, data, std::array{Replacement{0.3}, Replacement{0.6}});
    const auto spatial_curve = snr_curve(net, data, std::array{SpatialReplacement{{0.3}}, SpatialReplacement{{0.6}}});
    for (std::size_t i = 0; i < data.size(); ++i) {
        CHECK(spatial.images[i].margin == channel.images[i].margin);
        CHECK(spatial.images[i].runner_up == channel.images[i].runner_up);
        CHECK(spatial.images[i].mean_change == Approx(channel.images[i].mean_change).epsilon(1e-11));
        CHECK(spatial.images[i].sd_change == Approx(channel.images[i].sd_change).epsilon(1e-11));
        CHECK(spatial.images[i].flip_probability == Approx(channel.images[i].flip_probability).epsilon(1e-11));
        CHECK(scores[i].mean_change == Approx(channel.images[i].mean_change).epsilon(1e-11));
        CHECK(scores[i].sd_change == Approx(channel.images[i].sd_change).epsilon(1e-11));
    }
    for (std::size_t k = 0; k < 2; ++k) {
        CHECK(spatial_curve[k].strength == curve[k].strength);
        CHECK(spatial_curve[k].quantiles[2] == Approx(curve[k].quantiles[2]).epsilon(1e-11));
    }
}

TEST_CASE("Channels on images that are floats have the report of the bytes") {
    const auto net = mlp<double>({784, 12, 10}, Activation::tanh, Seed{4});
    const auto bytes = digits(30);
    auto floats = bytes;
    floats.images = Tensor<std::uint8_t, 4>::from_shape({0, 1, 0, 0});
    floats.float_images = Tensor<float, 4>::from_shape(bytes.images.shape());
    for (std::size_t i = 0; i < bytes.images.size(); ++i)
        floats.float_images->data()[i] = static_cast<float>(bytes.images.data()[i]) / 255;
    const auto of_bytes = margin_report(net, bytes, Replacement{0.4});
    const auto of_floats = margin_report(net, floats, Replacement{0.4});
    const auto score = [&](auto x, auto labels) { return pick(net(x), labels) - max_except(net(x), labels); };
    const auto scores = score_report<double>(floats, score, Replacement{0.4});
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        CHECK(of_floats.images[i].mean_change == Approx(of_bytes.images[i].mean_change).epsilon(1e-5));
        CHECK(of_floats.images[i].sd_change == Approx(of_bytes.images[i].sd_change).epsilon(1e-5));
        CHECK(scores[i].sd_change == Approx(of_floats.images[i].sd_change).epsilon(1e-11));
    }
}

TEST_CASE("Blocks are predicted by their covariance, not by the variances of their pixels", "[long]") {
    // A linear network that tells even digits from odd ones: all that first order leaves out is that a sum over 16
    // blocks is not quite normal.
    const auto train_data = zeros_and_ones(2000), test_data = zeros_and_ones(300);
    auto net = mlp<float>({784, 2}, Activation::relu, Seed{1});
    train(net, train_data, Identity{}, {.epochs = 3});
    const double measured = flip_frequencies(net, test_data, Blocks{0.6}, {.draws = 40}).accuracy().value;
    const double by_blocks = margin_report(net, test_data, Blocks{0.6}).predicted_accuracy();
    const double by_pixels = margin_report(net, test_data, GreyPixels{0.6}).predicted_accuracy();
    CAPTURE(measured, by_blocks, by_pixels);
    CHECK(std::abs(by_blocks - measured) < 0.03);
    CHECK(std::abs(by_pixels - measured) > 2 * std::abs(by_blocks - measured));
}

TEST_CASE("Impossible moments of images are refused") {
    const auto net = mlp<double>({784, 10}, Activation::tanh, Seed{4});
    const auto data = digits(2);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(margin_report(net, data, Broken{{}, 0.5, -1}),
                      Catch::Contains("variance along a gradient (= -1)"));
    CHECK_THROWS_WITH(margin_report(net, data, Broken{{}, 0.5, nan}), Catch::Contains("be finite and not negative"));
    CHECK_THROWS_WITH(margin_report(net, data, Broken{{}, nan, 1}), Catch::Contains("must be finite"));
    CHECK_THROWS_AS(margin_report(net, data, BlockOcclusion{.side = 29}), std::invalid_argument);
    CHECK_THROWS_AS(margin_report(net, data, BlockOcclusion{.side = 1.5}), std::invalid_argument);
}

}  // namespace spatial_margin_test
