#pragma once

#include "harness/task.hpp"

namespace bench {

/// The posterior of corrupted images over a library of 60,000, for channels that count equal pixels.
Result channel_posterior_task(const Setting& setting);

}  // namespace bench
