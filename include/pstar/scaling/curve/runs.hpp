#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>

/// Accuracy curves before runs are averaged: every run with its strength, and with its seed where that is known.
namespace pstar {

/// A curve run by run. accuracy[i][r] in [0, 1] is run r at strength[i], in any order of strengths; the numbers of runs
/// may differ. `seed` is empty where seeds are not known; else seed[i][r] is the number of the seed (or of the repeat)
/// of that run, and no seed occurs twice at a strength.
struct CurveRuns {
    std::vector<double> strength;
    std::vector<std::vector<double>> accuracy;
    std::vector<std::vector<std::size_t>> seed = {};
};

/// A curve seed by seed: accuracy[r][i] in [0, 1] was measured with seed r at strength[i], strengths increasing. Seeds
/// are independent of each other; what one seed gives at different strengths may be correlated.
struct SeedCurves {
    std::vector<double> strength;
    std::vector<std::vector<double>> accuracy;
};

namespace detail {

/// The order of the strengths from smallest to largest.
inline std::vector<std::size_t> increasing(std::span<const double> strength) {
    std::vector<std::size_t> order(strength.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return strength[a] < strength[b]; });
    return order;
}

/// Throws std::invalid_argument where `runs.seed` does not match `runs.accuracy` or a seed occurs twice at a strength.
inline void check_seeds(const char* where, const CurveRuns& runs) {
    require(runs.accuracy.size() == runs.strength.size(), where, "number of accuracy lists", runs.accuracy.size(),
            "equal the number of strengths");
    require(runs.seed.size() == runs.strength.size(), where, "number of seed lists", runs.seed.size(),
            "equal the number of strengths");
    for (std::size_t i = 0; i < runs.seed.size(); ++i) {
        require(runs.seed[i].size() == runs.accuracy[i].size(), where, "number of seeds at one strength",
                runs.seed[i].size(), "equal its number of accuracies");
        auto sorted = runs.seed[i];
        std::sort(sorted.begin(), sorted.end());
        const auto repeated = std::adjacent_find(sorted.begin(), sorted.end());
        require(repeated == sorted.end(), where, "seed", repeated == sorted.end() ? 0 : *repeated,
                "occur once at a strength");
    }
}

/// The seeds that have a run at every strength, in increasing order.
inline std::vector<std::size_t> complete_seeds(const CurveRuns& runs) {
    if (runs.seed.empty()) return {};
    auto complete = runs.seed[0];
    std::sort(complete.begin(), complete.end());
    for (const auto& seeds : runs.seed)
        std::erase_if(complete, [&](auto seed) { return std::find(seeds.begin(), seeds.end(), seed) == seeds.end(); });
    return complete;
}

/// The curves of the given seeds, each of which has a run at every strength.
inline SeedCurves curves_of(const CurveRuns& runs, std::span<const std::size_t> seeds) {
    SeedCurves curves{{}, std::vector<std::vector<double>>(seeds.size())};
    for (const auto i : increasing(runs.strength)) {
        curves.strength.push_back(runs.strength[i]);
        const auto& here = runs.seed[i];
        for (std::size_t r = 0; r < seeds.size(); ++r) {
            const auto run = static_cast<std::size_t>(std::find(here.begin(), here.end(), seeds[r]) - here.begin());
            curves.accuracy[r].push_back(runs.accuracy[i][run]);
        }
    }
    return curves;
}

}  // namespace detail

/// Whether the seeds are known and every strength has the same ones. Throws as `seed_curves`, but not for seeds that
/// are not known.
inline bool same_seeds(const CurveRuns& runs) {
    if (runs.seed.empty()) return false;
    detail::check_seeds("same_seeds", runs);
    const auto complete = detail::complete_seeds(runs).size();
    return std::all_of(runs.seed.begin(), runs.seed.end(), [&](const auto& seeds) { return seeds.size() == complete; });
}

/// Whether what a seed does to its whole curve can be told: seeds are known, at least three in all, every strength has
/// at least two of them, and some have runs at several strengths. They need not have runs at all of them. Throws as
/// `same_seeds`.
inline bool shares_seeds(const CurveRuns& runs) {
    if (runs.seed.empty()) return false;
    detail::check_seeds("shares_seeds", runs);
    std::vector<std::size_t> all;
    for (const auto& seeds : runs.seed) {
        if (seeds.size() < 2) return false;
        all.insert(all.end(), seeds.begin(), seeds.end());
    }
    const auto cells = all.size();
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all.size() >= 3 && all.size() < cells;
}

/// The curves of the seeds that have a run at every strength, in increasing order of seed. Runs of other seeds are left
/// out. Throws std::invalid_argument where seeds are not known, do not match the accuracies, or occur twice at a
/// strength.
inline SeedCurves seed_curves(const CurveRuns& runs) {
    detail::check_seeds("seed_curves", runs);
    return detail::curves_of(runs, detail::complete_seeds(runs));
}

/// Two curves over the seeds that are complete in both: row r of either has the same seed, as `midpoint_difference`
/// needs it. The strengths of the two may differ. Throws as `seed_curves`.
inline std::pair<SeedCurves, SeedCurves> paired(const CurveRuns& first, const CurveRuns& second) {
    detail::check_seeds("paired", first);
    detail::check_seeds("paired", second);
    const auto of_first = detail::complete_seeds(first), of_second = detail::complete_seeds(second);
    std::vector<std::size_t> both;
    std::set_intersection(of_first.begin(), of_first.end(), of_second.begin(), of_second.end(),
                          std::back_inserter(both));
    return {detail::curves_of(first, both), detail::curves_of(second, both)};
}

/// The same runs strength by strength; row r of `curves` is seed r. Throws std::invalid_argument when a seed has
/// another number of accuracies than there are strengths, or strengths do not increase.
inline CurveRuns by_strength(const SeedCurves& curves) {
    for (const auto& accuracies : curves.accuracy)
        require(accuracies.size() == curves.strength.size(), "by_strength", "accuracies of a seed", accuracies.size(),
                "equal the number of strengths");
    std::vector<std::size_t> rows(curves.accuracy.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    CurveRuns runs{curves.strength, {}, std::vector(curves.strength.size(), rows)};
    for (std::size_t i = 0; i < curves.strength.size(); ++i) {
        if (i > 0)
            require(curves.strength[i] > curves.strength[i - 1], "by_strength", "strength", curves.strength[i],
                    "be larger than the one before");
        runs.accuracy.emplace_back();
        for (const auto& seed : curves.accuracy) runs.accuracy.back().push_back(seed[i]);
    }
    return runs;
}

}  // namespace pstar
