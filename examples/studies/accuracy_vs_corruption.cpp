/// Test accuracy A(p) against corruption strength p: trains networks on corrupted images, one run for every activation,
/// width, strength and seed; fits the curves and writes tables, figures and a report. `--help` lists the flags.
#include <cstdio>

#include <fmt/format.h>

#include <pstar/sweep/accuracy_tables.hpp>

#include "../common/curve_fits.hpp"
#include "../common/figure.hpp"
#include "../common/flags.hpp"
#include "../common/guarded_main.hpp"
#include "../common/output_folder.hpp"
#include "../common/study_data.hpp"
#include "../common/sweep_runs.hpp"
#include "accuracy_report.hpp"

namespace {

using namespace study;

const std::string program = "accuracy_vs_corruption";

std::vector<FittedCurve> fitted_curves(const Flags& flags, const pstar::TrainTest& data,
                                       const std::vector<pstar::AccuracyRun>& runs, const Outcomes& outcomes) {
    std::vector<pstar::AccuracyCurve> curves;
    for (const auto images : test_images_of(flags))
        for (auto& curve : pstar::accuracy_curves(runs, outcomes, images)) curves.push_back(std::move(curve));
    return fit_curves(std::move(curves), data.train.classes, data.test.size());
}

/// What an interrupted study leaves behind: the runs that were finished, unless all were there already.
int stop_early(const OutputFolder& out, const Flags& flags, const std::vector<pstar::AccuracyRun>& runs,
               const Outcomes& outcomes) {
    if (out.was_complete()) {
        fmt::print(stderr, "Interrupted. The complete results of an earlier run stay in {}.\n", out.path().string());
    } else {
        pstar::write_runs_csv(out / "runs.csv", settings_of_runs(flags), runs, outcomes);
        out.set_state("partial");
        fmt::print(stderr, "Interrupted. {} of {} runs are in {}; the same command starts again.\n",
                   runs.size() - tally(outcomes).skipped, runs.size(), (out / "runs.csv").string());
    }
    return 130;
}

int write_results(const OutputFolder& out, const Flags& flags, const pstar::TrainTest& data,
                  const std::vector<pstar::AccuracyRun>& runs, const Outcomes& outcomes) {
    const auto ended = tally(outcomes);
    pstar::write_runs_csv(out / "runs.csv", settings_of_runs(flags), runs, outcomes);
    pstar::write_summary_csv(out / "summary.csv", pstar::summarise(runs, outcomes));
    const auto curves = fitted_curves(flags, data, runs, outcomes);
    write_fits_csv(out / "fits.csv", corruption_of(flags), curves);

    const AccuracyStory story{flags, data, ended, curves, command_of(program, flags), has_gnuplot()};
    if (story.has_figures)
        draw_figures(story, out);
    else
        fmt::print(stderr,
                   "gnuplot is not installed: figures are left out (apt-get install gnuplot-nox, run again).\n");
    write_report(story, out);
    out.set_state(ended.failed == 0 ? "complete" : "partial");

    fmt::print("\n");
    for (const auto& line : findings(story)) fmt::print("{}\n", line);
    fmt::print("\nReport: {}\n", (out / "report.html").string());
    if (ended.failed > 0)
        fmt::print(stderr, "{} of {} runs failed: {}\n", ended.failed, runs.size(), ended.first_error);
    return ended.failed == 0 ? 0 : 1;
}

int run_study(Flags flags) {
    const auto data = load_data(flags);
    const OutputFolder out(program, flags);
    const auto grid = grid_of(flags);
    const auto runs = grid.runs();
    fmt::print(stderr, "{} runs, {} at once, {} training and {} test images -> {}\n", runs.size(),
               runs_at_once(flags, runs.size()), data.train.size(), data.test.size(), out.path().string());
    const auto outcomes = run_all(grid, flags, data);
    if (tally(outcomes).skipped > 0) return stop_early(out, flags, runs, outcomes);
    return write_results(out, flags, data, runs, outcomes);
}

}  // namespace

int main(int argc, char** argv) {
    Flags defaults;
    defaults.out = "pstar-out/accuracy_vs_corruption";
    const auto parsed = parse_flags(
        argc, argv, defaults, "Traces test accuracy against corruption strength and fits the knee p*.",
        program + " --data mnist --width 64,256 --strength 0:1:0.1 --epochs 10 --repeats 5 --out mnist-accuracy");
    if (parsed.exit_code) return *parsed.exit_code;
    return guarded_main(program, [&] { return run_study(parsed.flags); });
}
