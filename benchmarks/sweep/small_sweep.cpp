#include "sweep/small_sweep.hpp"

#include <memory>

#include <pstar/data/subset.hpp>
#include <pstar/experiment/run.hpp>

namespace bench {

namespace {

struct Sweep {
    pstar::Experiment experiment;
    pstar::ExperimentGrid grid;

    Sweep(const pstar::Dataset& images, std::size_t repeats)
        : experiment{.data = {.train = pstar::take(images, 2000), .test = pstar::take(images, 1000)},
                     .settings = {.epochs = 3, .optimizer = pstar::Sgd{.lr = 0.01, .momentum = 0.9}}},
          grid{.strengths = {}, .repeats = repeats} {
        for (std::size_t k = 0; k < sweep_strengths; ++k) grid.strengths.push_back(0.1 * static_cast<double>(k));
    }
    std::vector<double> run(std::size_t threads) const {
        std::vector<double> values;
        for (const auto& outcome : pstar::run(experiment, grid, {.threads = threads}).outcomes) {
            values.push_back(outcome.value.value().train_loss);
            values.push_back(outcome.value.value().test_accuracy);
        }
        return values;
    }
};

}  // namespace

RunSweep small_sweep(const pstar::Dataset& images, std::size_t repeats) {
    return
        [sweep = std::make_shared<const Sweep>(images, repeats)](std::size_t threads) { return sweep->run(threads); };
}

}  // namespace bench
