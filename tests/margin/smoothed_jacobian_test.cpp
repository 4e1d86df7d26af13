// Means and variances passed through convolutions and pooling: exact where all is linear, near many draws elsewhere.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/max_moments.hpp>
#include <pstar/margin/moment_propagation.hpp>
#include <pstar/nn/any_network.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/layers.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/standardised.hpp>
#include <pstar/nn/train.hpp>

#include <Eigen/Cholesky>

#include "catch.hpp"

namespace smoothed_jacobian_test {

using namespace pstar;
using namespace pstar::layer;

namespace {

constexpr auto smoothed = MomentMethod::smoothed_jacobian;

const TrainTest& digits() {
    static const auto data = synthetic_digits({.train = 1500, .test = 150, .seed = 4});
    return data;
}

/// Average pooling as a layer of one's own.
struct AvgPool {
    template <class Scalar>
    Shape setup(LayerSetup<Scalar>&, const Shape& shape) const {
        return {shape[0], shape[1] / 2, shape[2] / 2};
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>&) const {
        return avg_pool2d(x);
    }
};

template <Network Net>
std::vector<LogitLaw> laws_of(const Net& net, const Dataset& images, const PixelMoments& channel) {
    std::vector<LogitLaw> laws;
    for_each_logit_law(net, images, channel, smoothed, [&](std::size_t i, const LogitLaw& law) {
        CHECK(i == laws.size());
        laws.push_back(law);
    });
    return laws;
}

template <Network Net>
Vector<double> logits_at(const Net& net, const std::vector<double>& x) {
    Tape<double> tape;
    const auto f = net(tape.constant(View<const double>{x.data(), {1, x.size()}})).value();
    return Eigen::Map<const Vector<double>>(f.data, static_cast<Eigen::Index>(f.size()));
}

/// The law of an affine network's logits, from its values at 0 and at every unit image.
template <Network Net>
LogitLaw affine_law(const Net& net, std::span<const std::uint8_t> image, const PixelMoments& moments) {
    std::vector<double> x(image.size());
    const auto bias = logits_at(net, x);
    LogitLaw law{bias, Matrix<double>::Zero(bias.size(), bias.size())};
    for (std::size_t j = 0; j < image.size(); ++j) {
        x[j] = 1;
        const Vector<double> column = logits_at(net, x) - bias;
        x[j] = 0;
        law.mean += column * (image[j] / 255.0 + moments.shift[image[j]]);
        law.covariance += moments.variance[image[j]] * column * column.transpose();
    }
    return law;
}

/// The law of the logits by drawing.
template <Network Net, class C>
LogitLaw drawn(const Net& net, const Dataset& image, const C& channel, std::size_t draws) {
    const auto classes = static_cast<Eigen::Index>(net.outputs());
    LogitLaw law{Vector<double>::Zero(classes), Matrix<double>::Zero(classes, classes)};
    std::vector<double> pixels(500 * image.pixels());
    for (std::size_t first = 0; first < draws; first += 500) {
        for (std::size_t i = 0; i < 500; ++i) {
            const std::uint32_t only = 0;
            corrupt_images(image, std::span(&only, 1), channel, {Seed{first + i}, Stream::test_noise},
                           View<double>{pixels.data() + i * image.pixels(), {1, image.pixels()}});
        }
        Tape<double> tape;
        const auto logits = net(tape.constant(View<const double>{pixels.data(), {500, image.pixels()}}));
        for (std::size_t i = 0; i < 500; ++i) {
            const Eigen::Map<const Vector<double>> f(logits.value().data + i * net.outputs(), classes);
            law.mean += f;
            law.covariance += f * f.transpose();
        }
    }
    const auto n = static_cast<double>(draws);
    law.mean /= n;
    law.covariance = law.covariance / n - law.mean * law.mean.transpose();
    return law;
}

double distance(const LogitLaw& a, const LogitLaw& b) {
    return (a.covariance - b.covariance).norm() / b.covariance.norm();
}

double rms(const std::vector<double>& predicted, const std::vector<double>& measured) {
    double sum = 0;
    for (std::size_t i = 0; i < predicted.size(); ++i) sum += std::pow(predicted[i] - measured[i], 2);
    return std::sqrt(sum / static_cast<double>(predicted.size()));
}

/// Maximum and winner of many normal vectors z = mean + factor t.
struct DrawnMax {
    double mean = 0, variance = 0;
    std::array<double, 4> share{};
};
DrawnMax drawn_max(const std::array<double, 4>& mean, const Eigen::Matrix4d& factor) {
    constexpr int draws = 100'000;
    std::mt19937_64 engine(7);
    std::normal_distribution<double> normal;
    DrawnMax found;
    double square = 0;
    for (int i = 0; i < draws; ++i) {
        Eigen::Vector4d t;
        for (double& number : t) number = normal(engine);
        const Eigen::Vector4d z = Eigen::Map<const Eigen::Vector4d>(mean.data()) + factor * t;
        Eigen::Index winner = 0;
        const double largest = z.maxCoeff(&winner);
        found.mean += largest / draws;
        square += largest * largest / draws;
        found.share[static_cast<std::size_t>(winner)] += 1.0 / draws;
    }
    found.variance = square - found.mean * found.mean;
    return found;
}

}  // namespace

TEST_CASE("the moments of a maximum are those of many draws", "[long]") {
    const std::vector<std::array<double, 4>> means{
        {0, 0, 0, 0}, {0, 0.5, 1, 1.5}, {1.5, 1, 0.5, 0}, {2, 0, 0, 2}, {-1, 3, 2.5, 0}};
    for (const auto& mean : means)
        for (const double rho : {0.0, 0.4, 0.8})
            for (const double last : {1.0, 0.3}) {
                Eigen::Matrix4d covariance = Eigen::Matrix4d::Constant(rho);
                covariance.diagonal().setOnes();
                covariance.row(3) *= last;
                covariance.col(3) *= last;
                const auto many = drawn_max(mean, covariance.llt().matrixL());
                INFO("rho " << rho << " last " << last << " means " << mean[0] << ' ' << mean[1] << ' ' << mean[2]);
                std::array<double, 4> share{};
                const auto found = max_moments(
                    mean,
                    [&](std::size_t j, std::size_t k) {
                        return covariance(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k));
                    },
                    share);
                // What max_moments says of its errors, and four standard errors of the draws: 0.013 in the mean, 2% of
                // the variance, 0.006 in a share.
                CHECK(found.mean == Approx(many.mean).margin(0.02 + 0.013));
                CHECK(found.variance == Approx(many.variance).epsilon(0.12 + 0.02));
                for (std::size_t k = 0; k < 4; ++k) CHECK(share[k] == Approx(many.share[k]).margin(0.03 + 0.006));
                CHECK(share[0] + share[1] + share[2] + share[3] == Approx(1));
                if (rho > 0) continue;
                std::array<double, 4> same{};
                const std::array<double, 4> variance{1, 1, 1, last * last};
                CHECK(max_moments(mean, variance, same).mean == Approx(found.mean));
                CHECK(same[2] == Approx(share[2]));
            }
}

