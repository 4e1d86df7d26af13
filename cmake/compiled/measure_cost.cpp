#include <pstar/sweep/calibration.hpp>
#include <pstar/sweep/run_network.hpp>

template pstar::RunCost pstar::measure_cost<float>(const AccuracyRun&, const AccuracySettings&, const TrainTest&,
                                                   double);
template std::size_t pstar::parameter_count<float>(const AccuracyRun&, const Dataset&);
