#pragma once

#include "harness/task.hpp"

namespace bench {

/// Softmax regression on the features of a restricted Boltzmann machine, 60,000 x 256.
Result softmax_regression_task(const Setting& setting);

}  // namespace bench
