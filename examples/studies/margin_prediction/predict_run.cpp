#include "predict_run.hpp"

#include <pstar/experiment/built_in.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/sweep/repeats.hpp>

namespace study {

pstar::MarginPrediction predict_run(const pstar::RunKey& run, const pstar::ExperimentSettings& settings,
                                    const pstar::TrainTest& data, pstar::MarginPredictionOptions options) {
    const auto seed = pstar::repeat_seed(settings.seed, run.repeat);
    const pstar::TrainOptions training{.epochs = settings.epochs,
                                       .batch_size = run.batch_size,
                                       .optimizer = settings.optimizer,
                                       .loss = settings.loss,
                                       .seed = seed.value,
                                       .noise = settings.noise};
    options.seed = seed.value;
    options.noise = settings.noise;
    const auto corruption = pstar::built_in_corruptions().at(run.corruption);
    return pstar::with_network(run.spec(), data.train, seed, [&](auto& net) {
        return pstar::train_and_predict(net, data, corruption, run.strength, training, options);
    });
}

}  // namespace study
