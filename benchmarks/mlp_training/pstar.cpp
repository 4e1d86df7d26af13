#include "mlp_training/pstar.hpp"

#include <pstar/nn/mlp.hpp>

#include "harness/network_training.hpp"

namespace bench {

MakeTraining pstar_mlp_training(std::size_t width) {
    return [width](const pstar::Dataset& data, const Recipe& recipe) {
        return training_of(
            data, recipe,
            pstar::mlp<float>({data.pixels(), width, width, data.classes}, pstar::Activation::relu, pstar::Seed{1}));
    };
}

}  // namespace bench
