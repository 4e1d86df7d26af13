/// Do CNNs tolerate a larger p* than MLPs? Trains both kinds on the same corrupted images with the same seeds, traces
/// their accuracy curves, and compares midpoints at equal data and at equal numbers of parameters. `--help` lists the
/// flags.
#include "common/run/study_program.hpp"
#include "comparison_report.hpp"

int main(int argc, char** argv) {
    using namespace study;
    Flags defaults;
    defaults.out = "pstar-out/mlp_vs_cnn";
    defaults.train = {10'000};
    defaults.test = 1000;
    defaults.width = {256};
    defaults.channels = {8};
    defaults.epochs = 6;
    defaults.optimizer = "sgd";
    defaults.repeats = {5, 5, 0};
    const std::string program = "mlp_vs_cnn";
    return run_curve_study(
        argc, argv, defaults,
        {.name = program,
         .description = "Asks whether CNNs tolerate more corruption than MLPs: is p*(CNN) > p*(MLP)?",
         .example = program + " --data mnist --width 64,256 --channels 8,32 --repeats 10 --out mnist-mlp-vs-cnn",
         .choose_networks =
             [](Flags& flags, const pstar::TrainTest& data) {
                 flags.networks = networks_to_compare(flags, data.train);
             },
         .tell =
             [](const CurveStory& story, const OutputFolder& out, const Grid& grid, const Outcomes& outcomes) {
                 const auto comparisons = compare_networks(story, grid, outcomes);
                 write_comparison_csv(out / "comparison.csv", comparisons);
                 if (story.has_figures) draw_curves(story, out), draw_midpoints(story, out);
                 write_report(story, comparisons, out);
                 return answers(story, comparisons);
             }});
}
