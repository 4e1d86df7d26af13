/// Do CNNs tolerate a larger p* than MLPs? Trains both kinds on the same corrupted images with the same seeds, traces
/// their accuracy curves, and compares midpoints at equal data and at equal numbers of parameters. `--help` lists the
/// flags.
#include <algorithm>
#include <filesystem>

#include <pstar/experiment/analysis/equal_parameters.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/io/csv_writer.hpp>

#include "common/run/curve_study.hpp"
#include "comparison_report.hpp"

namespace study {
namespace {

using pstar::ModelSpec;

ModelSpec mlp_of(const Flags& flags, std::size_t width) {
    return {.model = "mlp", .width = width, .depth = flags.depth.at(0)};
}
ModelSpec cnn_of(std::size_t channels) {
    return {.model = "cnn", .width = channels, .depth = 2};
}
ModelSpec mlp_as_large_as(const ModelSpec& cnn, const Flags& flags, const pstar::Dataset& images) {
    return pstar::mlp_with_as_many_parameters(cnn, flags.depth.at(0), images, pstar::built_in_models<float>());
}

/// The MLPs of `--mlp-width`, the CNNs of `--cnn-channels`, and for each CNN the MLP with as many parameters if it is
/// not among those.
std::vector<ModelSpec> networks_to_compare(const Flags& flags, const pstar::Dataset& images) {
    std::vector<ModelSpec> networks;
    for (const auto width : flags.width) networks.push_back(mlp_of(flags, width));
    for (const auto channels : flags.channels) networks.push_back(cnn_of(channels));
    for (const auto channels : flags.channels)
        if (const auto mlp = mlp_as_large_as(cnn_of(channels), flags, images);
            std::ranges::find(networks, mlp) == networks.end())
            networks.push_back(mlp);
    return networks;
}

/// Every CNN against every MLP of `--mlp-width` and against the one with as many parameters, everything else equal.
std::vector<NetworkComparison> compare_networks(const CurveStory& story) {
    const auto& images = story.data.train;
    const auto models = pstar::built_in_models<float>();
    const auto parameters = [&](const pstar::RunKey& run) {
        return pstar::parameter_count(models, run.spec(), images);
    };
    std::vector<NetworkComparison> result;
    const auto ask = [&](Basis basis, const pstar::FittedCurve& cnn, const ModelSpec& network) {
        const auto mlp = std::ranges::find_if(story.curves, [&](const auto& curve) {
            const auto& run = curve.measured.run;
            return run.model == network.model && run.width == network.width && run.depth == network.depth &&
                   pstar::differ_in_model_alone(curve.measured, cnn.measured);
        });
        result.push_back({basis, &cnn, &*mlp, parameters(cnn.measured.run), parameters(mlp->measured.run),
                          pstar::paired_difference(cnn, *mlp).found});
    };
    for (const auto& curve : story.curves) {
        const auto& run = curve.measured.run;
        if (run.model != "cnn") continue;
        for (const auto width : story.flags.width) ask(Basis::data, curve, mlp_of(story.flags, width));
        ask(Basis::parameters, curve, mlp_as_large_as(cnn_of(run.width), story.flags, images));
    }
    return result;
}

/// Whether the study compares two networks: a CNN with an MLP of `--mlp-width`, or with the one as large as it.
bool are_compared(const Flags& flags, const pstar::Dataset& images, const pstar::RunKey& one,
                  const pstar::RunKey& other) {
    if (one.model == other.model || !pstar::differ_in_one_axis(one, other)) return false;
    const auto &cnn = one.model == "cnn" ? one : other, &mlp = one.model == "cnn" ? other : one;
    return std::ranges::count(flags.width, mlp.width) > 0 ||
           mlp.width == mlp_as_large_as(cnn_of(cnn.width), flags, images).width;
}

/// `comparison.csv`: one row per question.
void write_comparison_csv(const std::filesystem::path& path, std::span<const NetworkComparison> comparisons) {
    pstar::CsvWriter csv(
        path, {"basis",          "evaluation", "activation", "n_train_samples", "batch_size",      "cnn_channels",
               "cnn_parameters", "mlp_width",  "mlp_depth",  "mlp_parameters",  "cnn_p_star",      "mlp_p_star",
               "cnn_upper",      "mlp_upper",  "difference", "difference_low",  "difference_high", "standard_error",
               "share_above",    "seeds",      "cnn_status", "mlp_status",      "status",          "verdict"});
    for (const auto& [basis, cnn, mlp, cnn_parameters, mlp_parameters, found] : comparisons) {
        const auto &of_cnn = cnn->measured.run, &of_mlp = mlp->measured.run;
        csv.row(to_string(basis), to_string(cnn->measured.images), to_string(of_cnn.activation), of_cnn.train_samples,
                of_cnn.batch_size, of_cnn.width, cnn_parameters, of_mlp.width, of_mlp.depth, mlp_parameters,
                cnn->fit.p_star.value, mlp->fit.p_star.value, cnn->fit.upper.value, mlp->fit.upper.value,
                found.difference.value, found.difference.low, found.difference.high, found.standard_error,
                found.share_above, found.seeds, to_string(cnn->fit.status), to_string(mlp->fit.status),
                to_string(found.status), to_string(found.verdict));
    }
    csv.commit();
}

std::vector<std::string> tell(const CurveStory& story, const OutputFolder& out) {
    const auto comparisons = compare_networks(story);
    write_comparison_csv(out / "comparison.csv", comparisons);
    if (story.has_figures) draw_curves(story, out), draw_midpoints(story, out);
    return write_report(story, comparisons, out);
}

}  // namespace
}  // namespace study

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
    defaults.curves.emplace().compares_seeds = true;
    const std::string program = "mlp_vs_cnn";
    return run_curve_study(
        argc, argv, defaults,
        {.name = program,
         .description = "Asks whether CNNs tolerate more corruption than MLPs: is p*(CNN) > p*(MLP)?",
         .example =
             program + " --data mnist --mlp-width 64,256 --cnn-channels 8,32 --repeats 10 --out mnist-mlp-vs-cnn",
         .table = "comparison.csv",
         .streams = true,
         .choose_networks =
             [](Flags& flags, const pstar::Experiment& experiment) {
                 flags.networks = networks_to_compare(flags, experiment.data.train);
             },
         .are_compared = are_compared,
         .tell = tell});
}
