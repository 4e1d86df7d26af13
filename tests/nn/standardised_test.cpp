#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/check_network_laws.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/standardised.hpp>
#include <pstar/nn/train.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"

namespace standardised_test {

using namespace pstar;

namespace {

const ChannelStatistics two{{0.3, 0.6}, {0.5, 0.25}};

void check_holds(const auto& make_network) {
    for (const auto& violation : check_network_laws(make_network)) FAIL_CHECK(violation);
}

/// The same function of images as Standardised(net, statistics): W_1 (x - m)/s + b_1 = (W_1/s) x + (b_1 - W_1 m/s).
template <class Scalar>
Mlp<Scalar> folded(Mlp<Scalar> net, const ChannelStatistics& statistics) {
    auto weight = net.parameters()[0].matrix();
    auto bias = net.parameters()[1].array();
    const auto pixels = weight.cols() / std::ssize(statistics.mean);
    for (Eigen::Index i = 0; i < weight.cols(); ++i) {
        const auto c = static_cast<std::size_t>(i / pixels);
        weight.col(i) /= static_cast<Scalar>(statistics.stddev[c]);
        bias -= static_cast<Scalar>(statistics.mean[c]) * weight.col(i).array();
    }
    return net;
}

/// Digits seen as two channels of 14 rows.
Dataset two_channels(std::size_t count) {
    auto data = synthetic_digits({.train = count, .test = 1}).train;
    auto images = Tensor<std::uint8_t, 4>::from_shape({count, 2, 14, 28});
    std::ranges::copy(elements(data.images), images.data());
    data.images = std::move(images);
    return data;
}

}  // namespace

TEST_CASE("networks of standardised images keep the laws of networks") {
    check_holds([](Seed seed) { return Standardised(mlp<double>({12, 5, 3}, Activation::tanh, seed), two); });
    check_holds([](Seed seed) {
        return Standardised(
            cnn<double>(
                {.height = 4, .width = 4, .image_channels = 2, .channels = 3, .blocks = 1, .hidden = 4, .classes = 3},
                Activation::tanh, seed),
            two);
    });
    check_holds([](Seed seed) {
        return Sequential<double>({2, 3, 3},
                                  {layer::Standardise{two}, layer::Conv2d{.channels = 3}, layer::BatchNorm{},
                                   layer::Activate{Activation::tanh}, layer::Flatten{}, layer::Dense{4}},
                                  seed);
    });
    check_holds([](Seed seed) {
        return Standardised(
            Sequential<double>({2, 2, 3}, {layer::Flatten{}, layer::BatchNorm{}, layer::Dense{4}}, seed), two);
    });
}

TEST_CASE("a network of standardised images sees corrupted pixels, standardised") {
    const auto data = two_channels(40);
    const auto statistics = channel_statistics(data);
    const auto net = mlp<double>({784, 20, 10}, Activation::relu, Seed{4});
    const Standardised standardised(net, statistics);
    const auto plain = folded(net, statistics);
    const auto check = [&](const auto& corruption) {
        CHECK(evaluate(standardised, data, corruption).loss ==
              Approx(evaluate(plain, data, corruption).loss).epsilon(1e-10));
    };
    check(Identity{});
    check(Replacement{0.5});
    check(Additive{1.5});
    const Sequential<double> layers(
        {2, 14, 28},
        {layer::Standardise{statistics}, layer::Dense{20}, layer::Activate{Activation::relu}, layer::Dense{10}},
        Seed{4});
    CHECK(evaluate(layers, data, Replacement{0.5}).loss ==
          Approx(evaluate(plain, data, Replacement{0.5}).loss).epsilon(1e-10));
}

TEST_CASE("statistics are saved with the parameters and do not change in training") {
    const auto data = two_channels(60);
    const auto statistics = channel_statistics(data);
    Standardised net(mlp<float>({784, 16, 10}, Activation::relu, Seed{4}), statistics);
    const double before = evaluate(net, data).loss;
    train(net, data, Identity{}, {.epochs = 3});
    CHECK(evaluate(net, data).loss < before);
    const auto named = net.parameters().named();
    REQUIRE(named.size() == 6);
    CHECK((named[4].name == "standardise.mean" && named[5].name == "standardise.stddev"));
    for (std::size_t c = 0; c < 2; ++c) {
        CHECK(named[4].values[c] == static_cast<float>(statistics.mean[c]));
        CHECK(named[5].values[c] == static_cast<float>(statistics.stddev[c]));
    }
}

TEST_CASE("statistics that do not fit are refused") {
    const auto net = mlp<double>({12, 3}, Activation::relu, Seed{1});
    using Catch::Contains;
    CHECK_THROWS_WITH(Standardised(net, ChannelStatistics{}), Contains("the number of means (= 0)"));
    CHECK_THROWS_WITH(Standardised(net, (ChannelStatistics{{0, 0}, {1}})), Contains("equal the number of means"));
    CHECK_THROWS_WITH(Standardised(net, (ChannelStatistics{{0, 0}, {1, 0}})), Contains("(= 0) must be positive"));
    CHECK_THROWS_AS(Standardised(net, (ChannelStatistics{{0}, {std::nan("")}})), std::invalid_argument);
    CHECK_THROWS_AS(Standardised(net, (ChannelStatistics{{std::nan("")}, {1}})), std::invalid_argument);
    CHECK_THROWS_AS(Standardised(net, (ChannelStatistics{{0}, {std::numeric_limits<double>::infinity()}})),
                    std::invalid_argument);
    CHECK_THROWS_WITH(Standardised(net, (ChannelStatistics{{0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}})),
                      Contains("inputs (= 12) must be a multiple of the number of channels, 5"));
    CHECK_THROWS_WITH((Sequential<double>({3, 2, 2}, {layer::Standardise{two}, layer::Dense{4}}, Seed{1})),
                      Contains("layer::Standardise") && Contains("(3, 2, 2)"));
    Tape<double> tape;
    const std::vector<double> x(12), m(5), s(5, 1);
    CHECK_THROWS_AS(standardise(tape.input({x.data(), {1, 12}}), m, s), std::invalid_argument);
    CHECK_THROWS_AS(standardise(tape.input({x.data(), {1, 3, 2, 2}}), std::span(m).first(2), std::span(s).first(2)),
                    std::invalid_argument);
}

}  // namespace standardised_test
