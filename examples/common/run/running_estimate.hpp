#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/cli/flags.hpp"
#include "common/run/sweep_runs.hpp"

namespace study {

/// p* while a study runs: the fit of one curve, that of the largest network, to the runs so far.
class RunningEstimate {
public:
    RunningEstimate(const Grid& grid, const Flags& flags, const pstar::TrainTest& data);

    /// Takes the run into account if it lies on the curve.
    void add(const pstar::RunKey& run, const pstar::RunResult& result);
    /// `p* 0.83 [0.81, 0.85] (relu, width 256)`; empty as long as nothing can be told.
    std::string text() const;

private:
    pstar::RunKey network_;
    std::string name_;
    pstar::TestImages images_;
    std::size_t classes_, test_images_;
    std::string symbol_;
    std::map<double, std::vector<double>> accuracies_;  // by strength
};

}  // namespace study
