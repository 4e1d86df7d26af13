#include <pstar/core/threads.hpp>

#include <cstddef>
#include <vector>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/layers.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"

namespace nn_threads_test {

using namespace pstar;

namespace {

const TrainTest& digits() {
    static const auto data = synthetic_digits({.train = 300, .test = 700, .seed = 1});
    return data;
}

/// All that a training leaves: parameters, buffers and losses, of a network that `make()` gives.
template <class Make>
std::vector<float> trained(const Make& make, std::size_t threads, Optimizer optimizer) {
    auto net = make();
    const auto history = train(net, digits().train, Replacement{.p = 0.4},
                               {.epochs = 2, .batch_size = 150, .optimizer = optimizer, .threads = threads});
    const auto values = net.parameters().values();
    std::vector<float> all(values.begin(), values.end());
    for (std::size_t i = 0; i < net.parameters().buffer_count(); ++i)
        for (const float x : net.parameters().buffer(i).elements()) all.push_back(x);
    for (const double loss : history.loss) all.push_back(static_cast<float>(loss));
    const auto found = evaluate(net, digits().test, Replacement{.p = 0.6}, {.threads = threads});
    all.push_back(static_cast<float>(found.loss));
    all.push_back(static_cast<float>(found.accuracy));
    return all;
}

template <class Make>
void check_threads(const Make& make) {
    for (const Optimizer& optimizer : {Optimizer(Adam{}), Optimizer(Sgd{.lr = 0.05, .momentum = 0.9})}) {
        const auto one = trained(make, 1, optimizer);
        for (const std::size_t threads : {2, 3, 4}) CHECK(trained(make, threads, optimizer) == one);
    }
}

}  // namespace

TEST_CASE("threads change no bit of an MLP's training and tests, whatever its activation and width", "[long]") {
    for (const auto name : activation_names) {
        INFO(name);
        check_threads([&] { return mlp<float>({784, 300, 90, 10}, activation_named(name), Seed{3}); });
    }
}

TEST_CASE("threads change no bit of a CNN's training and tests", "[long]") {
    for (const auto phi : {Activation::relu, Activation::gelu, Activation::tanh})
        for (const std::size_t channels : {5, 8}) {
            INFO(to_string(phi) << ", " << channels);
            check_threads([&] { return cnn<float>({.channels = channels}, phi, Seed{3}); });
        }
}

TEST_CASE("threads change no bit of a training with other layers, dropout and running statistics", "[long]") {
    using namespace pstar::layer;
    check_threads([] {
        return Sequential<float>({1, 28, 28},
                                 {Conv2d{.channels = 6}, BatchNorm{}, Activate{Activation::relu}, MaxPool2d{},
                                  Flatten{}, Dropout{0.3}, Dense{64}, Activate{Activation::sigmoid}, Dense{10}},
                                 Seed{7});
    });
}

}  // namespace nn_threads_test
