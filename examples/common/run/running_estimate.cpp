#include "common/run/running_estimate.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <pstar/experiment/run.hpp>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"

namespace study {
namespace {

/// A run of the network that takes longest.
pstar::RunKey largest(const Grid& grid, const pstar::Experiment& experiment) {
    const auto costs = pstar::expected_costs(experiment, grid);
    const auto point = static_cast<std::size_t>(std::ranges::max_element(costs) - costs.begin());
    return grid[point * grid.repeats()];
}

}  // namespace

RunningEstimate::RunningEstimate(const Grid& grid, const Flags& flags, const pstar::Experiment& experiment)
    : midpoint_({.run = largest(grid, experiment),
                 .images = test_images_of(flags)[0],
                 .classes = experiment.data.train.classes,
                 .test_images = experiment.data.test.size()}),
      name_(network_name(flags, midpoint_.run())),
      symbol_(strength_symbol(flags)) {}

std::string RunningEstimate::text() const {
    const auto p_star = midpoint_.estimate();
    return p_star ? fmt::format("{}* {} ({})", symbol_, in_words(*p_star), name_) : std::string();
}

}  // namespace study
