#pragma once

#include "harness/task.hpp"

namespace bench {

/// Samples trained per second by a convolutional network, corruption included.
Result cnn_training_task(const Setting& setting);

}  // namespace bench
