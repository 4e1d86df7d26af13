#pragma once

#include <pstar/sweep/calibration.hpp>
#include <pstar/sweep/run_accuracy.hpp>
#include <pstar/sweep/run_network.hpp>

/// A run of a sweep holds every kind of network, model and channel, and takes the compiler most of a minute. Tests and
/// studies that include this share one copy, that of the library `pstar_compiled`.
namespace pstar {

extern template AccuracyResult run_accuracy<float>(const AccuracyRun&, const AccuracySettings&, const TrainTest&);
extern template RunCost measure_cost<float>(const AccuracyRun&, const AccuracySettings&, const TrainTest&, double);
extern template std::size_t parameter_count<float>(const AccuracyRun&, const Dataset&);

}  // namespace pstar
