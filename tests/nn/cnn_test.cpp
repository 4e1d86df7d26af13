#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/autodiff/reshape.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/io/json_file.hpp>
#include <pstar/io/safetensors.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/train.hpp>

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "reference/derivatives.hpp"

namespace cnn_test {

using namespace pstar;
using reference::check_derivatives;
using reference::random_input;

namespace {

const std::string fixtures = PSTAR_SOURCE_DIR "/tests/fixtures/";
constexpr CnnOptions small{
    .height = 9, .width = 13, .image_channels = 2, .channels = 3, .blocks = 2, .hidden = 5, .classes = 4};

void flatten_json(const nlohmann::json& array, std::vector<double>& out) {
    if (array.is_array())
        for (const auto& item : array) flatten_json(item, out);
    else
        out.push_back(array.get<double>());
}
std::vector<double> flat(const nlohmann::json& array) {
    std::vector<double> out;
    flatten_json(array, out);
    return out;
}

template <class Scalar>
void check_close(std::span<const Scalar> ours, const std::vector<double>& theirs, double tolerance) {
    REQUIRE(ours.size() == theirs.size());
    double scale = 0;
    for (const double v : theirs) scale = std::max(scale, std::abs(v));
    for (std::size_t i = 0; i < theirs.size(); ++i)
        CHECK(std::abs(static_cast<double>(ours[i]) - theirs[i]) <= tolerance * scale);
}

/// PyTorch's parameters, rounded to float, then its logits, loss and every gradient.
template <class Scalar>
void compare(double tolerance) {
    const auto fixture = read_json(fixtures + "cnn.json");
    auto single = cnn<float>(small, Activation::relu, Seed{1});
    load_safetensors(fixtures + "cnn_f32.safetensors", single.parameters().named());
    auto net = cnn<Scalar>(small, Activation::relu, Seed{1});
    std::ranges::copy(single.parameters().values(), net.parameters().values().begin());
    const auto inputs = flat(fixture["inputs"]);
    const std::vector<Scalar> images(inputs.begin(), inputs.end());
    const std::vector<Label> labels = fixture["labels"];

    Tape<Scalar> tape;
    const auto leaves = net.parameters().record(tape);
    const auto x = tape.input({images.data(), {5, 2 * 9 * 13}});
    const auto logits = net(x, leaves);
    check_close(logits.value().elements(), flat(fixture["logits"]), tolerance);
    const auto value = cross_entropy(logits, labels);
    CHECK(std::abs(static_cast<double>(value.item()) - fixture["cross_entropy"]["loss"].get<double>()) <= tolerance);
    backward(value);
    const auto names = net.parameters().named();
    for (std::size_t i = 0; i < names.size(); ++i)
        check_close(gradient(leaves[i]).elements(), flat(fixture["cross_entropy"]["gradients"][names[i].name]),
                    tolerance);
    check_close(gradient(x).elements(), flat(fixture["image_gradients"]), tolerance);
}

}  // namespace

TEST_CASE("a convolutional network: logits, loss and gradients equal PyTorch's") {
    compare<double>(1e-13);
    compare<float>(1e-5);
}

TEST_CASE("a convolutional network's parameters have the names and shapes of PyTorch's module") {
    const auto fixture = read_json(fixtures + "cnn.json");
    const auto net = cnn<float>(small, Activation::relu, Seed{1});
    const auto named = net.parameters().named();
    REQUIRE(named.size() == fixture["shapes"].size());
    for (const auto& tensor : named) CHECK(fixture["shapes"][tensor.name] == tensor.shape);

    const auto path =
        std::filesystem::temp_directory_path() / ("pstar_cnn_" + std::to_string(::getpid()) + ".safetensors");
    save_safetensors(path, named);
    auto twin = cnn<float>(small, Activation::relu, Seed{2});
    load_safetensors(path, twin.parameters().named());
    CHECK(std::ranges::equal(net.parameters().values(), twin.parameters().values()));
    auto wider = small;
    wider.channels = 4;
    auto other = cnn<float>(wider, Activation::relu, Seed{2});
    CHECK_THROWS_AS(load_safetensors(path, other.parameters().named()), DataError);
    std::filesystem::remove(path);
}

TEST_CASE("a convolutional network is its layers one after the other") {
    const std::vector<Label> labels{1, 0, 2};
    for (const std::size_t blocks : {0, 1, 2, 3}) {
        for (const auto phi : {Activation::relu, Activation::tanh, Activation::gelu}) {
            CAPTURE(blocks, to_string(phi));
            const auto net = cnn<double>({.height = 9,
                                          .width = 10,
                                          .image_channels = 3,
                                          .channels = 2,
                                          .blocks = blocks,
                                          .hidden = 4,
                                          .classes = 3},
                                         phi, Seed{3});
            const auto x = random_input({3, 3, 9, 10}, 1);
            const auto by_hand = [&](Tape<double>& tape, Variable<double> y, const Leaves<double>& leaves) {
                for (std::size_t b = 0; b < blocks; ++b)
                    y = max_pool2d(activate(conv2d(y, leaves[2 * b], leaves[2 * b + 1], {.padding = 1}), phi));
                y = activate(dense(flatten(y), leaves[2 * blocks], leaves[2 * blocks + 1]), phi);
                y = dense(y, leaves[2 * blocks + 2], leaves[2 * blocks + 3]);
                tape.backward(cross_entropy(y, labels));
                return y;
            };
            Tape<double> tape, twin;
            const auto leaves = net.parameters().record(tape), theirs = net.parameters().record(twin);
            const auto input = tape.input(x.view()), their_input = twin.input(x.view());
            const auto logits = net(input, leaves), expected = by_hand(twin, their_input, theirs);
            backward(cross_entropy(logits, labels));
            for (std::size_t i = 0; i < 9; ++i)
                CHECK(logits.value().data[i] == Approx(expected.value().data[i]).margin(1e-13));
            for (std::size_t k = 0; k < net.parameters().count(); ++k)
                for (std::size_t i = 0; i < net.parameters()[k].size(); ++i)
                    CHECK(gradient(leaves[k]).data[i] == Approx(gradient(theirs[k]).data[i]).margin(1e-13));
            for (std::size_t i = 0; i < x.values.size(); ++i)
                CHECK(gradient(input).data[i] == Approx(gradient(their_input).data[i]).margin(1e-13));
        }
    }
}

TEST_CASE("a convolutional network: derivatives with respect to parameters and images") {
    const std::vector<Label> labels{1, 0};
    const auto net = cnn<double>({.height = 4, .width = 5, .channels = 2, .blocks = 2, .hidden = 3, .classes = 3},
                                 Activation::tanh, Seed{4});
    std::vector<reference::Input> inputs{random_input({2, 20}, 1)};
    for (std::size_t i = 0; i < net.parameters().count(); ++i) {
        const auto p = net.parameters()[i];
        inputs.push_back({p.shape, std::vector<double>(p.data, p.data + p.size())});
    }
    // Steps of 2e-5 change no window's winner here.
    check_derivatives([&](auto& x) { return cross_entropy(net(x[0], Leaves<double>{x[1]}), labels); }, inputs, 1e-5);
}

TEST_CASE("a convolutional network learns, and training is a pure function of its arguments") {
    const auto digits = synthetic_digits({.train = 600, .test = 300, .seed = 3});
    const TrainOptions options{.epochs = 4, .batch_size = 32, .optimizer = Adam{.lr = 3e-3}, .seed = 5};
    const CnnOptions sizes{.channels = 4, .hidden = 32};
    auto net = cnn<float>(sizes, Activation::relu, Seed{1}), twin = cnn<float>(sizes, Activation::relu, Seed{1});
    const double before = accuracy(net, digits.test);
    const auto history = train(net, digits.train, Replacement{0.2}, options);
    CHECK(history.status == TrainStatus::finished);
    CHECK(history.loss.back() < 0.6 * history.loss.front());
    CHECK(accuracy(net, digits.test) > before + 0.3);
    CHECK(train(twin, digits.train, Replacement{0.2}, options).loss == history.loss);
    CHECK(std::ranges::equal(net.parameters().values(), twin.parameters().values()));
}

TEST_CASE("a convolutional network: weights are uniform in +-1/sqrt(fan_in)") {
    const auto net = cnn<float>({.channels = 8}, Activation::relu, Seed{5});
    CHECK(net.inputs() == 784);
    CHECK(net.outputs() == 10);
    for (std::size_t i = 0; i < net.parameters().count(); ++i) {
        const auto bound = 1 / std::sqrt(static_cast<double>(net.parameters()[i - i % 2].shape.columns()));
        double largest = 0;
        for (const float v : net.parameters()[i].elements())
            largest = std::max(largest, static_cast<double>(std::abs(v)));
        CHECK(largest <= bound * (1 + 1e-6));  // rounded to float
        // The largest of 8 draws, the fewest there are, is below bound/4 with probability 4^-8.
        CHECK(largest > 0.25 * bound);
    }
}

TEST_CASE("impossible convolutional networks are refused") {
    CHECK_THROWS_WITH(cnn<float>({.height = 28, .width = 7, .blocks = 3}, Activation::relu, Seed{1}),
                      Catch::Contains("blocks (= 3)") && Catch::Contains("(1, 28, 7)"));
    CHECK_NOTHROW(cnn<float>({.height = 28, .width = 8, .channels = 1, .blocks = 3}, Activation::relu, Seed{1}));
    CHECK_THROWS_WITH(cnn<float>({.channels = 0}, Activation::relu, Seed{1}), Catch::Contains("channels"));
    CHECK_THROWS_AS(cnn<float>({.classes = 0}, Activation::relu, Seed{1}), std::invalid_argument);
    CHECK_THROWS_AS(cnn<float>({.blocks = 1000}, Activation::relu, Seed{1}), std::invalid_argument);
    const auto net = cnn<double>(small, Activation::relu, Seed{1});
    Tape<double> tape;
    const auto wrong = random_input({2, 100}, 1);
    CHECK_THROWS_WITH(net(tape.constant(wrong.view())), Catch::Contains("(2, 100)"));
}

}  // namespace cnn_test
