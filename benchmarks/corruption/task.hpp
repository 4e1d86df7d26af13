#pragma once

#include "harness/task.hpp"

namespace bench {

/// Pixels corrupted per second, batches of 128 images.
Result corruption_task(const Setting& setting);

}  // namespace bench
