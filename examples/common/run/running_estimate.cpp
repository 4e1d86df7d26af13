#include "common/run/running_estimate.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/cli/text.hpp"
#include "common/report/curve_fits.hpp"
#include "common/report/families.hpp"

namespace study {

namespace {

/// A run of the network that takes longest.
pstar::RunKey largest(const Grid& grid, const Flags& flags, const pstar::TrainTest& data) {
    const auto costs = costs_of(grid, flags, data);
    const auto point = static_cast<std::size_t>(std::ranges::max_element(costs) - costs.begin());
    return grid[point * grid.repeats()];
}

}  // namespace

RunningEstimate::RunningEstimate(const Grid& grid, const Flags& flags, const pstar::TrainTest& data)
    : network_(largest(grid, flags, data)),
      name_(network_name(flags, network_)),
      images_(test_images_of(flags)[0]),
      classes_(data.train.classes),
      test_images_(data.test.size()),
      symbol_(strength_symbol(flags)) {}

void RunningEstimate::add(const pstar::RunKey& run, const pstar::RunResult& result) {
    if (pstar::has_diverged(result) || pstar::curve_key(run) != pstar::curve_key(network_)) return;
    accuracies_[run.strength].push_back(pstar::test_accuracy(result, images_));
}

std::string RunningEstimate::text() const {
    pstar::CurveRuns runs;
    for (const auto& [strength, accuracies] : accuracies_) {
        runs.strength.push_back(strength);
        runs.accuracy.push_back(accuracies);
    }
    if (runs.strength.empty()) return {};
    const auto p_star = quick_midpoint(runs, classes_, test_images_);
    return p_star ? fmt::format("{}* {} ({})", symbol_, in_words(*p_star), name_) : std::string();
}

}  // namespace study
