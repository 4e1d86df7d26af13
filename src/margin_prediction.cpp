// Predictions of failures from margins, for the built-in networks.
#include <pstar/experiment/analysis/margin_prediction.hpp>

namespace pstar {

template MarginPrediction predict_failures(const Mlp<float>&, const Dataset&, const CorruptionFamily&, double,
                                           const MarginPredictionOptions&);
template MarginPrediction predict_failures(const Cnn<float>&, const Dataset&, const CorruptionFamily&, double,
                                           const MarginPredictionOptions&);
template MarginPrediction train_and_predict(Mlp<float>&, const TrainTest&, const CorruptionFamily&, double,
                                            const TrainOptions&, const MarginPredictionOptions&);
template MarginPrediction train_and_predict(Cnn<float>&, const TrainTest&, const CorruptionFamily&, double,
                                            const TrainOptions&, const MarginPredictionOptions&);

}  // namespace pstar
