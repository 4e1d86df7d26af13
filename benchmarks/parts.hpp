#pragma once

#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/options.hpp"
#include "tasks.hpp"

/// Each part of a task runs in a process of its own, because processors, the number of BLAS threads and OpenBLAS's
/// kernels are chosen when a process starts.
namespace bench {

/// One part, in this process: the task's result and "machine", "cores".
nlohmann::json work(const Options& options);

/// All parts of a task, each by `self` or its sibling for AVX2 as a worker: on one core as it is here, and where it
/// makes a difference with less than this host offers; last on all cores. With `--quick` no part with less.
std::vector<nlohmann::json> run_parts(const Task& task, const std::filesystem::path& self, const Options& options);

}  // namespace bench
