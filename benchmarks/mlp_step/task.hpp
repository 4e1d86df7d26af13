#pragma once

#include "harness/task.hpp"

namespace bench {

/// A training step on a batch that is there already, against the matrix products in it.
Result mlp_step_task(const Setting& setting);

}  // namespace bench
