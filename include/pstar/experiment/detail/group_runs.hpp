#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run_key.hpp>

namespace pstar::detail {

/// The indices of runs with the same key; groups in the order in which their first runs come.
template <class Key>
std::vector<std::vector<std::size_t>> group_runs(std::span<const RunKey> runs, const Key& key) {
    std::map<RunKey, std::size_t> place;
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto [at, is_new] = place.try_emplace(key(runs[i]), groups.size());
        if (is_new) groups.emplace_back();
        groups[at->second].push_back(i);
    }
    return groups;
}

inline void check_results(const char* where, const Results& results) {
    require(results.runs.size() == results.outcomes.size(), where, "number of outcomes", results.outcomes.size(),
            "equal the number of runs");
}

}  // namespace pstar::detail
