// Grids and tables of an experiment.
#include <pstar/experiment/detail/experiment_grid.hpp>
#include <pstar/experiment/detail/tables.hpp>
