#pragma once

#include "harness/task.hpp"

namespace bench {

/// Runs of a small sweep per second, on as many threads as there are cores against one.
Result sweep_task(const Setting& setting);

}  // namespace bench
