#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <pstar/bayes/channel_information.hpp>
#include <pstar/bayes/channel_limit.hpp>
#include <pstar/bayes/nearest_class_mean.hpp>
#include <pstar/bayes/nearest_class_mean_accuracy.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/analysis/knee_anatomy.hpp>
#include <pstar/experiment/bayes_models.hpp>
#include <pstar/experiment/built_in_networks.hpp>
#include <pstar/margin/criterion.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/infinite_ntk.hpp>
#include <pstar/ntk/kernel_ridge.hpp>
#include <pstar/rbm/visible_rows.hpp>
#include <pstar/softmax/fit_softmax.hpp>
#include <pstar/statistics/proportion.hpp>

namespace pstar {

namespace detail {

using Decisions = std::vector<std::size_t>;

/// The contenders of one strength and seed: everything they share.
template <class Data>
class Anatomist {
public:
    Anatomist(const Data& data, const CorruptionFamily& corruption, double strength, const TrainOptions& training,
              const KneeAnatomyOptions& options)
        : data_(data),
          corruption_(corruption(strength)),
          moments_(moments_of(corruption_)),
          likelihood_(likelihood_of("knee_anatomy", corruption_)),
          training_(training),
          options_(options) {}

    KneeAnatomy run() {
        const ModelSpec mlp{"mlp", options_.width, options_.depth, options_.activation};
        const ModelSpec cnn{"cnn", options_.cnn_channels, options_.cnn_blocks, options_.activation};
        result_.diverged = !network(Contender::mlp, mlp) || !network(Contender::cnn, cnn);
        if (result_.diverged) return {.diverged = true};
        softmax();
        infinite_network();
        nearest_class_mean();
        channel();
        for (std::size_t n = 0; n < anatomy_networks; ++n)
            result_.agreement[n] =
                agreement(decisions_[n], decisions_[index(Contender::nearest_class_mean)], data_.test.all_labels());
        for (const auto who : {Contender::mlp, Contender::cnn, Contender::nearest_class_mean}) {
            const auto counts = confusion_matrix(decisions_[index(who)], data_.test.all_labels(), data_.test.classes);
            result_.confusion[index(who)].assign(counts.data(), counts.data() + counts.size());
        }
        return result_;
    }

private:
    static std::size_t index(Contender who) { return static_cast<std::size_t>(who); }
    NoisePlace place(Stream stream) const {
        return {noise_seed(Seed{training_.seed}, corruption_, training_.noise), stream};
    }
    void take_decisions(Contender who, Decisions decisions) {
        std::size_t right = 0;
        for (std::size_t i = 0; i < decisions.size(); ++i) right += decisions[i] == data_.test.label(i);
        const auto size = static_cast<double>(data_.test.size());
        result_.accuracy[index(who)] = wilson(static_cast<double>(right) / size, size);
        decisions_[index(who)] = std::move(decisions);
    }
    /// The largest of each row, the first of equal ones.
    template <class Scores>
    static Decisions largest(const Scores& scores) {
        Decisions result;
        for (Eigen::Index n = 0; n < scores.rows(); ++n) {
            Eigen::Index best = 0;
            scores.row(n).maxCoeff(&best);
            result.push_back(static_cast<std::size_t>(best));
        }
        return result;
    }
    Matrix<float> rows(const Dataset& images, Stream stream) const {
        Batch<float> batch;
        batch.fill_range(images, 0, images.size(), corruption_, place(stream));
        return batch.images().matrix();
    }

    bool network(Contender who, const ModelSpec& spec) {
        return with_network(spec, data_.train, Seed{training_.seed}, [&](auto& net) {
            auto training = training_;
            if (options_.keeper) training.keeper = options_.keeper(who);
            if (train(net, data_.train, corruption_, training).status == TrainStatus::diverged) return false;
            Decisions decisions;
            for_each_batch(net, data_.test, corruption_, place(Stream::test_noise),
                           [&](std::size_t, const Batch<float>&, Variable<float>, Variable<float> logits) {
                               const auto more = largest(logits.value().matrix());
                               decisions.insert(decisions.end(), more.begin(), more.end());
                           });
            take_decisions(who, std::move(decisions));
            result_.predicted[index(who)] =
                predict_by(Criterion::smoothed_jacobian, net, data_.test, moments_).predicted_accuracy();
            return true;
        });
    }
    void softmax() {
        SoftmaxRegression model(data_.train.pixels(), data_.train.classes);
        fit_softmax(model, rows(data_.train, Stream::train_noise), data_.train.all_labels());
        take_decisions(Contender::softmax, predict(model, rows(data_.test, Stream::test_noise)));
    }
    void infinite_network() {
        KernelRidge<float> model(
            {.inputs = data_.train.pixels(), .hidden_layers = options_.depth, .activation = options_.activation},
            {.ridge = options_.ridge, .seed = training_.seed, .noise = training_.noise});
        const auto images = take(data_.train, std::min(options_.infinite_images, data_.train.size()));
        model.fit(images, corruption_);
        const auto scores = model.predict(data_.test, corruption_);
        take_decisions(Contender::infinite_network, largest(as_matrix(scores)));
    }
    void nearest_class_mean() {
        const auto model =
            fit_nearest_class_mean(data_.train, corruption_, {.seed = training_.seed, .noise = training_.noise});
        take_decisions(Contender::nearest_class_mean, predict(model.classifier, rows(data_.test, Stream::test_noise)));
        result_.nearest_class_mean_theory =
            nearest_class_mean_accuracy(data_.test, moments_, static_cast<double>(data_.train.size()));
    }
    void channel() {
        const ChannelPosterior posterior(data_.train);
        ChannelLimitOptions options{.images = data_.test.size(), .seed = training_.seed, .noise = training_.noise};
        take_decisions(Contender::channel_posterior,
                       posterior_accuracy(posterior, data_.test, corruption_, likelihood_, options).decisions);
        options.images = options_.limit_images;
        result_.limit = posterior_accuracy(posterior, data_.train, corruption_, likelihood_, options).expected;
        options.images = std::min<std::size_t>(options.images, 200);
        result_.information = channel_information(data_.train, corruption_, likelihood_, options).pixels;
    }

    const Data& data_;
    AnyCorruption corruption_;
    PixelMoments moments_;
    PixelLikelihood likelihood_;
    TrainOptions training_;
    KneeAnatomyOptions options_;
    ByContender<Decisions> decisions_;
    KneeAnatomy result_;
};

}  // namespace detail

template <std::same_as<TrainTest> Data>
KneeAnatomy knee_anatomy(const Data& data, const CorruptionFamily& corruption, double strength,
                         const TrainOptions& training, const KneeAnatomyOptions& options) {
    options.validate();
    return detail::Anatomist<Data>(data, corruption, strength, training, options).run();
}

}  // namespace pstar
