#pragma once

#include "harness/training.hpp"

namespace bench {

/// `pstar::cnn` with its default sizes but for the channels, ReLU
MakeTraining pstar_cnn_training(std::size_t channels);

}  // namespace bench
