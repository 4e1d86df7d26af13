#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include <pstar/data/dataset.hpp>

namespace bench {

/// Runs a sweep on so many threads; the train loss and the test accuracy of each run.
using RunSweep = std::function<std::vector<double>(std::size_t threads)>;

inline constexpr std::size_t sweep_strengths = 11;

/// Runs of a few tens of milliseconds: 11 strengths times `repeats`, width 64, 2,000 training and 1,000 test images.
RunSweep small_sweep(const pstar::Dataset& images, std::size_t repeats);

}  // namespace bench
