#pragma once

#include <span>
#include <string_view>

#include "harness/task.hpp"

namespace bench {

/// One folder of this one.
struct Task {
    std::string_view name, title;
    Result (*run)(const Setting&);
    bool pinned = true;         ///< to one core; otherwise the task itself says what runs where
    bool all_cores = false;     ///< worth a second part on all cores
    bool uses_blas = false;     ///< so much that another choice of OpenBLAS's kernels is worth a part
    bool uses_vectors = false;  ///< of our own so much that narrower ones are worth a part
    bool compares = true;       ///< contenders: there is something to check
};

/// In the order of the report.
std::span<const Task> all_tasks();
/// Throws `std::invalid_argument`.
const Task& task_named(std::string_view name);

}  // namespace bench
