#pragma once

#include <pstar/data/dataset.hpp>
#include <pstar/experiment/analysis/margin_prediction_json.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/settings.hpp>

namespace study {

/// Trains the network of the run at its strength and predicts which test images it misclassifies; a function of its
/// arguments alone, in one thread. Seed and noise of `options` are taken from the run and the settings.
pstar::MarginPrediction predict_run(const pstar::RunKey& run, const pstar::ExperimentSettings& settings,
                                    const pstar::TrainTest& data, pstar::MarginPredictionOptions options);

}  // namespace study
