/// Whose is the knee? On one axis: A(p) of an mlp and a cnn, what moments predict of them, the nearest class mean,
/// softmax regression, an infinitely wide network, and the limit that the channel sets to all. `--help` lists the
/// flags.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <pstar/data/subset.hpp>
#include <pstar/experiment/analysis/knee_anatomy.hpp>
#include <pstar/experiment/analysis/knee_anatomy_json.hpp>
#include <pstar/experiment/run.hpp>
#include <pstar/experiment/run_checkpoints.hpp>
#include <pstar/sweep/repeats.hpp>

#include "anatomy_report.hpp"
#include "common/cli/program.hpp"
#include "common/run/conclusion.hpp"
#include "common/run/study_program.hpp"

namespace study {
namespace {

const std::string program = "knee_anatomy";

pstar::KneeAnatomyOptions anatomy_options(const Flags& flags) {
    return {
        .width = flags.width[0], .depth = flags.depth[0], .activation = pstar::activation_named(flags.activation[0])};
}

/// Runs that each train all contenders at one strength.
class AnatomyRuns final : public RunsOf<pstar::KneeAnatomy> {
public:
    AnatomyRuns(const Flags& flags, const pstar::Experiment& experiment)
        : options_(anatomy_options(flags)), experiment_(experiment) {}

    nlohmann::ordered_json configuration() const override {
        auto configuration = pstar::configuration(experiment_);
        configuration["body"] = program;
        return configuration;
    }
    /// All strengths and seeds cost the same.
    std::vector<double> costs(const Grid& grid) const override { return std::vector<double>(grid.points(), 1.0); }
    /// From a run with a tenth of the images: all parts but the infinite network's grow with their number.
    pstar::RunCost measure_cost(const pstar::RunKey& run, double seconds) const override {
        constexpr std::size_t share = 10;
        const auto& data = experiment_.data;
        const pstar::TrainTest few{pstar::take(data.train, std::max<std::size_t>(run.train_samples / share, 1)),
                                   pstar::take(data.test, std::max<std::size_t>(data.test.size() / share, 1))};
        auto options = options_;
        options.infinite_images /= share;
        options.limit_images /= share;
        const double start = pstar::detail::processor_seconds();
        pstar::knee_anatomy(few, experiment_.corruptions.at(run.corruption), run.strength, training_of(run), options);
        auto cost = pstar::measure_cost(experiment_, run, seconds / 4);
        cost.seconds = (pstar::detail::processor_seconds() - start) * static_cast<double>(share);
        cost.bytes += 4.0 * static_cast<double>(options_.infinite_images) *
                      static_cast<double>(options_.infinite_images + data.test.size());
        return cost;
    }

private:
    pstar::TrainOptions training_of(const pstar::RunKey& run) const {
        const auto& settings = experiment_.settings;
        return {.epochs = settings.epochs,
                .batch_size = run.batch_size,
                .optimizer = settings.optimizer,
                .loss = settings.loss.built_in(),
                .seed = pstar::repeat_seed(settings.seed, run.repeat).value,
                .noise = settings.noise};
    }
    pstar::KneeAnatomy measure(const pstar::RunKey& run) const {
        const auto settings = configuration();
        const auto mlp = pstar::run_checkpoint(experiment_, run, settings, "mlp"),
                   cnn = pstar::run_checkpoint(experiment_, run, settings, "cnn");
        auto options = options_;
        if (mlp && cnn)
            options.keeper = [&](pstar::Contender who) { return (who == pstar::Contender::mlp ? mlp : cnn).get(); };
        const auto& data = experiment_.data;
        const auto& corruption = experiment_.corruptions.at(run.corruption);
        if (run.train_samples == data.train.size())
            return pstar::knee_anatomy(data, corruption, run.strength, training_of(run), options);
        return pstar::knee_anatomy({pstar::take(data.train, run.train_samples), data.test}, corruption, run.strength,
                                   training_of(run), options);
    }
    Outcomes sweep(const Grid& grid, const Options& options) const override {
        return pstar::sweep_with_checkpoints(
            experiment_, grid, [this](const pstar::RunKey& run) { return measure(run); }, options, {"mlp", "cnn"});
    }

    pstar::KneeAnatomyOptions options_;
    const pstar::Experiment& experiment_;
};

class AnatomyStudy final : public Study {
public:
    AnatomyStudy(const Flags& flags, const pstar::Experiment& experiment)
        : flags_(flags),
          grid_(grid_of(flags)),
          runs_(flags, experiment),

          classes_(experiment.data.train.classes) {}

    StudyRuns& runs() override { return runs_; }
    void write_tables(const OutputFolder& out) const override { pstar::write_anatomy_tables(out.path(), summary()); }
    std::vector<std::string> tell(const OutputFolder& out) const override {
        const auto summarised = summary();
        const auto ended = runs_.tally();
        const AnatomyResults results{flags_,    ended, summarised, anatomy_options(flags_), command_of(program, flags_),
                                     can_draw()};
        write_report(results, out);
        return findings(results);
    }

private:
    pstar::AnatomySummary summary() const {
        return pstar::summarise_anatomies(grid_.runs(), runs_.outcomes(), classes_);
    }

    const Flags& flags_;
    Grid grid_;
    AnatomyRuns runs_;
    std::size_t classes_;
};

/// One network of each kind: what is compared are kinds.
void check_one_of_each(const Flags& flags) {
    const auto one = [](const char* flag, std::size_t count) {
        if (count > 1) throw UsageError(fmt::format("--{}: name one; kinds of classifiers are compared here", flag));
    };
    one("width", flags.width.size());
    one("depth", flags.depth.size());
    one("activation", flags.activation.size());
    one("n-train-samples", flags.train.size());
    one("batch-size", flags.batch_size.size());
}

}  // namespace
}  // namespace study

int main(int argc, char** argv) {
    using namespace study;
    Flags defaults;
    defaults.out = "pstar-out/knee_anatomy";
    defaults.strength = {0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1};
    defaults.train = {10'000};
    defaults.test = 2'000;
    defaults.width = {256};
    defaults.depth = {2};
    defaults.repeats = {3, 3};
    defaults.evaluate = "corrupted";
    defaults.own_models = true;
    return run_study_program(
        argc, argv, defaults,
        {.name = program,
         .description = "Which part of the knee is the network's, and which the channel's?",
         .example = program + " --data mnist --n-train-samples 10000 --repeats 3 --out mnist-anatomy",
         .table = "anatomy.csv",
         .begin = [](const Flags& flags, const pstar::Experiment& experiment) -> std::unique_ptr<Study> {
             check_one_of_each(flags);
             return std::make_unique<AnatomyStudy>(flags, experiment);
         }});
}