TEST_CASE("a maximum of two is exact, and without fluctuation it is the maximum") {
    std::array<double, 2> share{};
    // E max = 1/sqrt(pi), Var max = 1 - 1/pi of two independent standard normal numbers
    const auto two = max_moments(std::array{0.0, 0.0}, std::array{1.0, 1.0}, share);
    CHECK(two.mean == Approx(std::numbers::inv_sqrtpi));
    CHECK(two.variance == Approx(1 - std::numbers::inv_pi));
    CHECK(share[0] == Approx(0.5));
    const auto large = max_moments(std::array{1e8, 1e8}, std::array{1.0, 1.0}, share);
    CHECK(large.variance == Approx(1 - std::numbers::inv_pi));  // no cancellation of squares
    std::array<double, 3> of_three{};
    const auto fixed = max_moments(std::array{1.0, 2.0, 2.0}, std::array{0.0, 0.0, 0.0}, of_three);
    CHECK(fixed.mean == 2);
    CHECK(fixed.variance == 0);
    CHECK(of_three == std::array{0.0, 1.0, 0.0});  // the first of equal ones
    const double nan = std::nan("");
    CHECK(std::isnan(max_moments(std::array{1.0, nan, 2.0}, std::array{0.0, 0.0, 0.0}, of_three).mean));
    CHECK(std::isnan(max_moments(std::array{nan, 1.0, 2.0}, std::array{1.0, 1.0, 1.0}, of_three).mean));
    CHECK(std::isnan(max_moments(std::array{0.0, 1.0, 2.0}, std::array{1.0, nan, 1.0}, of_three).mean));
    CHECK_THROWS_AS(max_moments(std::array{0.0, 1.0}, std::array{1.0}, share), std::invalid_argument);
    CHECK_THROWS_AS(max_moments(std::array{0.0, 1.0}, std::array{1.0, 1.0}, of_three), std::invalid_argument);
    CHECK_THROWS_AS(max_moments(std::span<const double>{}, std::span<const double>{}, std::span<double>{}),
                    std::invalid_argument);
}

