// A sweep of one's own that ends with a page like those of the studies: figures, a table of fits, the answer on top.
#include <cstdio>

#include <pstar/data.hpp>
#include <pstar/experiment.hpp>
#include <pstar/report.hpp>

int main() {
    pstar::Experiment experiment{.data = pstar::synthetic_digits({.train = 2000, .test = 500}),
                                 .settings = {.epochs = 3, .seed = pstar::Seed{1}}};
    const std::vector<double> strengths{0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
    const auto results =
        pstar::run(experiment, {.strengths = strengths, .widths = {8, 32}, .depths = {1}, .repeats = 3});
    const auto curves = pstar::fit_curves(results);
    const auto named = pstar::named_curves(curves);

    const std::filesystem::path out = "pstar-out/my_sweep";
    std::filesystem::create_directories(out);
    pstar::ReportPage page("Where does accuracy break?", "synthetic digits, 3 seeds");
    page.highlight(curves.back().fit.explanation + " p* = " + pstar::in_words(curves.back().fit.p_star));
    page.figure(pstar::accuracy_figure(named), out, "accuracy", "Accuracy against p, with standard errors over seeds.");
    page.figure(pstar::corruption_strip(experiment.data.test, experiment.corruptions.at("replacement"), strengths), out,
                "strip", "What the networks see.");
    page.table(pstar::fits_header(), pstar::fits_rows(named));
    page.write(out / "report.html");
    std::printf("%s\n", (out / "report.html").c_str());
}
