#pragma once

#include "harness/task.hpp"

namespace bench {

/// Runs of a small sweep per second, on two threads against one.
Result sweep_task(const Setting& setting);

}  // namespace bench