TEST_CASE("convolutions, average pooling, batch normalisation and dense layers are exact") {
    const auto image = take(digits().test, 2);
    const PixelMoments moments(Replacement{0.6});
    auto net = Sequential<double>(
        {1, 28, 28},
        {Standardise{{{0.3}, {0.4}}}, Conv2d{.channels = 3, .stride = 2}, BatchNorm{}, Activate{Activation::linear},
         AvgPool{}, Conv2d{.channels = 4, .kernel = 5}, Dropout{0.3}, Flatten{}, BatchNorm{}, Dense{6}, Dense{10}},
        Seed{3});
    for (std::size_t b = 0; b < net.parameters().buffer_count(); ++b)
        for (double& number : net.parameters().buffer(b).elements())
            if (b >= 2) number = 0.5 + 0.1 * static_cast<double>(b);  // running statistics of some training
    const auto found = laws_of(net, image, moments);
    REQUIRE(found.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto exact = affine_law(net, image.image(i), moments);
        CHECK((found[i].mean - exact.mean).norm() < 1e-10 * exact.mean.norm());
        CHECK((found[i].covariance - exact.covariance).norm() < 1e-10 * exact.covariance.norm());
    }
}

TEST_CASE("an MLP of any form has the law that its own propagation gives") {
    const auto image = take(digits().test, 3);
    const PixelMoments moments(Additive{0.4});
    for (const auto phi : {Activation::relu, Activation::tanh, Activation::square}) {
        const auto net = mlp<double>({784, 30, 20, 10}, phi, Seed{5});
        const auto own = laws_of(net, image, moments);
        const auto any = laws_of(AnyNetwork<double>(net), image, moments);
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK((any[i].mean - own[i].mean).norm() < 1e-11 * own[i].mean.norm());
            CHECK((any[i].covariance - own[i].covariance).norm() < 1e-11 * own[i].covariance.norm());
        }
    }
}

TEST_CASE("a convolution, an activation and pooling in one step or in three have one law, wherever the order is kept") {
    const auto image = take(digits().test, 2);
    const PixelMoments moments(Replacement{0.5});
    for (const auto phi : {Activation::relu, Activation::tanh, Activation::gelu}) {
        const auto net = cnn<double>({.channels = 3, .blocks = 2, .hidden = 12}, phi, Seed{5});
        auto layers = Sequential<double>({1, 28, 28},
                                         {Conv2d{.channels = 3}, Activate{phi}, MaxPool2d{}, Conv2d{.channels = 6},
                                          Activate{phi}, MaxPool2d{}, Flatten{}, Dense{12}, Activate{phi}, Dense{10}},
                                         Seed{5});
        auto swapped = Sequential<double>({1, 28, 28},
                                          {Conv2d{.channels = 3}, MaxPool2d{}, Activate{phi}, Conv2d{.channels = 6},
                                           MaxPool2d{}, Activate{phi}, Flatten{}, Dense{12}, Activate{phi}, Dense{10}},
                                          Seed{5});
        const auto one = laws_of(net, image, moments), three = laws_of(layers, image, moments),
                   behind = laws_of(swapped, image, moments);
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(distance(three[i], one[i]) < 1e-12);
            CHECK((three[i].mean - one[i].mean).norm() < 1e-12);
            if (phi == Activation::gelu)
                CHECK(distance(behind[i], one[i]) > 1e-3);
            else
                CHECK(distance(behind[i], one[i]) < 1e-12);
        }
    }
}

