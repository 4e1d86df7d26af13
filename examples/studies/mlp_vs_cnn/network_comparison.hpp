#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/data/dataset.hpp>
#include <pstar/scaling/curve/midpoint_difference.hpp>

#include "common/cli/flags.hpp"
#include "common/report/curve_report.hpp"
#include "common/run/sweep_runs.hpp"

/// MLPs against CNNs: who is compared with whom, and what comes of it.
namespace study {

/// The MLPs of `--width`, the CNNs of `--channels`, and the twins of the CNNs that are not among those MLPs.
std::vector<pstar::ModelSpec> networks_to_compare(const Flags& flags, const pstar::Dataset& images);

/// Its twin: of the MLPs of `--depth` hidden layers, the one whose number of parameters is nearest to that of the CNN.
pstar::ModelSpec twin_of(std::size_t channels, const Flags& flags, const pstar::Dataset& images);

/// What a CNN and an MLP have in common, beside the images they learn from.
enum class Basis { data, parameters };

constexpr std::string_view to_string(Basis basis) {
    return basis == Basis::data ? "equal data" : "equal parameters";
}

/// One question: is p* of this CNN larger than that of this MLP, tested on these images?
struct NetworkComparison {
    Basis basis;
    const FittedCurve *cnn, *mlp;
    std::size_t cnn_parameters, mlp_parameters;
    pstar::MidpointDifference found;  ///< the CNN's less the MLP's
};

/// Every CNN against every MLP of `--width` and against its twin, tested on the same images, everything else alike. A
/// seed counts when it has an accuracy at every strength of both curves.
std::vector<NetworkComparison> compare_networks(const CurveStory& story, const Grid& grid, const Outcomes& outcomes);

/// `comparison.csv`: a row a question.
void write_comparison_csv(const std::filesystem::path& path, std::span<const NetworkComparison> comparisons);

}  // namespace study
