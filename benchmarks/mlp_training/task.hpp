#pragma once

#include "harness/task.hpp"

namespace bench {

/// Samples trained per second, corruption included.
Result mlp_training_task(const Setting& setting);

}  // namespace bench
