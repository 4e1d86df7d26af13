#pragma once

#include "harness/task.hpp"

namespace bench {

/// Empirical tangent kernels of an MLP and a CNN.
Result ntk_task(const Setting& setting);

}  // namespace bench
