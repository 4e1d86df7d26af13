#include "network_comparison.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <pstar/io/csv_writer.hpp>

#include "accuracy_runs.hpp"

namespace study {
namespace {

using pstar::RunKey, pstar::ModelSpec;

constexpr std::size_t cnn_blocks = 2;

std::size_t parameters(const ModelSpec& network, const pstar::Dataset& images) {
    return pstar::parameter_count({.model = network.model, .width = network.width, .depth = network.depth}, images);
}

auto size_of(const RunKey& run) {
    return std::tuple(run.model, run.width, run.depth);
}
auto size_of(const ModelSpec& network) {
    return std::tuple(network.model, network.width, network.depth);
}
/// All that the two sides of a comparison share.
auto surroundings(const RunKey& run) {
    return std::tuple(run.activation, run.train_samples, run.batch_size, run.corruption);
}

/// Accuracies of one curve: by repeat, then by strength.
using BySeed = std::map<std::size_t, std::map<double, double>>;

BySeed by_seed(const FittedCurve& curve, const Grid& grid, const Outcomes& outcomes) {
    const auto& of = curve.measured;
    BySeed result;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto run = grid[i];
        if (size_of(run) != size_of(of.run) || surroundings(run) != surroundings(of.run)) continue;
        if (const auto* found = pstar::usable(outcomes[i]))
            result[run.repeat][run.strength] = pstar::test_accuracy(*found, of.images);
    }
    return result;
}

/// The two curves over the seeds that are complete in both.
std::pair<pstar::SeedCurves, pstar::SeedCurves> paired(const FittedCurve& first, const FittedCurve& second,
                                                       const Grid& grid, const Outcomes& outcomes) {
    std::pair<pstar::SeedCurves, pstar::SeedCurves> curves{{first.measured.runs.strength, {}},
                                                           {second.measured.runs.strength, {}}};
    const auto of_first = by_seed(first, grid, outcomes);
    auto of_second = by_seed(second, grid, outcomes);
    const auto row = [](const std::map<double, double>& accuracies) {
        std::vector<double> values;
        for (const auto& [strength, accuracy] : accuracies) values.push_back(accuracy);
        return values;
    };
    for (const auto& [repeat, accuracies] : of_first) {
        const auto& others = of_second[repeat];
        if (accuracies.size() != curves.first.strength.size() || others.size() != curves.second.strength.size())
            continue;
        curves.first.accuracy.push_back(row(accuracies));
        curves.second.accuracy.push_back(row(others));
    }
    return curves;
}

}  // namespace

ModelSpec twin_of(std::size_t channels, const Flags& flags, const pstar::Dataset& images) {
    const auto wanted = parameters({"cnn", channels, cnn_blocks}, images);
    const auto count = [&](std::size_t width) { return parameters({"mlp", width, flags.depth.at(0)}, images); };
    std::size_t below = 0, above = 1;  // the narrowest MLP may be too large already
    while (count(above) < wanted) below = above, above *= 2;
    while (above - below > 1) {
        const auto middle = below + (above - below) / 2;
        (count(middle) < wanted ? below : above) = middle;
    }
    const bool take_below = below > 0 && wanted - count(below) < count(above) - wanted;
    return {"mlp", take_below ? below : above, flags.depth.at(0)};
}

std::vector<ModelSpec> networks_to_compare(const Flags& flags, const pstar::Dataset& images) {
    std::vector<ModelSpec> networks;
    for (const auto width : flags.width) networks.push_back({"mlp", width, flags.depth.at(0)});
    for (const auto channels : flags.channels) networks.push_back({"cnn", channels, cnn_blocks});
    for (const auto channels : flags.channels) {
        const auto twin = twin_of(channels, flags, images);
        const auto same = [&](const auto& network) { return size_of(network) == size_of(twin); };
        if (std::ranges::none_of(networks, same)) networks.push_back(twin);
    }
    return networks;
}

std::vector<NetworkComparison> compare_networks(const CurveStory& story, const Grid& grid, const Outcomes& outcomes) {
    const auto& images = story.data.train;
    const pstar::CurveFitOptions options{.lower = chance(story), .test_images = story.data.test.size()};
    std::vector<NetworkComparison> result;
    const auto ask = [&](Basis basis, const FittedCurve& cnn, const ModelSpec& network) {
        const auto mlp = std::ranges::find_if(story.curves, [&](const auto& curve) {
            return size_of(curve.measured.run) == size_of(network) && curve.measured.images == cnn.measured.images &&
                   surroundings(curve.measured.run) == surroundings(cnn.measured.run);
        });
        const auto [of_cnn, of_mlp] = paired(cnn, *mlp, grid, outcomes);
        result.push_back({basis, &cnn, &*mlp, pstar::parameter_count(cnn.measured.run, images),
                          parameters(network, images), pstar::midpoint_difference(of_cnn, of_mlp, options)});
    };
    for (const auto& curve : story.curves) {
        const auto& run = curve.measured.run;
        if (run.model != "cnn") continue;
        for (const auto width : story.flags.width) ask(Basis::data, curve, {"mlp", width, story.flags.depth.at(0)});
        ask(Basis::parameters, curve, twin_of(run.width, story.flags, images));
    }
    return result;
}

void write_comparison_csv(const std::filesystem::path& path, std::span<const NetworkComparison> comparisons) {
    pstar::CsvWriter csv(
        path, {"basis",          "evaluation", "activation", "n_train_samples", "batch_size",      "cnn_channels",
               "cnn_parameters", "mlp_width",  "mlp_depth",  "mlp_parameters",  "cnn_p_star",      "mlp_p_star",
               "cnn_upper",      "mlp_upper",  "difference", "difference_low",  "difference_high", "standard_error",
               "share_above",    "seeds",      "cnn_status", "mlp_status",      "status",          "verdict"});
    for (const auto& question : comparisons) {
        const auto &cnn = question.cnn->measured.run, &mlp = question.mlp->measured.run;
        const auto& found = question.found;
        csv.cell(to_string(question.basis));
        csv.cell(to_string(question.cnn->measured.images));
        csv.cell(to_string(cnn.activation));
        for (const auto number : {cnn.train_samples, cnn.batch_size, cnn.width, question.cnn_parameters, mlp.width,
                                  mlp.depth, question.mlp_parameters})
            csv.cell(number);
        for (const double number : {question.cnn->p_star.value, question.mlp->p_star.value, question.cnn->upper.value,
                                    question.mlp->upper.value, found.difference.value, found.difference.low,
                                    found.difference.high, found.standard_error, found.share_above})
            csv.cell(number);
        csv.cell(found.seeds);
        csv.cell(question.cnn->status);
        csv.cell(question.mlp->status);
        csv.cell(to_string(found.status));
        csv.cell(to_string(found.verdict));
        csv.end_row();
    }
    csv.commit();
}

}  // namespace study
