#include <pstar/nn/any_network.hpp>

#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/check_network_laws.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"

namespace any_network_test {

using namespace pstar;

namespace {

const TrainTest& digits() {
    static const auto data = synthetic_digits({.train = 400, .test = 200, .seed = 1});
    return data;
}

/// The parameters and buffers of a network trained for two epochs, its losses and scores.
template <class Net>
std::vector<double> trained(Net net) {
    const auto history = train(net, digits().train, Replacement{.p = 0.3}, {.epochs = 2, .batch_size = 64, .seed = 5});
    std::vector<double> all = history.loss;
    for (const auto& tensor : std::as_const(net).parameters().named())
        for (const float value : tensor.values) all.push_back(static_cast<double>(value));
    const auto score = evaluate(net, digits().test, Replacement{.p = 0.3});
    all.insert(all.end(), {score.loss, score.accuracy});
    return all;
}

Sequential<float> with_training_mode() {
    using namespace layer;
    return {
        {1, 28, 28}, {Flatten{}, Dense{12}, BatchNorm{}, Activate{Activation::relu}, Dropout{0.5}, Dense{10}}, Seed{3}};
}

}  // namespace

TEST_CASE("AnyNetwork trains and is measured as the network it holds, to the last bit") {
    const auto small = mlp<float>({784, 16, 10}, Activation::tanh, Seed{7});
    CHECK(trained(AnyNetwork<float>(small)) == trained(small));
    const auto images = cnn<float>({.channels = 2, .hidden = 8}, Activation::relu, Seed{7});
    CHECK(trained(AnyNetwork<float>(images)) == trained(images));
    CHECK(trained(AnyNetwork<float>(with_training_mode())) == trained(with_training_mode()));
}

TEST_CASE("AnyNetwork reports what the network it holds does, or counts its parameters") {
    const auto small = mlp<float>({784, 16, 10}, Activation::tanh, Seed{7});
    const AnyNetwork<float> any(small), other(with_training_mode());
    CHECK(any.inputs() == 784);
    CHECK(any.outputs() == 10);
    CHECK(any.multiply_adds() == small.multiply_adds());
    CHECK(any.parameters().size() == small.parameters().size());
    CHECK(other.multiply_adds() == static_cast<double>(other.parameters().size()));
    auto copy = any;
    copy.parameters().values()[0] += 1;
    CHECK(copy.parameters().values()[0] != any.parameters().values()[0]);
    copy = any;
    CHECK(copy.parameters().values()[0] == small.parameters().values()[0]);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<AnyNetwork<float>, Mlp<double>>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<AnyNetwork<float>, int>);
}

TEST_CASE("AnyNetwork obeys the laws of networks") {
    const auto make_network = [](Seed seed) {
        return AnyNetwork<double>(mlp<double>({6, 5, 3}, Activation::tanh, seed));
    };
    for (const auto& violation : check_network_laws(make_network)) FAIL_CHECK(violation);
}

}  // namespace any_network_test
