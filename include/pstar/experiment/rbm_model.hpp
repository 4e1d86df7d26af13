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
    LearningRate schedule;
    if (baseline.final_rate != 1) schedule.decay = CosineDecay{.end = baseline.final_rate};
    return {.rbm = {.n_components = spec.width,
                    .rbm_n_iter = baseline.rbm_n_iter,
                    .learning_rate = baseline.learning_rate,
                    .batch_size = baseline.batch_size,
                    .cd_k = baseline.cd_k,
                    .persistent = baseline.persistent,
                    .chains = baseline.chains,
                    .temperatures = baseline.temperatures,
                    .centred = baseline.centred,
                    .schedule = schedule,
                    .seed = seed.value,
                    .noise = settings.noise},
            .rbm_classifier_max_iter = baseline.classifier_max_iter};
}

/// Settings whose RBM learns by CD-1 at a constant rate without centring, all else alike: model `rbm_plain`.
inline ExperimentSettings with_plain_rbm(ExperimentSettings settings) {
    const BaselineOptions plain;
    auto& baseline = settings.baseline;
    baseline.cd_k = plain.cd_k;
    baseline.persistent = plain.persistent;
    baseline.chains = plain.chains;
    baseline.temperatures = plain.temperatures;
    baseline.centred = plain.centred;
    baseline.final_rate = plain.final_rate;
    return settings;
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
/// of one more. A classifier that has not converged is measured as it is. Model `rbm_plain`: the same by CD-1, see
/// `with_plain_rbm`.
template <class Scalar>
class RbmModel {
public:
    explicit RbmModel(bool plain = false) : plain_(plain) {}

    FitReport fit(const RunContext& context) {
        const auto options = options_of(context);
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
    /// A pass of CD-k takes 2k + 3 products with the weights; 2k + 1 of them are of the chains, where they persist, and
    /// 2k of these at every temperature.
    double expected_cost(const RunContext& context) const {
        using detail::real;
        const double pixels = real(context.train.pixels()), weights = pixels * real(context.run.width);
        const double regression = real(context.run.width * context.train.classes);
        const double overhead = detail::overhead_of_pixel * pixels;
        const auto rule = options_of(context).rbm;
        const double chains = rule.chains > 0 ? real(rule.chains) / real(rule.batch_size) : 1;
        const double pass = (2 + chains * (real(2 * rule.cd_k * rule.temperatures) + 1)) * weights + overhead;
        return real(context.run.train_samples) * (real(context.settings.baseline.rbm_n_iter) * pass + weights +
                                                  overhead + 2 * detail::regression_iterations * regression);
    }
    /// From one pass instead of all.
    double fit_seconds(const RunContext& context) const {
        auto settings = context.settings;
        settings.baseline.rbm_n_iter = 1;
        const RunContext short_run{context.run,  settings,           context.train,
                                   context.test, context.corruption, context.seed};
        RbmModel model(plain_);
        const double once = detail::seconds_taken([&] { model.fit(short_run); });
        const auto options = options_of(short_run).rbm;
        const double pass = detail::seconds_taken([&] { fit_rbm<Scalar>(context.train, context.corruption, options); });
        return once + (detail::real(context.settings.baseline.rbm_n_iter) - 1) * pass;
    }
    /// The weights, two copies and their changes; batches; what the classifier takes.
    double memory(const RunContext& context) const {
        using detail::real;
        const double pixels = real(context.train.pixels()), hidden = real(context.run.width);
        const auto rule = options_of(context).rbm;
        const double batch = real(rule.batch_size), chains = rule.chains > 0 ? real(rule.chains) : batch;
        const double rows = 2 * batch + chains * (rule.temperatures > 1 ? 1 + real(2 * rule.temperatures) : 1);
        return sizeof(Scalar) * (4 * pixels * hidden + rows * (pixels + hidden)) +
               detail::regression_memory<Scalar>(context, hidden);
    }

private:
    RbmClassifierOptions options_of(const RunContext& context) const {
        return pstar::classifier_options(context.run.spec(),
                                         plain_ ? with_plain_rbm(context.settings) : context.settings, context.seed);
    }

    bool plain_;
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
