#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include <pstar/experiment/detail/group_runs.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/sweep/grid.hpp>

namespace pstar::detail {

/// One network of a grid: all runs with the same `curve_key`.
struct GridNetwork {
    RunKey run;                               ///< its strength and repeat have no meaning
    std::map<double, std::size_t> first_run;  ///< by strength: the index of repeat 0, which the other repeats follow

    std::vector<double> strengths() const {
        std::vector<double> all;
        for (const auto& [strength, index] : first_run) all.push_back(strength);
        return all;
    }
    /// Appends the runs of this network with so many seeds at each strength to `results`.
    void append(Results& results, const std::map<double, std::size_t>& seeds,
                std::span<const Outcome<RunResult>> outcomes) const {
        for (const auto& [strength, number] : seeds)
            for (std::size_t seed = 0; seed < number; ++seed) {
                auto key = run;
                key.strength = strength, key.repeat = seed;
                results.runs.push_back(key);
                results.outcomes.push_back(outcomes[first_run.at(strength) + seed]);
            }
    }
    /// The outcomes of those runs, to their places in `to`.
    void copy(std::span<const Outcome<RunResult>> outcomes, const std::map<double, std::size_t>& seeds,
              std::span<Outcome<RunResult>> to) const {
        for (const auto& [strength, number] : seeds) {
            const auto first = first_run.at(strength);
            std::ranges::copy(outcomes.subspan(first, number), to.begin() + static_cast<std::ptrdiff_t>(first));
        }
    }
};

/// In the order of the grid.
inline std::vector<GridNetwork> grid_networks(const Grid<RunKey>& grid) {
    std::vector<GridNetwork> networks;
    const auto runs = grid.runs();
    for (const auto& group : group_runs(runs, curve_key)) {
        auto& network = networks.emplace_back(GridNetwork{curve_key(runs[group[0]]), {}});
        for (const auto i : group)
            if (runs[i].repeat == 0) network.first_run[runs[i].strength] = i;
    }
    return networks;
}

}  // namespace pstar::detail
