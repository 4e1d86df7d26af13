// A study of one's own, as README and docs show it: a spatial corruption and a residual network in a swept,
// journalled grid, on threads or on the processes of mpirun. What is written does not depend on how it was run.
//     own_study FOLDER [mpi]
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/analysis/accuracy_curve.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/tables.hpp>
#include <pstar/sweep/journal.hpp>

#include "../examples/residual_mlp.hpp"
#include "experiment/own_study/occlusion.hpp"

#ifdef PSTAR_HAS_MPI
#include <pstar/sweep/mpi.hpp>
#endif

namespace {

void study(const std::string& folder, bool is_root, const pstar::Executor& executor) {
    pstar::Experiment experiment{.data = pstar::synthetic_digits({.train = 600, .test = 200, .seed = 1}),
                                 .settings = {.epochs = 3, .seed = pstar::Seed{1}}};
    experiment.corruption("occlusion", [](double k) { return own_study::Occlusion{k}; });
    experiment.model("residual", [](const pstar::ModelSpec& spec, const pstar::Dataset& images, pstar::Seed seed) {
        return ResidualMlp<float>(images.pixels(), spec.width, images.classes, seed);
    });
    const pstar::ExperimentGrid grid{.models = {"mlp", "residual"},
                                     .corruptions = {"occlusion"},
                                     .strengths = {0, 8, 14, 20, 26},
                                     .widths = {16},
                                     .depths = {1},
                                     .repeats = 3};
    std::unique_ptr<pstar::Journal> journal;
    if (is_root)
        journal = std::make_unique<pstar::Journal>(folder + "/journal.jsonl", pstar::configuration(experiment));
    const auto results = pstar::run(experiment, grid, {.threads = 2, .executor = executor, .journal = journal.get()});
    if (!is_root) return;
    pstar::write_runs_csv(folder + "/runs.csv", results);
    for (const auto& curve : pstar::accuracy_curves(results, pstar::TestImages::clean))
        std::printf("%s: %s\n", curve.run.model.c_str(), pstar::fit_curve(curve).fit.explanation.c_str());
}

}  // namespace

int main(int count, char** words) {
    try {
        const std::string folder = words[1];
#ifdef PSTAR_HAS_MPI
        if (count > 2) {
            pstar::Mpi mpi(count, words);
            study(folder, mpi.is_root(), mpi.executor());
            return 0;
        }
#endif
        study(folder, true, {});
        return count > 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "own_study: %s\n", error.what());
        return 1;
    }
}
