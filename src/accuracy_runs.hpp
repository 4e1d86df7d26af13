#pragma once

#include <pstar/experiment/measure_cost.hpp>
#include <pstar/experiment/run_accuracy.hpp>
#include <pstar/experiment/run_network.hpp>

/// A run of a sweep holds every kind of network, model and channel, and takes the compiler most of a minute. Tests and
/// studies that include this share one copy, that of the library `pstar_compiled`.
namespace pstar {

extern template RunResult run_accuracy<float>(const RunKey&, const ExperimentSettings&, const TrainTest&);
extern template RunCost measure_cost<float>(const RunKey&, const ExperimentSettings&, const TrainTest&, double);
extern template std::size_t parameter_count<float>(const RunKey&, const Dataset&);

}  // namespace pstar
