#pragma once

#include "harness/training.hpp"

namespace bench {

/// pixels - width - width - classes, ReLU
MakeTraining pstar_mlp_training(std::size_t width);

}  // namespace bench
