#include <pstar/autodiff/elementwise.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/sequential.hpp>
#include <pstar/nn/train.hpp>

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "reference/batch_norm.hpp"
#include "reference/derivatives.hpp"

namespace sequential_test {

using namespace pstar;
using namespace pstar::layer;
using reference::random_input;

namespace {

const TrainTest& digits() {
    static const TrainTest data = synthetic_digits({.train = 300, .test = 100, .seed = 3});
    return data;
}

std::vector<std::string> names_of(const auto& net) {
    std::vector<std::string> names;
    for (const auto& tensor : net.parameters().named()) names.push_back(tensor.name);
    return names;
}

template <class Scalar>
std::vector<Scalar> copy(View<const Scalar> view) {
    return {view.data, view.data + view.size()};
}

/// The logits of images x (N, inputs) in evaluation, or in training as samples `samples` of epoch `epoch`.
std::vector<double> evaluated(const Sequential<double>& net, const reference::Input& x) {
    Tape<double> tape;
    return copy(net(tape.constant(x.view())).value());
}
std::vector<double> trained(Sequential<double>& net, View<const double> x, std::vector<std::uint32_t> samples,
                            std::uint32_t epoch = 0) {
    Tape<double> tape;
    return copy(net(tape.constant(x), net.parameters().record_constant(tape), {Seed{5}, epoch, samples}).value());
}

/// y = g x, one g for all: a layer of your own.
struct Gain {
    template <class Scalar>
    Shape setup(LayerSetup<Scalar>& setup, const Shape& shape) const {
        setup.add("gain", {1, 1}, Scalar{2});
        return shape;
    }
    template <class Scalar>
    Variable<Scalar> operator()(Variable<Scalar> x, LayerPass<Scalar>& pass) const {
        const auto gain = pass.parameter();
        return gain.value().data[0] * x;  // the gain as a constant: enough for values
    }
};
static_assert(NetworkLayer<Gain> && NetworkLayer<Residual<layer::Dense, Gain>, double> && !NetworkLayer<int>);

}  // namespace

TEST_CASE("a sequence of dense layers is an mlp, bit for bit") {
    auto net = mlp<float>({784, 24, 12, 10}, Activation::tanh, Seed{7});
    Sequential<float> twin(
        {784},
        {layer::Dense{24}, Activate{Activation::tanh}, layer::Dense{12}, Activate{Activation::tanh}, layer::Dense{10}},
        Seed{7});
    CHECK(names_of(net) == names_of(twin));
    CHECK(std::ranges::equal(net.parameters().values(), twin.parameters().values()));
    const TrainOptions options{.epochs = 2, .batch_size = 32, .seed = 5};
    CHECK(train(net, digits().train, Replacement{0.3}, options).loss ==
          train(twin, digits().train, Replacement{0.3}, options).loss);
    CHECK(std::ranges::equal(net.parameters().values(), twin.parameters().values()));
    CHECK(evaluate(net, digits().test).loss == evaluate(twin, digits().test).loss);
}

TEST_CASE("a sequence of convolutions is a cnn") {
    const CnnOptions sizes{
        .height = 9, .width = 8, .image_channels = 2, .channels = 3, .blocks = 2, .hidden = 5, .classes = 4};
    const auto net = cnn<double>(sizes, Activation::gelu, Seed{7});
    const Sequential<double> twin({2, 9, 8},
                                  {layer::Conv2d{.channels = 3}, Activate{Activation::gelu}, layer::MaxPool2d{},
                                   layer::Conv2d{.channels = 6}, Activate{Activation::gelu}, layer::MaxPool2d{},
                                   Flatten{}, layer::Dense{5}, Activate{Activation::gelu}, layer::Dense{4}},
                                  Seed{7});
    CHECK(names_of(net) == names_of(twin));
    CHECK(std::ranges::equal(net.parameters().values(), twin.parameters().values()));
    const auto x = random_input({3, 2 * 9 * 8}, 1);
    Tape<double> tape;
    const auto expected = copy(net(tape.constant(x.view())).value()), found = evaluated(twin, x);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(1e-13));
}

TEST_CASE("a residual block adds its input, and names its parameters as PyTorch does") {
    const Sequential<double> net(
        {4}, {Activate{Activation::linear}, Residual{layer::Dense{6}, Activate{Activation::tanh}, layer::Dense{4}}},
        Seed{3});
    CHECK(names_of(net) ==
          std::vector<std::string>{"1.block.0.weight", "1.block.0.bias", "1.block.2.weight", "1.block.2.bias"});
    const auto x = random_input({3, 4}, 1);
    Tape<double> tape;
    const auto block = mlp<double>({4, 6, 4}, Activation::tanh, Seed{3})(tape.constant(x.view())).value();
    const auto y = evaluated(net, x);
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == Approx(x.values[i] + block.data[i]).epsilon(1e-14));
}

