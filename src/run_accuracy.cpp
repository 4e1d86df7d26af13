#include <pstar/experiment/run_accuracy.hpp>

template pstar::RunResult pstar::run_accuracy<float>(const RunKey&, const ExperimentSettings&, const TrainTest&);
