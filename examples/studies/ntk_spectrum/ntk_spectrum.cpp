/// How can a network still change? Tangent kernels of networks trained through corruption: their effective rank and
/// entropy against the strength, next to the accuracy. `--help` lists the flags.
#include <pstar/experiment/analysis/spectra_tables.hpp>

#include "common/run/curve_study.hpp"
#include "spectra_report.hpp"

int main(int argc, char** argv) {
    using namespace study;
    Flags defaults;
    defaults.out = "pstar-out/ntk_spectrum";
    defaults.strength = {0, 0.5, 0.8, 0.9, 0.95, 1};
    defaults.width = {256};
    defaults.kernel = KernelFlags{};
    defaults.repeats = {5, 5, 0};
    const std::string program = "ntk_spectrum";
    return run_curve_study(
        argc, argv, defaults,
        {.name = program,
         .description = "Spectra of the tangent kernels of networks trained on corrupted images: does the effective "
                        "rank rise or fall with the corruption?",
         .example = program + " --data mnist --strength 0,0.5,0.8,0.9,0.95,1 --subset 64 --repeats 3 --out mnist-ntk",
         .table = "trends.csv",
         .streams = true,
         .tell = [](const CurveStory& story, const OutputFolder& out) {
             const auto curves = pstar::kernel_spectra(story.results);
             pstar::write_eigenvalues_csv(out / "eigenvalues.csv", story.results.settings.seed, curves);
             pstar::write_spectra_csv(out / "spectra.csv", curves);
             pstar::write_spectra_trends_csv(out / "trends.csv", curves);
             if (story.has_figures) draw_curves(story, out), draw_spectra(story, curves, out);
             return write_spectra_report(story, curves, out);
         }});
}