TEST_CASE("a layer of your own is a layer") {
    const Sequential<double> net({3}, {Gain{}, Residual{Gain{}}}, Seed{1});
    CHECK(names_of(net) == std::vector<std::string>{"0.gain", "1.block.0.gain"});
    const auto x = random_input({2, 3}, 1);
    const auto y = evaluated(net, x);
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == Approx(6 * x.values[i]));
}

TEST_CASE("batch normalisation: the batch's statistics in training, running ones in evaluation") {
    for (const Shape& image : {Shape{5}, Shape{2, 3, 2}}) {
        CAPTURE(image);
        std::vector<Layer<double>> layers{BatchNorm{.eps = 1e-3, .momentum = 0.3}};
        if (image.rank() == 3) layers.push_back(Flatten{});
        Sequential<double> net(image, layers, Seed{1});
        CHECK(names_of(net) == std::vector<std::string>{"0.weight", "0.bias", "0.running_mean", "0.running_var",
                                                        "0.num_batches_tracked"});
        const std::size_t channels = image[0];
        std::vector<double> mean(channels, 0), variance(channels, 1);
        const std::vector<double> ones(channels, 1), zeros(channels, 0);
        for (std::uint64_t step = 0; step < 3; ++step) {
            const auto x = random_input({4, image.size()}, 1 + step, -1, 3);
            const Shape shape = image.rank() == 1 ? Shape{4, image[0]} : Shape{4, image[0], image[1], image[2]};
            const auto exact = reference::batch_norm(x.values, shape, ones, zeros, 1e-3);
            const auto y = trained(net, x.view(), {});
            for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == Approx(exact.y[i]).margin(1e-12));
            for (std::size_t c = 0; c < channels; ++c) {  // PyTorch's rule
                mean[c] = 0.7 * mean[c] + 0.3 * exact.mean[c];
                variance[c] = 0.7 * variance[c] + 0.3 * exact.unbiased_variance[c];
                CHECK(net.parameters().buffer(0).data[c] == Approx(mean[c]).epsilon(1e-12));
                CHECK(net.parameters().buffer(1).data[c] == Approx(variance[c]).epsilon(1e-12));
            }
            CHECK(net.parameters().buffer(2).data[0] == static_cast<double>(step + 1));
        }
        const auto x = random_input({2, image.size()}, 9);
        const auto y = evaluated(net, x);
        const auto pixels = image.size() / channels;
        for (std::size_t i = 0; i < y.size(); ++i) {
            const auto c = i / pixels % channels;
            CHECK(y[i] == Approx((x.values[i] - mean[c]) / std::sqrt(variance[c] + 1e-3)).epsilon(1e-12));
        }
    }
}

TEST_CASE("running statistics are saved and read back, and a network without them is another one") {
    const auto path =
        std::filesystem::temp_directory_path() / ("pstar_sequential_" + std::to_string(::getpid()) + ".safetensors");
    const auto make = [](std::uint64_t seed) {
        return Sequential<float>(
            {784}, {layer::Dense{16}, BatchNorm{}, Activate{Activation::relu}, Dropout{0.2}, layer::Dense{10}},
            Seed{seed});
    };
    auto net = make(1), twin = make(2);
    train(net, digits().train, Replacement{0.1}, {.epochs = 2, .batch_size = 50});
    save_safetensors(path, net.parameters().named());
    load_safetensors(path, twin.parameters().named());
    CHECK(evaluate(net, digits().test).loss == evaluate(twin, digits().test).loss);
    Sequential<float> other({784}, {layer::Dense{16}, Activate{Activation::relu}, layer::Dense{10}}, Seed{1});
    CHECK_THROWS_AS(load_safetensors(path, other.parameters().named()), DataError);
    std::filesystem::remove(path);
}

