#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <pstar/sweep/host.hpp>
#include <pstar/sweep/run_folder.hpp>

#include "common/cli/flags.hpp"

namespace study {

/// The folder of one study's results. When it is refused, `guarded_main` says so as a mistake of `--out`.
using OutputFolder = pstar::RunFolder;

using pstar::compiler_description;
using pstar::date_and_time;
using pstar::processor_description;

/// What `config.json` says of a study: the settings with the numbers as numbers, and the command that repeats it.
pstar::RunFolderOptions folder_options(const std::string& program, const std::vector<Setting>& settings,
                                       const std::string& command, const std::string& out);
/// The same with the flag `--threads`.
pstar::RunFolderOptions folder_options(const std::string& program, const Flags& flags);

/// The flags of a study that goes on in a folder: of widths, strengths, seeds and so on those that the folder has
/// already, and those of the command line. An axis that the command line does not name stays as it is there.
Flags grown(const std::string& program, Flags flags);

}  // namespace study
