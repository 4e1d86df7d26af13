// Runs of an experiment: sweeps, journals, configuration.
#include <pstar/experiment/detail/run.hpp>
