#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/cli/flags.hpp"
#include "common/report/pictures.hpp"
#include "common/run/output_folder.hpp"
#include "common/run/study_runs.hpp"

/// How every study ends.
namespace study {

/// Whether figures can be drawn; says so on stderr if not, and how to get them.
bool can_draw();

/// Ends a report: the configuration, the command, and `beside`, what lies in the folder, with links to its tables.
void add_origins(Report& report, std::span<const Setting> settings, const std::string& command,
                 const std::string& beside, const OutputFolder& out);

/// What a study ends with.
struct Conclusion {
    std::string study;
    std::vector<std::string> found;  ///< sentences
    Tally runs = {};
    std::string table = {};  ///< the file with its results
    bool as_json = false;    ///< one line for scripts, in place of the sentences
};

/// Marks the folder as done, tells on the terminal what was found and where the report lies, and returns the exit
/// status: 0, or 1 if a run failed. As JSON: study, state, report, how many runs ended how, the sentences, and the rows
/// of the table, where what is no finite number is null.
int conclude(const OutputFolder& out, const Conclusion& conclusion);

}  // namespace study
