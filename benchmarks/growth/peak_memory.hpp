#pragma once

#include <functional>

namespace bench {

/// The bytes that memory in use grows by at most while `work()` runs; 0 where Linux does not tell.
double peak_memory_of(const std::function<void()>& work);

}  // namespace bench
