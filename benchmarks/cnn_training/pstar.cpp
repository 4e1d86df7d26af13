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

}  // namespace bench
