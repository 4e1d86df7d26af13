#pragma once

#include "harness/task.hpp"

namespace bench {

/// Gradients of the margins of 10,000 images with respect to their pixels, and the reports made of them.
Result margin_gradients_task(const Setting& setting);

}  // namespace bench
