#pragma once

#include <cstddef>
#include <variant>

#include <pstar/core/lbfgs.hpp>
#include <pstar/core/random.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/detail/test_scores.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_ntk.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/rbm/rbm_classifier.hpp>
#include <pstar/rbm/train_rbm.hpp>
#include <pstar/rbm/visible_rows.hpp>
#include <pstar/softmax/fit_softmax.hpp>
#include <pstar/softmax/softmax_regression.hpp>
#include <pstar/sweep/repeats.hpp>

/// The runs of models that are no networks.
namespace pstar {

/// How a run's machine and the classifier on its features are fitted. With them, `fit_rbm` trains the machine of the
/// run again.
inline RbmClassifierOptions classifier_options(const RunKey& run, const ExperimentSettings& settings) {
    const auto& classical = settings.baseline;
    return {.rbm = {.n_components = run.width,
                    .rbm_n_iter = classical.rbm_n_iter,
                    .learning_rate = classical.learning_rate,
                    .batch_size = classical.batch_size,
                    .cd_k = classical.cd_k,
                    .persistent = classical.persistent,
                    .seed = repeat_seed(settings.seed, run.repeat).value,
                    .noise = settings.noise},
            .rbm_classifier_max_iter = classical.classifier_max_iter};
}

namespace detail {

/// The pixels (N, D) of images seen through a channel, as networks see them in epoch 0 of training, or in a test.
template <class Scalar, Corruption C>
Matrix<Scalar> pixel_rows(const Dataset& data, const C& channel, const RbmOptions& options, Stream stream) {
    return visible_rows<Scalar>(
        ImageSource<C>(data, channel, noise_seed(Seed{options.seed}, channel, options.noise), stream));
}

/// What a fitted classifier says of its run: the mean cross-entropy over the samples it was fitted to, without the
/// penalty.
inline RunResult fitted_result(const SoftmaxRegression& model, const SoftmaxFit& fit, std::size_t samples,
                               const RbmClassifierOptions& options) {
    if (fit.status == LbfgsStatus::not_finite) return {.status = TrainStatus::diverged};
    const double penalty = 0.5 * model.weights.squaredNorm();
    return {.train_loss =
                (fit.objective - penalty) / (std::get<SumLoss>(options.objective).C * static_cast<double>(samples))};
}

template <class Scalar, Corruption C>
RunResult fit_and_measure_rbm(const RunKey& run, const ExperimentSettings& settings, const Dataset& train_data,
                              const Dataset& test_data, const C& channel) {
    const auto options = classifier_options(run, settings);
    const auto fit = fit_rbm_classifier<Scalar>(train_data, channel, options);
    auto result = fitted_result(fit.classifier.softmax, fit.softmax, train_data.size(), options);
    if (has_diverged(result)) return result;
    measure_tests(result, settings, channel, [&](const auto& through) -> TestScore {
        const auto found =
            evaluate(fit.classifier, test_data, through, {.seed = options.rbm.seed, .noise = options.rbm.noise});
        return {found.cross_entropy, found.accuracy};
    });
    return result;
}

template <class Scalar, Corruption C>
RunResult fit_and_measure_softmax(const RunKey& run, const ExperimentSettings& settings, const Dataset& train_data,
                                  const Dataset& test_data, const C& channel) {
    const auto options = classifier_options(run, settings);
    SoftmaxRegression model(train_data.pixels(), train_data.classes);
    const auto fit = fit_softmax(model, pixel_rows<Scalar>(train_data, channel, options.rbm, Stream::train_noise),
                                 train_data.all_labels(), options.softmax());
    auto result = fitted_result(model, fit, train_data.size(), options);
    if (has_diverged(result)) return result;
    measure_tests(result, settings, channel, [&](const auto& through) -> TestScore {
        const auto found = score(model, pixel_rows<Scalar>(test_data, through, options.rbm, Stream::test_noise),
                                 test_data.all_labels());
        return {found.cross_entropy, found.accuracy};
    });
    return result;
}

/// Fits the run's model to images seen through the channel, and measures it:
/// - rbm: each pass of the machine has the noise of networks' epoch of that number, the classifier that of one more;
/// - softmax, ntk: the pixels with the noise of epoch 0, once.
/// A classifier that has not converged is measured as it is.
template <class Scalar, Corruption C>
RunResult fit_and_measure(const RunKey& run, const ExperimentSettings& settings, const Dataset& train_data,
                          const Dataset& test_data, const C& channel) {
    if (run.model == "rbm") return fit_and_measure_rbm<Scalar>(run, settings, train_data, test_data, channel);
    if (run.model == "ntk") return fit_and_measure_ntk<Scalar>(run, settings, train_data, test_data, channel);
    return fit_and_measure_softmax<Scalar>(run, settings, train_data, test_data, channel);
}

}  // namespace detail

}  // namespace pstar
