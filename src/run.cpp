// Runs of an experiment: sweeps, journals, configuration.
#include <pstar/experiment/detail/run.hpp>

namespace pstar {

template RunResult run_one(const Experiment&, const RunKey&);
template Results run(const Experiment&, const ExperimentGrid&, ExperimentOptions);
template Results run(const Experiment&, const Grid<RunKey>&, ExperimentOptions);
template nlohmann::ordered_json configuration(const Experiment&);
template double expected_cost(const Experiment&, const RunKey&);
template std::vector<double> expected_costs(const Experiment&, const Grid<RunKey>&);
template RunCost measure_cost(const Experiment&, const RunKey&, double);
template std::size_t parameter_count(const Experiment&, const RunKey&);

}  // namespace pstar
