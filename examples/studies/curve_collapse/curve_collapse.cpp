/// Finite-size scaling of accuracy curves from any CSV: fits at every size, shift, sharpening, collapse. `--help` lists
/// the flags.
#include <string>
#include <vector>

#include <pstar/experiment/analysis/curve_table.hpp>
#include <pstar/experiment/analysis/scaling_tables.hpp>

#include "collapse_flags.hpp"
#include "collapse_report.hpp"
#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/output_folder.hpp"

int main(int argc, char** argv) {
    using namespace study;
    const std::string program = "curve_collapse";
    const auto parsed = parse_collapse_flags(argc, argv, program);
    if (parsed.exit_code) return *parsed.exit_code;
    return guarded_main(program, [&] {
        const auto& flags = parsed.flags;
        quiet() = flags.quiet;
        auto folder = folder_options(program, flags.settings(), flags.command(program), flags.out);
        folder.axes = {
            "test-images", "lower", "upper",      "level",       "family",     "p-c",      "nu",
            "zeta",        "seed",  "p-c-beyond", "negative-nu", "correction", "bootstrap"};  // all is done anew
        const OutputFolder out(folder);
        const auto table = pstar::read_curves(flags.inputs, flags.columns);
        for (const auto& assumed : table.notes) note("{}.\n", assumed);
        out.make();
        out.set_state(pstar::RunState::running);
        std::vector<pstar::GroupAnalysis> groups;
        for (const auto& group : table.groups)
            groups.push_back({group.name, pstar::analyse_sizes(group.sizes, flags.scaling_options())});
        pstar::write_size_fits_csv(out / "fits.csv", groups);
        pstar::write_collapse_csv(out / "collapse.csv", groups);
        pstar::write_proxies_csv(out / "proxies.csv", groups);
        const CollapseResults results{flags, table, groups, flags.command(program), can_draw()};
        write_collapse_fits_tex(results, out / "fits.tex");
        if (results.has_figures) draw_collapse_figures(results, out);
        write_collapse_report(results, out);
        return conclude(
            out,
            {.study = program, .found = collapse_findings(results), .table = "collapse.csv", .as_json = flags.json});
    });
}
