// What deformed images are good for: they are more to learn from.
#include <cstdlib>

#include <pstar/corruption/identity.hpp>
#include <pstar/data/deformed.hpp>
#include <pstar/data/mnist.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

#include "catch.hpp"

namespace deformed_training_test {

using namespace pstar;

namespace {

/// The test accuracy of a network that learns from `few` images in 20 epochs, and from 20 times as many deformed ones
/// in one: as many steps.
void check_deformed_teach_more(const TrainTest& data, std::size_t few) {
    const auto images = take(data.train, few);
    const auto accuracy_after = [&](const auto& source, std::size_t epochs) {
        auto net = mlp<float>({784, 64, 10}, Activation::relu, Seed{1});
        const auto history = train(net, source, Identity{}, TrainOptions{.epochs = epochs, .batch_size = 50});
        CHECK(history.steps == 20 * few / 50);
        return accuracy(net, data.test);
    };
    const double plain = accuracy_after(images, 20);
    const double deformed = accuracy_after(Deformed(images, {.count = 20 * few, .first_undeformed = true}), 1);
    CAPTURE(plain, deformed);
    CHECK(plain > 0.6);
    CHECK(deformed > plain);
}

}  // namespace

TEST_CASE("deformed MNIST teaches a network more than the images alone, in as many steps", "[long]") {
    if (const char* folder = std::getenv("PSTAR_MNIST_DIR")) check_deformed_teach_more(load_mnist(folder), 2000);
}

TEST_CASE("so do deformed synthetic digits", "[long]") {
    check_deformed_teach_more(synthetic_digits({.train = 1000, .test = 2000}), 1000);
}

}  // namespace deformed_training_test
