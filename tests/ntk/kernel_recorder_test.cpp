#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/ntk/kernel_recorder.hpp>

#include <functional>
#include <vector>

#include "catch.hpp"

namespace kernel_recorder_test {

using namespace pstar;

TEST_CASE("kernels are recorded before training and after each epoch") {
    const auto digits = synthetic_digits({.train = 200, .test = 12, .seed = 3, .size = 8});
    auto net = mlp<float>({64, 20, 10}, Activation::relu, Seed{1});
    const auto before = empirical_ntk(net, digits.test, NtkOutput::trace);
    std::vector<std::size_t> epochs;
    std::vector<double> distances;
    Tensor<double, 2> last;
    KernelRecorder recorder(net, digits.test, NtkOutput::trace,
                            [&](std::size_t epoch, const auto& kernel, const auto& initial) {
                                epochs.push_back(epoch);
                                distances.push_back((as_matrix(kernel) - as_matrix(initial)).norm());
                                last = kernel;
                            });
    train(net, digits.train, Identity{}, {.epochs = 3, .on_epoch = std::ref(recorder)});
    CHECK(epochs == std::vector<std::size_t>{0, 1, 2, 3});
    CHECK(distances[0] == 0);
    for (std::size_t i = 1; i < 4; ++i) CHECK(distances[i] > distances[i - 1]);
    CHECK((recorder.initial() == before));
    CHECK((last == empirical_ntk(net, digits.test, NtkOutput::trace)));
}

}  // namespace kernel_recorder_test
