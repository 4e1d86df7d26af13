#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include <pstar/core/random.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/io/json_line.hpp>
#include <pstar/nn/activation.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/optimizer.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/sweep/corruption_mode.hpp>
#include <pstar/sweep/kernel_probe.hpp>
#include <pstar/sweep/network_size.hpp>

/// One point of an accuracy curve: what a run is, and what comes of it. `run_accuracy` is in a header of its own.
namespace pstar {

/// The key of a run. With the settings, it determines every number of the result. Activation, depth and batch size say
/// nothing of models that are no networks, but for the depth of an ntk; the width nothing of softmax regression on
/// pixels.
struct AccuracyRun {
    Architecture architecture = Architecture::mlp;
    Activation activation = Activation::relu;
    /// Units of each hidden layer; channels of a cnn's first block; components of an rbm. Of an ntk: the width of the
    /// networks that the kernel is the mean of, 0 for the limit of infinite width.
    std::size_t width = 64;
    std::size_t depth = 2;          ///< hidden layers; of a cnn: blocks
    std::size_t train_samples = 0;  ///< learns from the first so many training images; at least 1
    std::size_t batch_size = 128;   ///< images a step
    CorruptionMode corruption = CorruptionMode::replacement;
    double strength = 0;     ///< p or sigma of the channel
    std::size_t repeat = 0;  ///< 0, 1, ...

    /// Member by member, in the order above.
    friend auto operator<=>(const AccuracyRun&, const AccuracyRun&) = default;
};

/// How models that are no networks are fitted; the rest of `RbmClassifierOptions` is at its defaults.
struct ClassicalTraining {
    std::size_t rbm_n_iter = 10;            ///< passes over the training images
    double learning_rate = 0.05;            ///< of the machine
    std::size_t batch_size = 100;           ///< images a step of the machine
    std::size_t cd_k = 1;                   ///< Gibbs sweeps a step
    bool persistent = false;                ///< chains go on from step to step
    std::size_t classifier_max_iter = 200;  ///< iterations of L-BFGS, on features or on pixels
    double ridge = 1e-3;                    ///< of kernel ridge regression, see `KernelRidgeOptions`
};

/// What all runs of a sweep have in common.
struct AccuracySettings {
    std::size_t epochs = 10;
    Optimizer optimizer = Adam{};
    Loss loss = Loss::cross_entropy;
    Noise noise = Noise::common;
    bool test_clean = true, test_corrupted = true;  ///< what is measured
    Seed seed{};                                    ///< the master seed
    ClassicalTraining classical = {};
    std::optional<KernelProbe> kernel_probe = {};  ///< tangent kernels of networks, where they are asked for
};

struct AccuracyResult {
    TrainStatus status = TrainStatus::finished;  ///< diverged: a loss was not finite, nothing was measured
    double train_loss = not_measured;            ///< mean over the last epoch, on corrupted images while learning
    double test_loss = not_measured, test_accuracy = not_measured;                      ///< on clean test images
    double test_loss_corrupted = not_measured, test_accuracy_corrupted = not_measured;  ///< seen through the channel
    std::optional<ProbedKernel> kernel = {}, kernel_corrupted = {};                     ///< see `KernelProbe`

    static constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();
};

inline bool has_diverged(const AccuracyResult& result) {
    return result.status == TrainStatus::diverged;
}

/// The seed of repeat r: 53 bits (exact in every CSV reader) derived from (master, r). Initial weights, the order of
/// the samples and all noise of the run draw from it, each from a stream of its own, whatever the other axes are:
/// - strengths and sizes of one repeat differ in nothing but what is varied (with Noise::common they even share the
///   uniforms of the noise), so their errors are correlated; repeats are independent;
/// - a run's numbers depend neither on its place in a grid nor on what runs beside it.
inline Seed repeat_seed(Seed master, std::size_t repeat) {
    return {derive(master, repeat).value >> 11};
}

namespace detail {
struct NamedNumber {
    const char* name;
    double AccuracyResult::*member;
};
inline constexpr std::array<NamedNumber, 5> accuracy_numbers{
    {{"train_loss", &AccuracyResult::train_loss},
     {"test_loss", &AccuracyResult::test_loss},
     {"test_accuracy", &AccuracyResult::test_accuracy},
     {"test_loss_corrupted", &AccuracyResult::test_loss_corrupted},
     {"test_accuracy_corrupted", &AccuracyResult::test_accuracy_corrupted}}};

struct NamedKernel {
    const char* name;
    std::optional<ProbedKernel> AccuracyResult::*member;
};
inline constexpr std::array<NamedKernel, 2> accuracy_kernels{
    {{"kernel", &AccuracyResult::kernel}, {"kernel_corrupted", &AccuracyResult::kernel_corrupted}}};
}  // namespace detail

/// How a result stands in a journal; kernels only where there are some.
template <class Json>
void to_json(Json& json, const AccuracyResult& result) {
    json = Json{{"diverged", has_diverged(result)}};
    for (const auto& [name, member] : detail::accuracy_numbers) json[name] = json_number<Json>(result.*member);
    for (const auto& [name, member] : detail::accuracy_kernels)
        if (result.*member) json[name] = *(result.*member);
}
template <class Json>
void from_json(const Json& json, AccuracyResult& result) {
    result.status = json.at("diverged").template get<bool>() ? TrainStatus::diverged : TrainStatus::finished;
    for (const auto& [name, member] : detail::accuracy_numbers) result.*member = number_of_json(json.at(name));
    for (const auto& [name, member] : detail::accuracy_kernels)
        if (json.contains(name)) result.*member = json.at(name).template get<ProbedKernel>();
}

}  // namespace pstar
