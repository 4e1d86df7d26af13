#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <variant>

#include <pstar/core/lbfgs.hpp>
#include <pstar/experiment/model.hpp>
#include <pstar/rbm/rbm_classifier.hpp>
#include <pstar/rbm/train_rbm.hpp>
#include <pstar/rbm/visible_rows.hpp>
#include <pstar/softmax/fit_softmax.hpp>
#include <pstar/softmax/softmax_regression.hpp>

/// The classical models: a restricted Boltzmann machine with softmax regression on its features, and softmax regression
/// on the pixels.
namespace pstar {

/// How the RBM of a run and the classifier on its features are fitted. With them, `fit_rbm` trains the RBM of the run
/// again.
inline RbmClassifierOptions classifier_options(const ModelSpec& spec, const ExperimentSettings& settings, Seed seed) {
    const auto& baseline = settings.baseline;
    return {.rbm = {.n_components = spec.width,
                    .rbm_n_iter = baseline.rbm_n_iter,
                    .learning_rate = baseline.learning_rate,
                    .batch_size = baseline.batch_size,
                    .cd_k = baseline.cd_k,
                    .persistent = baseline.persistent,
                    .seed = seed.value,
                    .noise = settings.noise},
            .rbm_classifier_max_iter = baseline.classifier_max_iter};
}

namespace detail {

inline RbmClassifierOptions classifier_options(const RunContext& context) {
    return pstar::classifier_options(context.run.spec(), context.settings, context.seed);
}

/// What a fitted classifier reports: the mean cross-entropy over the samples it was fitted to, without the penalty.
inline FitReport report_of(const SoftmaxRegression& model, const SoftmaxFit& fit, std::size_t samples,
                           const RbmClassifierOptions& options) {
    if (fit.status == LbfgsStatus::not_finite) return {.status = TrainStatus::diverged};
    const double penalty = 0.5 * model.weights.squaredNorm();
    return {.train_loss = (fit.objective - penalty) / (std::get<SumLoss>(options.objective).C * real(samples))};
}

/// Bytes of the classifier's curvature and of L-BFGS's pairs, and of the rows of features.
template <class Scalar>
double regression_memory(const RunContext& context, double features) {
    const double rows = real(std::max(context.train.size(), context.test.size()));
    const double classes = real(context.train.classes);
    return sizeof(Scalar) * rows * features + sizeof(double) * (features + 1) * (features + 1 + 25 * classes);
}

inline constexpr double regression_iterations = 50;  ///< of L-BFGS, each of two products

}  // namespace detail

/// Model `rbm`: each pass of the RBM sees the noise that networks see in the epoch of that number, the classifier that
/// of one more. A classifier that has not converged is measured as it is.
template <class Scalar>
class RbmModel {
public:
    FitReport fit(const RunContext& context) {
        const auto options = detail::classifier_options(context);
        auto fit = fit_rbm_classifier<Scalar>(context.train, context.corruption, options);
        classifier_ = std::move(fit.classifier);
        return detail::report_of(classifier_->softmax, fit.softmax, context.train.size(), options);
    }
    TestScore evaluate(const RunContext& context, const AnyCorruption& through) const {
        const auto found = pstar::evaluate(*classifier_, context.test, through,
                                           {.seed = context.seed.value, .noise = context.settings.noise});
        return {found.cross_entropy, found.accuracy};
    }

    std::size_t parameter_count(const RunContext& context) const {
        const auto visible = context.train.pixels(), hidden = context.run.width;
        return (visible + 1) * (hidden + 1) - 1 + (hidden + 1) * context.train.classes;
    }
    /// A pass of CD-k takes 2k + 3 products with the weights.
    double expected_cost(const RunContext& context) const {
        using detail::real;
        const double pixels = real(context.train.pixels()), weights = pixels * real(context.run.width);
        const double regression = real(context.run.width * context.train.classes);
        const double overhead = detail::overhead_of_pixel * pixels;
        const double pass = real(2 * context.settings.baseline.cd_k + 3) * weights + overhead;
        return real(context.run.train_samples) * (real(context.settings.baseline.rbm_n_iter) * pass + weights +
                                                  overhead + 2 * detail::regression_iterations * regression);
    }
    /// From one pass instead of all.
    double fit_seconds(const RunContext& context) const {
        auto settings = context.settings;
        settings.baseline.rbm_n_iter = 1;
        const RunContext short_run{context.run,  settings,           context.train,
                                   context.test, context.corruption, context.seed};
        RbmModel model;
        const double once = detail::seconds_taken([&] { model.fit(short_run); });
        const auto options = detail::classifier_options(short_run).rbm;
        const double pass = detail::seconds_taken([&] { fit_rbm<Scalar>(context.train, context.corruption, options); });
        return once + (detail::real(context.settings.baseline.rbm_n_iter) - 1) * pass;
    }
    /// The weights, two copies and their changes; batches; what the classifier takes.
    double memory(const RunContext& context) const {
        using detail::real;
        const double pixels = real(context.train.pixels()), hidden = real(context.run.width);
        const double batch = real(context.settings.baseline.batch_size);
        return sizeof(Scalar) * (4 * pixels * hidden + 3 * batch * (pixels + hidden)) +
               detail::regression_memory<Scalar>(context, hidden);
    }

private:
    std::optional<RbmClassifier<Scalar>> classifier_;
};

/// Model `softmax`: softmax regression on the pixels, with the noise of epoch 0, once.
template <class Scalar>
class SoftmaxModel {
public:
    FitReport fit(const RunContext& context) {
        const auto options = detail::classifier_options(context);
        model_.emplace(context.train.pixels(), context.train.classes);
        const auto fit = fit_softmax(*model_, rows(context, context.train, context.corruption, Stream::train_noise),
                                     context.train.all_labels(), options.softmax());
        return detail::report_of(*model_, fit, context.train.size(), options);
    }
    TestScore evaluate(const RunContext& context, const AnyCorruption& through) const {
        const auto found =
            score(*model_, rows(context, context.test, through, Stream::test_noise), context.test.all_labels());
        return {found.cross_entropy, found.accuracy};
    }

    std::size_t parameter_count(const RunContext& context) const {
        return (context.train.pixels() + 1) * context.train.classes;
    }
    double expected_cost(const RunContext& context) const {
        using detail::real;
        const double pixels = real(context.train.pixels());
        return real(context.run.train_samples) * pixels *
               (2 * detail::regression_iterations * real(context.train.classes) + detail::overhead_of_pixel);
    }
    double memory(const RunContext& context) const {
        return detail::regression_memory<Scalar>(context, detail::real(context.train.pixels()));
    }

private:
    /// The pixels (N, D) as networks see them in epoch 0 of training, or in a test.
    static Matrix<Scalar> rows(const RunContext& context, const Dataset& data, const AnyCorruption& through,
                               Stream stream) {
        return visible_rows<Scalar>(
            ImageSource(data, through, noise_seed(context.seed, through, context.settings.noise), stream));
    }

    std::optional<SoftmaxRegression> model_;
};

static_assert(FittableModel<RbmModel<float>> && FittableModel<SoftmaxModel<float>>);

}  // namespace pstar
