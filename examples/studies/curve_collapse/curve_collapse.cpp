/// Finite-size scaling of accuracy curves from any CSV: fits at every size, shift, sharpening, collapse. `--help` lists
/// the flags.
#include <string>

#include <fmt/format.h>

#include "collapse_analysis.hpp"
#include "collapse_flags.hpp"
#include "collapse_report.hpp"
#include "common/cli/guarded_main.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/output_folder.hpp"
#include "curve_table.hpp"

int main(int argc, char** argv) {
    using namespace study;
    const std::string program = "curve_collapse";
    const auto parsed = parse_collapse_flags(argc, argv, program);
    if (parsed.exit_code) return *parsed.exit_code;
    return guarded_main(program, [&] {
        const auto& flags = parsed.flags;
        const OutputFolder out(folder_options(program, flags.settings(), flags.command(program), flags.out));
        const auto table = read_curves(flags.inputs, flags.columns);
        out.make();
        out.set_state(pstar::RunState::running);
        const auto groups = analyse(table, flags);
        const CollapseStory story{flags, table, groups, flags.command(program), can_draw()};
        write_collapse_tables(story, out);
        if (story.has_figures) draw_collapse_figures(story, out);
        write_collapse_report(story, out);
        out.set_state(pstar::RunState::complete);
        tell(out, collapse_findings(story));
        return 0;
    });
}
