#include "common/run/conclusion.hpp"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

#include <pstar/core/blas.hpp>
#include <pstar/version.hpp>

#include "common/cli/text.hpp"
#include "common/report/figure.hpp"

namespace study {

bool can_draw() {
    if (has_gnuplot()) return true;
    note("gnuplot is not installed: figures are left out (apt-get install gnuplot-nox, run again).\n");
    return false;
}

void add_origins(Report& report, std::span<const Setting> settings, const std::string& command,
                 const std::string& beside) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& setting : settings)
        rows.push_back({setting.word, fmt::format("{}", fmt::join(setting.values, ", "))});
    rows.push_back({"pstar", PSTAR_VERSION});
    rows.push_back({"compiler", compiler_description()});
    rows.push_back({"BLAS", pstar::blas_description()});
    rows.push_back({"processor", processor_description()});
    report.heading("Configuration");
    report.table({"setting", "value"}, rows);
    report.heading("The command that made this page");
    report.command(command);
    report.paragraph(beside);
}

void tell(const OutputFolder& out, std::span<const std::string> found) {
    fmt::print("\n");
    for (const auto& line : found) fmt::print("{}\n", line);
    fmt::print("\nReport: {}\n", (out / "report.html").string());
}

int conclude(const OutputFolder& out, const Tally& ended, std::span<const std::string> found) {
    out.set_state(ended.failed == 0 ? pstar::RunState::complete : pstar::RunState::partial);
    tell(out, found);
    if (ended.failed > 0)
        note("{} of {} failed: {}\nTo run them again, add --retry-failed.\n", ended.failed,
             counted(ended.ended(), "run"), ended.first_error);
    return ended.failed == 0 ? 0 : 1;
}

}  // namespace study
