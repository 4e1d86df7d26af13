/// Which images will fail? Trains networks on corrupted images, predicts from clean images alone which of them each
/// misclassifies when they are corrupted, and compares the predictions with many draws of the corruption. `--help`
/// lists the flags.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include <pstar/data/subset.hpp>
#include <pstar/experiment/analysis/margin_prediction.hpp>
#include <pstar/experiment/analysis/margin_prediction_json.hpp>
#include <pstar/experiment/analysis/prediction_tables.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/run_checkpoints.hpp>
#include <pstar/experiment/saved_network.hpp>
#include <pstar/sweep/repeats.hpp>

#include "common/run/conclusion.hpp"
#include "common/run/study_program.hpp"
#include "prediction_figures.hpp"
#include "prediction_report.hpp"

namespace study {
namespace {

const std::string program = "margin_prediction";

/// The strengths at which a network is measured beside its own, some from near 0 to a large one. They do not depend on
/// the strengths of other networks, so that a study may grow.
std::vector<double> other_strengths(const pstar::RunKey& run) {
    const double end = run.corruption == "additive" ? 12 : 1;
    std::vector<double> strengths;
    for (const double share : {0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0})
        strengths.push_back(end * share);
    const auto near = [&](double other) { return std::abs(other - run.strength) < 1e-9; };
    if (run.strength > 0 && std::ranges::none_of(strengths, near)) strengths.push_back(run.strength);
    std::ranges::sort(strengths);
    return strengths;
}

/// Runs that train a network and predict its failures.
class PredictionRuns final : public RunsOf<pstar::MarginPrediction> {
public:
    PredictionRuns(const Flags& flags, const pstar::Experiment& experiment)
        : draws_(*flags.draws), experiment_(experiment) {}

    nlohmann::ordered_json configuration() const override {
        auto configuration = pstar::configuration(experiment_);
        configuration["body"] = program;
        configuration["draws"] = draws_;
        return configuration;
    }
    /// Draws, gradients and the measurements elsewhere cost as many passes forward for every network.
    std::vector<double> costs(const Grid& grid) const override {
        const auto& settings = experiment_.settings;
        const auto tests = static_cast<double>(experiment_.data.test.size() * (draws_ + 300));
        auto costs = pstar::expected_costs(experiment_, grid);
        for (std::size_t point = 0; point < costs.size(); ++point) {
            const auto images = grid[point * grid.repeats()].train_samples * settings.epochs;
            costs[point] *= 1 + tests / (3 * static_cast<double>(images));
        }
        return costs;
    }
    pstar::RunCost measure_cost(const pstar::RunKey& run, double seconds) const override {
        constexpr std::size_t part = 50;
        const auto& test = experiment_.data.test;
        const auto few = pstar::take(test, std::min(part, test.size()));
        auto options = options_of(run);
        const auto time = [&](const auto& net) {
            using Clock = std::chrono::steady_clock;
            const auto start = Clock::now();
            pstar::predict_failures(net, few, experiment_.corruptions.at(run.corruption), run.strength, options);
            return std::chrono::duration<double>(Clock::now() - start).count() / static_cast<double>(few.size());
        };
        const auto times = pstar::with_network(run.spec(), experiment_.data.train, pstar::Seed{0}, [&](auto& net) {
            const double all = time(net);
            options.elsewhere.clear();
            return std::pair(time(net), all);
        });
        const double own = std::min(times.first, times.second), elsewhere = times.second - own;
        auto cost = pstar::measure_cost(experiment_, run, seconds);
        cost.seconds += own * static_cast<double>(test.size()) +
                        elsewhere * static_cast<double>(std::min(test.size(), options.elsewhere_images));
        return cost;
    }

private:
    pstar::MarginPredictionOptions options_of(const pstar::RunKey& run) const {
        const auto& settings = experiment_.settings;
        return {.draws = draws_,
                .elsewhere = other_strengths(run),
                .seed = pstar::repeat_seed(settings.seed, run.repeat).value,
                .noise = settings.noise};
    }
    pstar::MarginPrediction predict(const pstar::RunKey& run) const {
        const auto& settings = experiment_.settings;
        const auto seed = pstar::repeat_seed(settings.seed, run.repeat);
        const auto checkpoint = pstar::run_checkpoint(experiment_, run, configuration());
        const pstar::TrainOptions training{.epochs = settings.epochs,
                                           .batch_size = run.batch_size,
                                           .optimizer = settings.optimizer,
                                           .loss = settings.loss.built_in(),
                                           .seed = seed.value,
                                           .noise = settings.noise,
                                           .keeper = checkpoint.get()};
        const auto& data = experiment_.data;
        const auto with = [&](const pstar::TrainTest& images) {
            return pstar::with_network(run.spec(), images.train, seed, [&](auto& net) {
                auto found = pstar::train_and_predict(net, images, experiment_.corruptions.at(run.corruption),
                                                      run.strength, training, options_of(run));
                if (const auto& folder = experiment_.save_networks; !folder.empty())
                    pstar::save_network(folder / pstar::network_file_name(run), net, run.spec(), images.train);
                return found;
            });
        };
        return run.train_samples == data.train.size() ? with(data)
                                                      : with({pstar::take(data.train, run.train_samples), data.test});
    }
    Outcomes sweep(const Grid& grid, const Options& options) const override {
        return pstar::sweep_with_checkpoints(
            experiment_, grid, [this](const pstar::RunKey& run) { return predict(run); }, options);
    }

    std::size_t draws_;
    const pstar::Experiment& experiment_;
};

class PredictionStudy final : public Study {
public:
    PredictionStudy(const Flags& flags, const pstar::Experiment& experiment)
        : flags_(flags), test_(experiment.data.test), grid_(grid_of(flags)), runs_(flags, experiment) {}

    StudyRuns& runs() override { return runs_; }
    void write_tables(const OutputFolder& out) const override {
        pstar::write_prediction_tables(out.path(), summaries());
    }
    std::vector<std::string> tell(const OutputFolder& out) const override {
        const auto summarised = summaries();
        const auto ended = runs_.tally();
        const PredictionResults results{flags_, ended, summarised, command_of(program, flags_), can_draw(), test_};
        if (results.has_figures) draw_prediction_figures(results, out);
        write_report(results, out);
        return findings(results);
    }

private:
    std::vector<pstar::PredictionSummary> summaries() const {
        return pstar::summarise_predictions(grid_.runs(), runs_.outcomes());
    }

    const Flags& flags_;
    const pstar::Dataset& test_;
    Grid grid_;
    PredictionRuns runs_;
};

}  // namespace
}  // namespace study

int main(int argc, char** argv) {
    using namespace study;
    Flags defaults;
    defaults.out = "pstar-out/margin_prediction";
    defaults.strength = {0.3, 0.6, 0.8};
    defaults.width = {256};
    defaults.test = 2'000;
    defaults.draws = 100;
    defaults.repeats = {5, 5};
    defaults.evaluate = "corrupted";
    return run_study_program(
        argc, argv, defaults,
        {.name = program,
         .description = "Predicts from clean images which of them fail when they are corrupted, and measures it.",
         .example = program + " --data mnist --strength 0.3,0.6,0.8 --width 64,256 --draws 100 --out mnist-margins",
         .table = "predictions.csv",
         .begin = [](const Flags& flags, const pstar::Experiment& experiment) {
             return std::make_unique<PredictionStudy>(flags, experiment);
         }});
}
