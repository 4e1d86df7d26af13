#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <pstar/autodiff/activation.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/analysis/margin_prediction.hpp>
#include <pstar/nn/train_options.hpp>
#include <pstar/nn/training_keeper.hpp>
#include <pstar/statistics/agreement.hpp>
#include <pstar/statistics/estimate.hpp>

/// Whose is the knee? One strength of corruption: what networks reach, what is predicted of them, what classifiers
/// reach that cannot learn shapes, and what the channel lets through at all.
namespace pstar {

/// Who classifies the corrupted test images; each learned from training images corrupted at the same strength.
enum class Contender { mlp, cnn, softmax, infinite_network, nearest_class_mean, channel_posterior };
/// All of them, in the order of tables.
inline constexpr std::array contenders{Contender::mlp,
                                       Contender::cnn,
                                       Contender::softmax,
                                       Contender::infinite_network,
                                       Contender::nearest_class_mean,
                                       Contender::channel_posterior};
/// Their words, in the same order.
inline constexpr std::array<std::string_view, contenders.size()> contender_names{
    "mlp", "cnn", "softmax", "infinite_network", "nearest_class_mean", "channel_posterior"};
/// One entry for each of `contenders`, in their order.
template <class Value>
using ByContender = std::array<Value, contenders.size()>;
/// The first so many are networks; one entry for each of them.
inline constexpr std::size_t anatomy_networks = 2;
/// One value for each network that is predicted from clean images.
template <class Value>
using ByNetwork = std::array<Value, anatomy_networks>;

/// What takes part in `knee_anatomy`, and in what size.
struct KneeAnatomyOptions {
    std::size_t width = 256, depth = 2;            ///< of the mlp; the infinite network has as many hidden layers
    Activation activation = Activation::relu;      ///< of all networks
    std::size_t cnn_channels = 8, cnn_blocks = 2;  ///< of the cnn: channels of its first block, and blocks
    std::size_t infinite_images =
        2000;             ///< the infinite network learns the first so many: its kernel grows as their square
    double ridge = 1e-2;  ///< of it, see `KernelRidgeOptions`
    std::size_t limit_images = 1000;  ///< training images that the channel's limit is measured on
    /// Keeps the training of a network, see `TrainOptions::keeper`; empty, or null: nothing does.
    std::function<TrainingKeeper*(Contender)> keeper = {};

    void validate() const {
        require(infinite_images >= 1, "KneeAnatomyOptions", "infinite_images", infinite_images, "be at least 1");
        require(limit_images >= 1, "KneeAnatomyOptions", "limit_images", limit_images, "be at least 1");
    }
};

/// What was found at one strength with one seed.
struct KneeAnatomy {
    bool diverged = false;                ///< a network's loss was not finite in training: nothing was measured
    ByContender<Estimate> accuracy = {};  ///< on the corrupted test images, all with the same noise; Wilson's intervals
    ByNetwork<double> predicted = {};     ///< the networks' accuracy from clean images, by the smoothed Jacobian
    double nearest_class_mean_theory = 0;  ///< its accuracy in closed form, for normal classes
    Estimate limit = {};                   ///< the most that any classifier reaches on images of the training set
    Estimate information = {};             ///< of the pixels, in nats (`channel_information`)
    ByNetwork<Agreement> agreement = {};   ///< of each network with the nearest class mean
    ByContender<std::vector<double>> confusion = {};  ///< (K, K): images of a class by the class they are given;
                                                      ///< networks and nearest class mean
};

/// For `sweep`.
inline bool has_diverged(const KneeAnatomy& result) {
    return result.diverged;
}

/// Trains all contenders on images corrupted at `strength` and measures them on the test images, corrupted at the same
/// strength. `training` is that of the networks; its seed is everyone's. A function of its arguments alone.
/// Throws std::invalid_argument for a corruption that is no channel, or has no likelihood; for images that are not
/// bytes; and where the data do not fit. A template, so that it is compiled where it is called.
template <std::same_as<TrainTest> Data = TrainTest>
KneeAnatomy knee_anatomy(const Data& data, const CorruptionFamily& corruption, double strength,
                         const TrainOptions& training, const KneeAnatomyOptions& options = {});

#ifdef PSTAR_COMPILED
extern template KneeAnatomy knee_anatomy(const TrainTest&, const CorruptionFamily&, double, const TrainOptions&,
                                         const KneeAnatomyOptions&);
#endif

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/experiment/detail/knee_anatomy.hpp>
#endif
