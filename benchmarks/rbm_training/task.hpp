#pragma once

#include "harness/task.hpp"

namespace bench {

/// A restricted Boltzmann machine, 784 pixels and 256 hidden units: training steps on batches of 100, features.
Result rbm_training_task(const Setting& setting);

}  // namespace bench
