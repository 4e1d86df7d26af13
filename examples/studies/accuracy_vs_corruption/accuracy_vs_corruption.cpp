/// Test accuracy A(p) against corruption strength p: trains networks on corrupted images, one run for every network,
/// strength and seed; fits the curves and writes tables, figures and a report. `--help` lists the flags.
#include "accuracy_report.hpp"
#include "common/run/study_program.hpp"

int main(int argc, char** argv) {
    using namespace study;
    Flags defaults;
    defaults.out = "pstar-out/accuracy_vs_corruption";
    const std::string program = "accuracy_vs_corruption";
    return run_curve_study(
        argc, argv, defaults,
        {.name = program,
         .description = "Traces test accuracy against corruption strength and fits the knee p*.",
         .example =
             program + " --data mnist --width 64,256 --strength 0:1:0.1 --epochs 10 --repeats 5 --out mnist-accuracy",
         .tell = [](const CurveStory& story, const OutputFolder& out, const Grid&, const Outcomes&) {
             if (story.has_figures) draw_curves(story, out);
             write_report(story, out);
             return findings(story);
         }});
}
