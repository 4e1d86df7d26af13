#pragma once

#include <string>

#include <pstar/experiment/experiment.hpp>

#include "common/cli/flags.hpp"
#include "common/run/workers.hpp"

namespace study {

/// `--dry-run`: prints how many runs there are and how many of them a journal in the folder has, how long they will
/// take, how much memory, and the largest; from a measurement of a few seconds. Writes nothing. Throws `UsageError` or
/// `pstar::DataError` if the folder holds another study, as the study itself would.
void estimate_cost(const std::string& program, const Flags& flags, const pstar::Experiment& experiment,
                   const Workers& workers);

}  // namespace study
