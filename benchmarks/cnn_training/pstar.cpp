#include "cnn_training/pstar.hpp"

#include <pstar/nn/cnn.hpp>

#include "harness/network_training.hpp"

namespace bench {

MakeTraining pstar_cnn_training(std::size_t channels) {
    return [channels](const pstar::Dataset& data, const Recipe& recipe) {
        const pstar::CnnOptions sizes{.height = data.height(),
                                      .width = data.width(),
                                      .image_channels = data.channels(),
                                      .channels = channels,
                                      .classes = data.classes};
        return training_of(data, recipe, pstar::cnn<float>(sizes, pstar::Activation::relu, pstar::Seed{1}));
    };
}

double cnn_operations(std::size_t channels, std::size_t pixels) {
    const auto c = static_cast<double>(channels), n = static_cast<double>(pixels);
    const double first = n * 9 * c, second = n / 4 * 9 * c * 2 * c, dense = n / 16 * 2 * c * 128 + 128 * 10;
    return 2 * (2 * first + 3 * second + 3 * dense);
}

}  // namespace bench
