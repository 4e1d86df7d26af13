#include <pstar/sweep/run_accuracy.hpp>

template pstar::AccuracyResult pstar::run_accuracy<float>(const AccuracyRun&, const AccuracySettings&,
                                                          const TrainTest&);
