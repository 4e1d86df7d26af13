#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"

namespace many_classes_test {

using namespace pstar;

TEST_CASE("classes beyond the 256 that a byte tells apart are learnt and counted") {
    // Image n of class n has one white pixel, n: a linear network tells them apart.
    constexpr std::size_t classes = 300;
    Dataset data{.images = Tensor<std::uint8_t, 4>::from_shape({classes, 1, 1, classes}),
                 .labels = Tensor<Label, 1>::from_shape({classes}),
                 .classes = classes};
    data.images.fill(0);
    for (std::size_t n = 0; n < classes; ++n) {
        data.images(n, 0, 0, n) = 255;
        data.labels(n) = static_cast<Label>(n);
    }
    auto net = mlp<float>({classes, classes}, Activation::relu, Seed{1});
    train(net, data, Identity{}, {.epochs = 30, .batch_size = 30, .optimizer = Adam{.lr = 0.1}});
    CHECK(accuracy(net, data) == 1);
    for (auto& label : data.labels) label = static_cast<Label>(label % 256);  // what bytes would make of them
    CHECK(accuracy(net, data) == Approx(256.0 / 300));
}

}  // namespace many_classes_test
