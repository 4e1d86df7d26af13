/// How well does the classical pipeline stand corruption? A restricted Boltzmann machine with softmax regression on its
/// features, softmax regression on the pixels and an MLP learn from the same corrupted images. `--help` lists the
/// flags.
#include "common/run/curve_study.hpp"
#include "rbm_figures.hpp"

namespace {

/// The RBMs of `--rbm-components`, softmax regression on pixels, and the MLPs of `--width`.
std::vector<pstar::ModelSpec> models_to_compare(const study::Flags& flags) {
    std::vector<pstar::ModelSpec> models;
    for (const auto components : flags.rbm->components) models.push_back({"rbm", components, 1});
    if (flags.rbm->plain)
        for (const auto components : flags.rbm->components) models.push_back({"rbm_plain", components, 1});
    models.push_back({"softmax", 0, 0});
    for (const auto width : flags.width) models.push_back({"mlp", width, flags.depth.at(0)});
    return models;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace study;
    Flags defaults;
    defaults.out = "pstar-out/rbm_baseline";
    defaults.train = {4000};
    defaults.test = 1000;
    defaults.strength = {0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
    defaults.width = {256};
    defaults.rbm = RbmFlags{};
    defaults.epochs = 6;
    defaults.optimizer = "sgd";
    defaults.repeats = {3, 3, 0};
    const std::string program = "rbm_baseline";
    return run_curve_study(
        argc, argv, defaults,
        {.name = program,
         .description = "Accuracy against corruption of a restricted Boltzmann machine with softmax regression on its "
                        "features, of softmax regression on the pixels, and of an MLP.",
         .example = program + " --data mnist --rbm-components 256,500 --rbm-n-iter 10 --repeats 5 --out mnist-rbm",
         .table = "comparison.csv",
         .choose_networks = [](Flags& flags, const pstar::Experiment&) { flags.networks = models_to_compare(flags); },
         .tell =
             [](const CurveStory& story, const OutputFolder& out) {
                 const auto rankings = pstar::rank_models(story.results);
                 pstar::write_model_ranking_csv(out / "comparison.csv", rankings);
                 const auto rbms = train_rbms(story);
                 write_rbms_csv(out / "rbms.csv", story, rbms);
                 write_spectra_csv(out / "spectra.csv", story, rbms);
                 if (story.has_figures) draw_curves(story, out), draw_rbms(story, rbms, out);
                 return write_baseline_report(story, rankings, rbms, out);
             }});
}
