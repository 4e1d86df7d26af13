#pragma once

#include <string>

#include <pstar/experiment/analysis/running_midpoint.hpp>

#include "common/cli/flags.hpp"
#include "common/run/sweep_runs.hpp"

namespace study {

/// p* while a study runs: the fit of one curve, that of the largest network, to the runs so far.
class RunningEstimate {
public:
    RunningEstimate(const Grid& grid, const Flags& flags, const pstar::Experiment& experiment);

    /// Takes the run into account if it lies on the curve.
    void add(const pstar::RunKey& run, const pstar::RunResult& result) { midpoint_.add(run, result); }
    /// `p* 0.83 [0.81, 0.85] (relu, width 256)`; empty as long as the midpoint is not identified.
    std::string text() const;

private:
    pstar::RunningMidpoint midpoint_;
    std::string name_, symbol_;
};

}  // namespace study
