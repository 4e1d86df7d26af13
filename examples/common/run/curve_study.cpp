#include "common/run/curve_study.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/analysis/fit_tables.hpp>
#include <pstar/experiment/analysis/running_midpoint.hpp>
#include <pstar/experiment/results.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/tables.hpp>

#include "common/cli/text.hpp"
#include "common/report/families.hpp"
#include "common/run/conclusion.hpp"

namespace study {
namespace {

/// A run of the network that takes longest.
pstar::RunKey largest(const Grid& grid, const std::vector<double>& costs) {
    const auto point = static_cast<std::size_t>(std::ranges::max_element(costs) - costs.begin());
    return grid[point * grid.repeats()];
}

/// Runs that measure accuracies. What they say so far is p* of one curve, that of the largest network.
class AccuracyRuns final : public RunsOf<pstar::RunResult> {
public:
    AccuracyRuns(const Flags& flags, const pstar::Experiment& experiment)
        : experiment_(experiment),
          grid_(grid_of(flags)),
          midpoint_({.run = largest(grid_, costs(grid_)),
                     .images = test_images_of(flags)[0],
                     .classes = experiment.data.train.classes,
                     .test_images = experiment.data.test.size()}),
          name_(network_name(flags, midpoint_.run())),
          symbol_(strength_symbol(flags)) {}

    nlohmann::ordered_json configuration() const override { return pstar::configuration(experiment_); }
    std::vector<double> costs(const Grid& grid) const override { return pstar::expected_costs(experiment_, grid); }
    pstar::RunCost measure_cost(const pstar::RunKey& run, double seconds) const override {
        return pstar::measure_cost(experiment_, run, seconds);
    }
    /// `p* 0.83 [0.81, 0.85] (relu, width 256)`
    std::string so_far() const override {
        const auto p_star = midpoint_.estimate();
        return p_star ? fmt::format("{}* {} ({})", symbol_, in_words(*p_star), name_) : std::string();
    }

    pstar::Results results() const {
        return {experiment_.settings, grid_.runs(), outcomes(), experiment_.data.train.classes,
                experiment_.data.test.size()};
    }

private:
    Outcomes sweep(const Grid& grid, const Options& options) const override {
        return pstar::run(experiment_, grid, options).outcomes;
    }
    void watch(const pstar::RunKey& run, const pstar::RunResult& result) override { midpoint_.add(run, result); }

    const pstar::Experiment& experiment_;
    Grid grid_;
    pstar::RunningMidpoint midpoint_;
    std::string name_, symbol_;
};

class CurveStudyRunning final : public Study {
public:
    CurveStudyRunning(const CurveStudy& study, const Flags& flags, const pstar::Experiment& experiment)
        : study_(study), flags_(flags), experiment_(experiment), runs_(flags, experiment) {}

    StudyRuns& runs() override { return runs_; }
    void write_tables(const OutputFolder& out) const override {
        const auto results = runs_.results();
        pstar::write_runs_csv(out / "runs.csv", results);
        pstar::write_summary_csv(out / "summary.csv", pstar::summarise(results));
    }
    std::vector<std::string> tell(const OutputFolder& out) const override {
        const auto results = runs_.results();
        const auto curves = pstar::fit_curves(results, pstar::family_named(flags_.curves->family),
                                              pstar::stuck_networks_named(flags_.curves->stuck));
        pstar::write_fits_csv(out / "fits.csv", curves);
        const auto ended = runs_.tally();
        return study_.tell(
            {flags_, experiment_.data, ended, results, curves, command_of(study_.name, flags_), can_draw()}, out);
    }

private:
    const CurveStudy& study_;
    const Flags& flags_;
    const pstar::Experiment& experiment_;
    AccuracyRuns runs_;
};

}  // namespace

int run_curve_study(int argc, char** argv, const Flags& defaults, const CurveStudy& study) {
    auto with_curves = defaults;
    with_curves.curves.emplace();
    return run_study_program(argc, argv, with_curves,
                             {.name = study.name,
                              .description = study.description,
                              .example = study.example,
                              .table = study.table,
                              .choose_networks = study.choose_networks,
                              .begin = [&study](const Flags& flags, const pstar::Experiment& experiment) {
                                  return std::make_unique<CurveStudyRunning>(study, flags, experiment);
                              }});
}

}  // namespace study
