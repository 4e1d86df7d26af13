#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

#include <pstar/bayes/channel_limit.hpp>
#include <pstar/bayes/channel_posterior.hpp>
#include <pstar/bayes/nearest_class_mean.hpp>
#include <pstar/core/error.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/pixel_likelihood.hpp>
#include <pstar/experiment/model.hpp>

/// Models without weights to train: the nearest class mean, and the posterior over the training images.
namespace pstar {

/// The likelihood of a corruption's channel. Throws std::invalid_argument where it has none.
inline PixelLikelihood likelihood_of(const char* where, const AnyCorruption& corruption) {
    const auto likelihood = corruption.pixel_likelihood();
    require(likelihood.has_value(), where, "the corruption's strength", corruption.strength(),
            "belong to a channel with a likelihood, match_log_odds(z) or log_likelihood(z, x); see HasLikelihood");
    return *likelihood;
}

/// Model `nearest_class_mean`: the Euclidean one, of training images with the noise of epoch 0. Its losses are mean
/// squared errors of the probabilities of normal classes, whatever `ExperimentSettings::loss` says.
class NearestClassMeanModel {
public:
    FitReport fit(const RunContext& context) {
        model_.emplace(fit_nearest_class_mean(context.train, context.corruption,
                                              {.seed = context.seed.value, .noise = context.settings.noise}));
        return {.train_loss = measure(context, context.train, context.corruption, Stream::train_noise).loss};
    }
    TestScore evaluate(const RunContext& context, const AnyCorruption& through) const {
        return measure(context, context.test, through, Stream::test_noise);
    }
    std::size_t parameter_count(const RunContext& context) const {
        return context.train.pixels() * context.train.classes;
    }
    double expected_cost(const RunContext& context) const {
        using detail::real;
        const double pixel = 2 * real(context.train.classes) + 2 * detail::overhead_of_pixel;
        return real(context.run.train_samples + context.test.size()) * real(context.train.pixels()) * pixel;
    }

private:
    TestScore measure(const RunContext& context, const Dataset& data, const AnyCorruption& through,
                      Stream stream) const {
        double squares = 0, right = 0;
        const auto add = [&](std::size_t, const Batch<float>& batch) {
            const Matrix<float> x = batch.images().matrix();
            const auto p = probabilities(model_->classifier, x);
            const auto chosen = predict(model_->classifier, x);
            for (std::size_t n = 0; n < chosen.size(); ++n) {
                right += chosen[n] == batch.labels()[n];
                for (Eigen::Index k = 0; k < p.cols(); ++k)
                    squares += std::pow(
                        static_cast<double>(p(static_cast<Eigen::Index>(n), k)) - (batch.labels()[n] == k ? 1 : 0), 2);
            }
        };
        for_each_batch<float>(data, through, {noise_seed(context.seed, through, context.settings.noise), stream}, 256,
                              add);
        const auto size = detail::real(data.size());
        return {squares / (size * detail::real(data.classes)), right / size};
    }

    std::optional<NearestClassMean> model_;
};

/// Model `channel_posterior`: the likeliest class by the posterior over the training images (`ChannelPosterior`). It
/// knows the channel, strength included, of the images that it is tested on. Test images are not in the library, so
/// this is a kernel density, not the channel's limit. Its losses are mean squared errors of the probabilities; that of
/// training, on images of the library, is of the first 1,000 spread over it.
class ChannelPosteriorModel {
public:
    FitReport fit(const RunContext& context) {
        const auto likelihood = likelihood_of("channel_posterior", context.corruption);
        posterior_.emplace(context.train);
        return {.train_loss = posterior_accuracy(*posterior_, context.train, context.corruption, likelihood,
                                                 options(context, 1000))
                                  .brier};
    }
    TestScore evaluate(const RunContext& context, const AnyCorruption& through) const {
        const auto found =
            posterior_accuracy(*posterior_, context.test, through, likelihood_of("channel_posterior", through),
                               options(context, context.test.size()));
        return {found.brier, found.accuracy.value};
    }
    /// Pixels of the library: all that is kept.
    std::size_t parameter_count(const RunContext& context) const {
        return context.run.train_samples * context.train.pixels();
    }
    double expected_cost(const RunContext& context) const {
        using detail::real;
        constexpr double pair = 0.05;  // of comparing two pixels, in multiply-adds: 64 bytes at once
        const double tests = detail::tests_measured(context.settings) * real(context.test.size()) + 1000;
        return pair * tests * real(context.run.train_samples) * real(context.train.pixels());
    }
    double memory(const RunContext& context) const {
        return detail::real(context.train.size()) * detail::real(context.train.pixels() + 64);
    }

private:
    static ChannelLimitOptions options(const RunContext& context, std::size_t images) {
        return {.images = images, .seed = context.seed.value, .noise = context.settings.noise};
    }

    std::optional<ChannelPosterior> posterior_;
};

static_assert(FittableModel<NearestClassMeanModel> && FittableModel<ChannelPosteriorModel>);

}  // namespace pstar