TEST_CASE("neighbours of a convolution have the covariance that shared inputs give them", "[long]") {
    // linear before max pooling: every pooled number's moments, from draws
    const auto image = take(digits().test, 1);
    const Replacement channel{0.6};
    const PixelMoments moments(channel);
    for (const std::size_t stride : {1, 2}) {
        const Sequential<double> net({1, 28, 28},
                                     {Conv2d{.channels = 2, .kernel = 5, .stride = stride, .padding = 2}, BatchNorm{},
                                      MaxPool2d{.kernel = 3, .stride = 4}, Flatten{}},
                                     Seed{9});
        const auto found = laws_of(net, image, moments).front();
        const auto many = drawn(net, image, channel, 10'000);
        double error = 0;
        for (Eigen::Index k = 0; k < found.mean.size(); ++k)
            error = std::max(error, std::abs(found.mean[k] - many.mean[k]) / std::sqrt(many.covariance(k, k)));
        INFO("stride " << stride << " pooled numbers " << found.mean.size());
        CHECK(error < 0.04 + 0.1);  // four standard errors, and what nine numbers that are no normal law differ by
        // Shares add up to one, so that a window's fluctuation is that of an average: less than that of its maximum.
        CHECK(found.covariance.trace() < many.covariance.trace());
        CHECK(found.covariance.trace() > 0.25 * many.covariance.trace());
    }
}

TEST_CASE("behind a wide first layer the logits' law is that of many draws", "[long]") {
    const auto image = take(digits().test, 1);
    const Replacement channel{0.5};
    for (const auto phi : {Activation::relu, Activation::tanh}) {
        INFO(to_string(phi));
        const auto net = cnn<double>({.channels = 24, .blocks = 1, .hidden = 64}, phi, Seed{5});
        const auto many = drawn(net, image, channel, 5'000);
        const auto found = laws_of(net, image, PixelMoments(channel)).front();
        for (Eigen::Index k = 0; k < 10; ++k)  // four standard errors, and a fifth of the fluctuation: nine pixels are
            CHECK(std::abs(found.mean[k] - many.mean[k]) < (0.06 + 0.2) * std::sqrt(many.covariance(k, k)));  // few
        // What fluctuates about the mean slopes and shares is left out of the covariance.
        CHECK(found.covariance.trace() < 1.05 * many.covariance.trace());
        CHECK(found.covariance.trace() > 0.3 * many.covariance.trace());
    }
}

TEST_CASE("of a trained CNN the smoothed Jacobian predicts better than the expansion about the clean image", "[long]") {
    const auto& data = digits();
    const Replacement channel{0.6};
    auto net = cnn<float>({.channels = 4, .blocks = 2, .hidden = 32}, Activation::relu, Seed{2});
    train(net, data.train, channel, {.epochs = 6, .batch_size = 32});
    const auto measured = flip_frequencies(net, data.test, channel, {.draws = 60}).frequencies();
    const PixelMoments moments(channel);
    const auto at_x = predict_by(Criterion::all_runner_ups, net, data.test, moments).probability;
    const auto by_moments = predict_by(Criterion::smoothed_jacobian, net, data.test, moments).probability;
    INFO(rms(at_x, measured) << " " << rms(by_moments, measured));
    CHECK(rms(by_moments, measured) < rms(at_x, measured));
    CHECK(rms(by_moments, measured) < 0.1);
}

TEST_CASE("without corruption the prediction is what the network says, in float and double, on any threads", "[long]") {
    const auto data = synthetic_digits({.train = 10, .test = 300, .seed = 9}).test;
    const auto check = [&](const auto& net) {
        CHECK(predict_by_moments(net, data, Replacement{0}, smoothed).predicted_accuracy() ==
              Approx(accuracy(net, data)));
    };
    const auto net = cnn<float>({.channels = 3, .blocks = 2, .hidden = 8}, Activation::leaky_relu, Seed{1});
    check(net);
    check(cnn<double>({.channels = 3, .blocks = 1, .hidden = 8}, Activation::gelu, Seed{1}));
    check(Standardised(net, ChannelStatistics{{0.2}, {0.3}}));
    const auto one = predict_by_moments(net, data, Replacement{0.4}, smoothed).probability;
    CHECK(one == predict_by_moments(net, data, Replacement{0.4}, smoothed, {.threads = 2}).probability);
    const std::vector<Replacement> two{{0.4}, {0.7}};
    const auto moments = pixel_moments(two);
    CHECK(one == predict_by_moments(net, data, std::span<const PixelMoments>(moments), smoothed)[0].probability);
    // Rows of a batch do not see each other, but for the rounding of products of other sizes.
    const auto alone = predict_by_moments(net, slice(data, 140, 141), Replacement{0.4}, smoothed).probability[0];
    CHECK(alone == Approx(one[140]).margin(1e-5));
}

TEST_CASE("networks of other layers are refused, and other methods of networks that are no MLP") {
    const auto& data = digits().test;
    const PixelMoments moments(Replacement{0.5});
    const auto relu = Activate{Activation::relu};
    const Sequential<float> residual({1, 28, 28}, {Flatten{}, Dense{8}, Residual{relu, Dense{8}}, Dense{10}}, Seed{1});
    CHECK_FALSE(applies_to(Criterion::smoothed_jacobian, residual));
    CHECK(predict_by(Criterion::smoothed_jacobian, residual, data, moments).probability.empty());
    CHECK_THROWS_WITH(predict_by_moments(residual, data, Replacement{0.5}, smoothed),
                      Catch::Contains("be a chain of dense and convolutional layers"));
    const auto net = cnn<float>({.channels = 2, .blocks = 1, .hidden = 8}, Activation::relu, Seed{1});
    CHECK(applies_to(Criterion::smoothed_jacobian, net));
    CHECK(applies_to(Criterion::linear_at_mean, residual));
    CHECK_FALSE(applies_to(Criterion::full_moments, net));
    CHECK(predict_by(Criterion::full_moments, net, data, moments).probability.empty());
    CHECK_THROWS_AS(predict_by_moments(net, data, Replacement{0.5}, MomentMethod::full), std::invalid_argument);
    CHECK_THROWS_AS(
        predict_by_moments(net, synthetic_digits({.train = 1, .test = 2, .size = 14}).test, Replacement{0.5}, smoothed),
        std::invalid_argument);
}

}  // namespace smoothed_jacobian_test
