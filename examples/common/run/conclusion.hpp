#pragma once

#include <span>
#include <string>

#include "common/cli/flags.hpp"
#include "common/report/report.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/sweep_runs.hpp"

/// How every study ends.
namespace study {

/// Whether figures can be drawn; says so on stderr if not, and how to get them.
bool can_draw();

/// Ends a report: the configuration, the command, and `beside`, what lies in the folder.
void add_origins(Report& report, std::span<const Setting> settings, const std::string& command,
                 const std::string& beside);

/// Tells on the terminal what was found, and where the report lies.
void tell(const OutputFolder& out, std::span<const std::string> found);

/// Marks the folder as done, tells on the terminal what was found, and returns the exit status.
int conclude(const OutputFolder& out, const Tally& ended, std::span<const std::string> found);

}  // namespace study
