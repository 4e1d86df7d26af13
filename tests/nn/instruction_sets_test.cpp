#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "instruction_sets.hpp"

namespace nn_instruction_sets_test {

using namespace pstar;

namespace {

/// The weights after a short training, and the loss on test images.
template <class Make>
std::vector<float> learned(const Make& make, const TrainTest& digits, const TrainOptions& options) {
    auto net = make();
    const Replacement channel{0.3};
    train(net, digits.train, channel, options);
    const auto values = net.parameters().values();
    std::vector<float> result(values.begin(), values.end());
    result.push_back(static_cast<float>(evaluate(net, digits.test, channel).loss));
    return result;
}

template <class Make>
void check_sets(const Make& make, const TrainTest& digits, const TrainOptions& options) {
    std::vector<float> first;
    for_each_instruction_set([&](detail::InstructionSet set) {
        const auto found = learned(make, digits, options);
        if (first.empty()) first = found;
        double apart = 0;  // where rounding differs, a weight moves by a few steps of its optimiser
        for (std::size_t i = 0; i < found.size(); ++i)
            apart = std::max(apart, std::abs(static_cast<double>(found[i] - first[i])));
        CAPTURE(static_cast<int>(set), found.size());
        CHECK(apart <= (fuses(set) ? 0 : 2e-2));
    });
}

}  // namespace

TEST_CASE("networks learn the same weights, bit for bit, with every instruction set that fuses multiply and add") {
    const auto digits = synthetic_digits({.train = 200, .test = 50, .seed = 1});
    for (const auto name : activation_names) {
        CAPTURE(std::string(name));
        const auto phi = activation_named(name);
        const auto small_net = [&] { return mlp<float>({784, 19, 10}, phi, Seed{7}); };
        check_sets(small_net, digits, {.epochs = 1, .batch_size = 32});
        check_sets([&] { return cnn<float>({.channels = 3}, phi, Seed{7}); }, digits, {.epochs = 1, .batch_size = 50});
    }
    CAPTURE("relu, 40");
    const auto net = [] { return mlp<float>({784, 40, 40, 10}, Activation::relu, Seed{7}); };
    check_sets(net, digits,
               {.epochs = 2,
                .batch_size = 30,
                .optimizer = Sgd{.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-4},
                .loss = Loss::softmax_mse});
    check_sets(net, digits, {.epochs = 2, .batch_size = 30, .optimizer = Adam{.weight_decay = 1e-3}});
    check_sets([] { return cnn<float>({.channels = 17}, Activation::gelu, Seed{7}); }, digits, {.epochs = 1});
}

}  // namespace nn_instruction_sets_test