TEST_CASE("dropout: masks depend on sample and epoch, not on the batch, nor on other layers' masks") {
    Sequential<double> net({40}, {Dropout{0.5}, Dropout{0.5}, layer::Dense{3}}, Seed{1});
    const auto x = random_input({4, 40}, 2);
    const auto all = trained(net, x.view(), {9, 4, 6, 2});
    for (std::size_t n = 0; n < 4; ++n) {
        const auto one = trained(net, {x.values.data() + 40 * n, {1, 40}}, {std::vector<std::uint32_t>{9, 4, 6, 2}[n]});
        for (std::size_t k = 0; k < 3; ++k) CHECK(one[k] == Approx(all[3 * n + k]).epsilon(1e-13));
    }
    CHECK((trained(net, x.view(), {9, 4, 6, 2}) == all));
    CHECK((trained(net, x.view(), {9, 4, 6, 2}, 1) != all));
    // Two layers with the same mask would keep half of the units, with masks of their own a quarter.
    Sequential<double> masks({10000}, {Dropout{0.5}, Dropout{0.5}}, Seed{1});
    const std::vector<double> ones(10000, 1);
    const auto kept = std::ranges::count(trained(masks, {ones.data(), {1, 10000}}, {3}), 4.0);
    CHECK(std::abs(static_cast<double>(kept) - 2500) < 4 * std::sqrt(10000 * 0.25 * 0.75));
    CHECK((evaluated(masks, {{1, 10000}, ones}) == ones));
}

TEST_CASE("a network with two modes learns, as a pure function of its arguments") {
    const auto make = [] {
        return Sequential<float>({1, 28, 28},
                                 {layer::Conv2d{.channels = 4, .stride = 2}, BatchNorm{}, Activate{Activation::relu},
                                  Residual{layer::Conv2d{.channels = 4}, BatchNorm{}, Activate{Activation::relu}},
                                  layer::MaxPool2d{}, Flatten{}, Dropout{0.3}, layer::Dense{10}},
                                 Seed{2});
    };
    auto net = make(), twin = make();
    const TrainOptions options{.epochs = 5,
                               .batch_size = 30,
                               .optimizer = Adam{.lr = 3e-3},
                               .seed = 4,
                               .validation = &digits().test,
                               .early_stopping = EarlyStopping{.patience = 5}};
    const double before = accuracy(net, digits().test);
    const auto history = train(net, digits().train, Replacement{0.2}, options);
    CHECK(history.validation.back().accuracy > before + 0.3);
    CHECK(train(twin, digits().train, Replacement{0.2}, options).loss == history.loss);
    CHECK(std::ranges::equal(net.parameters().values(), twin.parameters().values()));
    // The best epoch's buffers are restored too.
    CHECK(evaluate(net, digits().test).loss == history.validation[*history.best_epoch].loss);
    auto reseeded = options;
    reseeded.seed = 5;
    auto other = make();
    CHECK(train(other, digits().train, Replacement{0.2}, reseeded).loss != history.loss);
}

TEST_CASE("impossible sequences are refused") {
    const auto refused = [](const Shape& image, std::vector<Layer<double>> layers, const std::string& words) {
        CHECK_THROWS_WITH(Sequential<double>(image, std::move(layers), Seed{1}), Catch::Contains(words));
    };
    refused({4}, {layer::Dense{0}}, "layer::Dense: units (= 0)");
    refused({4}, {layer::Conv2d{.channels = 2}}, "layer::Conv2d: the input's shape (= (4))");
    refused({1, 4, 4}, {layer::Conv2d{}}, "channels (= 0)");
    refused({1, 4, 4}, {layer::Conv2d{.channels = 2, .kernel = 7, .padding = 1}}, "(1, 4, 4)");
    refused({1, 4, 4}, {layer::Conv2d{.channels = 2}}, "the last layer's output shape (= (2, 4, 4))");
    refused({4}, {layer::MaxPool2d{}}, "layer::MaxPool2d");
    refused({1, 4, 4}, {layer::MaxPool2d{.kernel = 5}}, "max_pool2d");
    refused({4}, {Residual{layer::Dense{3}}}, "layer::Residual: the block's output shape (= (3))");
    refused({4}, {Dropout{1}}, "layer::Dropout: p (= 1)");
    refused({4}, {BatchNorm{.eps = 0}}, "layer::BatchNorm: eps");
    refused({4}, {BatchNorm{.momentum = 0}}, "layer::BatchNorm: momentum");
    refused({4, 4}, {Flatten{}}, "Sequential: the image's shape (= (4, 4))");
    refused({0}, {layer::Dense{3}}, "have no extent 0");
    const Sequential<double> net({1, 4, 4}, {Flatten{}, layer::Dense{3}}, Seed{1});
    CHECK_THROWS_WITH(evaluated(net, random_input({2, 15}, 1)), Catch::Contains("(2, 15)"));
    Sequential<double> norm({4}, {BatchNorm{}}, Seed{1});
    const auto one = random_input({1, 4}, 1);
    CHECK_THROWS_WITH(trained(norm, one.view(), {}), Catch::Contains("batch of one sample"));
}

}  // namespace sequential_test
