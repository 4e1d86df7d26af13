#pragma once

#include <cstddef>

#include <pstar/data/dataset.hpp>

#include "common/cli/flags.hpp"

namespace study {

/// Throws `UsageError` where the kernels that the flags ask for cannot be: of more images than there are, or those of
/// `at_once` runs larger than the machine's memory.
void check_kernels(const Flags& flags, const pstar::TrainTest& data, std::size_t at_once);

}  // namespace study
