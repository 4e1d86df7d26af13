#pragma once

#include "harness/training.hpp"

namespace bench {

/// `pstar::cnn` with its default sizes but for the channels, ReLU
MakeTraining pstar_cnn_training(std::size_t channels);

/// Multiplications and additions of a step, a sample, as the definitions say: two for each weight at each pixel it is
/// used at, for the output, the weight's gradient and, but for the first layer, the input's gradient.
double cnn_operations(std::size_t channels, std::size_t pixels);

}  // namespace bench
