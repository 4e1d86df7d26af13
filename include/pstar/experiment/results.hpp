#pragma once

#include <cstddef>
#include <vector>

#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/sweep/outcome.hpp>

namespace pstar {

/// What came of the runs of a grid: `outcomes[i]` is that of `runs[i]`. All that tables and fits need.
struct Results {
    ExperimentSettings settings;               ///< of the experiment
    std::vector<RunKey> runs;                  ///< the keys
    std::vector<Outcome<RunResult>> outcomes;  ///< what came of them
    std::size_t classes = 0;                   ///< of the data: chance is 1/classes
    std::size_t test_images = 0;               ///< behind every accuracy
};

}  // namespace pstar
