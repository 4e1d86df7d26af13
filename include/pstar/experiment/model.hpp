#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/image_stream.hpp>
#include <pstar/experiment/run_cost.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/training_keeper.hpp>

/// What a kind of model must offer to take part in an experiment.
namespace pstar {

/// A run as its model sees it. The references are to what outlives the run.
struct RunContext {
    const RunKey& run;
    const ExperimentSettings& settings;
    const Dataset& train;                 ///< what it learns from: see `training_set`
    const Dataset& test;                  ///< all test images
    const AnyCorruption& corruption;      ///< the run's own: what it learns through; training images may stay clean
    Seed seed;                            ///< of the run's repeat: all that is random derives from it
    std::filesystem::path networks = {};  ///< the folder for trained networks; empty: none are kept
    std::vector<AnyCorruption> transfer = {};  ///< those of `settings.transfer`
    const ImageStream* stream = nullptr;       ///< learn from these, of which `train` are some; null: from `train`
    std::size_t prefetch = 0;                  ///< batches of the stream that a second thread draws ahead; 0: none
    TrainingKeeper* keeper = nullptr;          ///< keeps the training, see `TrainOptions::keeper`; null: nothing does

    /// Number of training images, held or drawn.
    std::size_t training_images() const { return stream ? stream->size() : train.size(); }
};

/// How a fit ended.
struct FitReport {
    TrainStatus status = TrainStatus::finished;
    double train_loss = RunResult::not_measured;  ///< on the corrupted training images
};

/// A model of your own that is no network: an RBM with a classifier, a kernel method, nearest neighbours.
/// - `fit(context)` learns from `context.train` seen through `context.corruption`;
/// - `evaluate(context, through)` measures it on `context.test` seen through `through`: the clean channel, or the
/// run's. Draw noise from (context.seed, Stream::train_noise, 0, image) and (context.seed, Stream::test_noise, 0,
/// image), by `Batch` or `for_each_batch`, and the model sees the same corrupted images as all others. A minimal one:
///
///     struct Guess {
///         FitReport fit(const RunContext&) { return {.train_loss = 0}; }
///         TestScore evaluate(const RunContext&, const AnyCorruption&) const { return {0, 0.1}; }
///     };
template <class M>
concept FittableModel = requires(M& model, const M& fitted, const RunContext& context, const AnyCorruption& through) {
    { model.fit(context) } -> std::same_as<FitReport>;
    { fitted.evaluate(context, through) } -> std::same_as<TestScore>;
};

/// A kind of model, as a registry holds it: one virtual call per run, everything inside is typed.
class ModelKind {
public:
    ModelKind() = default;
    ModelKind(const ModelKind&) = delete;
    ModelKind& operator=(const ModelKind&) = delete;
    virtual ~ModelKind() = default;

    /// Fits a model of that kind and measures it. Throws `std::invalid_argument` for a size or options that make none.
    virtual RunResult run(const RunContext& context) const = 0;
    /// What `run` will take in one thread, from a piece of it that takes about `seconds`.
    virtual RunCost measure_cost(const RunContext& context, double seconds) const = 0;
    /// What `run` takes, in multiply-adds, roughly: to start long runs first and to estimate the time left. Of the
    /// training images `context.run.train_samples` count, whatever `context.train` holds; so below.
    virtual double expected_cost(const RunContext& context) const = 0;
    /// Whether `context.stream` may be set. Where not, all images that a run learns from are in `context.train`.
    virtual bool learns_from_streams() const { return false; }
    /// Numbers that are learned.
    virtual std::size_t parameter_count(const RunContext& context) const = 0;
};

namespace detail {

/// Fills in what is to be measured: `score(through)` is that of the test images seen through a corruption. A loss that
/// is not finite is a run that diverged, unless it is that of a transfer.
inline void measure_tests(RunResult& result, const RunContext& context,
                          const std::function<TestScore(const AnyCorruption& through)>& score) {
    const auto measure = [&](const AnyCorruption& through, double& loss, double& accuracy) {
        const TestScore found = score(through);
        loss = found.loss;
        accuracy = found.accuracy;
        if (!std::isfinite(loss)) result.status = TrainStatus::diverged;
    };
    if (context.settings.test_clean) measure(Identity{}, result.test_loss, result.test_accuracy);
    if (context.settings.test_corrupted)
        measure(context.corruption, result.test_loss_corrupted, result.test_accuracy_corrupted);
    for (const auto& through : context.transfer) result.transfer.push_back(score(through));
}

/// Of corruption and memory traffic for a pixel, in multiply-adds.
inline constexpr double overhead_of_pixel = 120;

inline double real(std::size_t n) {
    return static_cast<double>(n);
}
/// How often the test images are measured.
inline double tests_measured(const ExperimentSettings& settings) {
    return (settings.test_clean ? 1 : 0) + (settings.test_corrupted ? 1 : 0) + real(settings.transfer.size());
}

}  // namespace detail

}  // namespace pstar
