#include <pstar/experiment/measure_cost.hpp>
#include <pstar/experiment/run_network.hpp>

template pstar::RunCost pstar::measure_cost<float>(const RunKey&, const ExperimentSettings&, const TrainTest&, double);
template std::size_t pstar::parameter_count<float>(const RunKey&, const Dataset&);
