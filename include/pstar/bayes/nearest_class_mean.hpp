#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/matrix.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/softmax/softmax_regression.hpp>

namespace pstar {

/// Where class means come from, and what distance to them is.
struct NearestClassMeanOptions {
    /// Which images the class means are of.
    enum class Means { corrupted, clean };  ///< of training images through the corruption, or of clean ones
    /// How far an image is from a mean.
    enum class Distance { euclidean, weighted };  ///< sum_i d_i^2, or sum_i d_i^2 / s_i^2

    Means means = Means::corrupted;           ///< see `Means`
    Distance distance = Distance::euclidean;  ///< see `Distance`
    std::uint64_t seed = 0;                   ///< of the noise
    Noise noise = Noise::common;              ///< whether strengths share their uniforms
    std::size_t threads = 1;                  ///< 0: all cores; no bit depends on it
};

/// The nearest class mean: an image belongs to the class whose mean is nearest,
///     argmin_k sum_i (x_i - m_ki)^2 / s_i^2,
/// with s_i = s for the Euclidean distance, s^2 the mean of the pixels' variances within classes; else s_i^2 each
/// pixel's own. That is the linear discriminant (Fisher 1936) of pixels that are independent within a class, as noise
/// makes them. `classifier` has its logits, z_k = sum_i (m_ki x_i - m_ki^2/2) / s_i^2: `predict`, `probabilities` and
/// `score` take it. Classes without an image are never chosen.
struct NearestClassMean {
    Matrix<double> means;             ///< (K, D); NaN of a class without an image
    Vector<double> variances;         ///< (D): s_i^2
    std::vector<std::size_t> images;  ///< (K): training images of each class
    SoftmaxRegression classifier;
};

/// The nearest class mean of images seen through a corruption; image i draws the noise of epoch 0 of training, that of
/// (seed, train_noise, 0, i). Throws std::invalid_argument for no images.
template <Corruption C>
NearestClassMean fit_nearest_class_mean(const Dataset& train, const C& corruption,
                                        const NearestClassMeanOptions& options = {}) {
    require(train.size() >= 1, "fit_nearest_class_mean", "train.size()", train.size(), "be at least 1");
    corruption.validate();
    const auto classes = static_cast<Eigen::Index>(train.classes), pixels = static_cast<Eigen::Index>(train.pixels());
    NearestClassMean result{Matrix<double>::Zero(classes, pixels), Vector<double>::Zero(pixels),
                            std::vector<std::size_t>(train.classes, 0),
                            SoftmaxRegression(train.pixels(), train.classes)};
    Vector<double> squares = Vector<double>::Zero(pixels);
    const NoisePlace place{noise_seed(Seed{options.seed}, corruption, options.noise), Stream::train_noise};
    const auto add = [&](std::size_t, const Batch<float>& batch) {
        const auto x = batch.images().matrix();
        for (Eigen::Index n = 0; n < x.rows(); ++n) {
            const auto label = batch.labels()[static_cast<std::size_t>(n)];
            require(label < train.classes, "fit_nearest_class_mean", "a label", int{label}, "be below the classes");
            const Vector<double> image = x.row(n).template cast<double>().transpose();
            result.means.row(label) += image.transpose();
            squares += image.cwiseAbs2();
            ++result.images[label];
        }
    };
    with_threads(options.threads, [&] {
        if (options.means == NearestClassMeanOptions::Means::clean)
            for_each_batch<float>(train, Identity{}, place, 256, add);
        else
            for_each_batch<float>(train, corruption, place, 256, add);
    });
    // sum of x^2 - sum of n_k m_k^2, over n
    const auto size = static_cast<double>(train.size());
    for (Eigen::Index k = 0; k < classes; ++k) {
        const auto count = static_cast<double>(result.images[static_cast<std::size_t>(k)]);
        if (count > 0) squares -= result.means.row(k).transpose().cwiseAbs2() / count;
        result.means.row(k) /= count;
    }
    squares = (squares / size).cwiseMax(0);
    if (options.distance == NearestClassMeanOptions::Distance::euclidean) squares.setConstant(squares.mean());
    // A pixel that never varies within a class is not certain: it counts as the least that does by far.
    constexpr double least = 1e-6;
    const double most = squares.maxCoeff();
    result.variances = most > 0 ? Vector<double>(squares.cwiseMax(least * most)) : Vector<double>::Ones(pixels);
    for (Eigen::Index k = 0; k < classes; ++k) {
        if (result.images[static_cast<std::size_t>(k)] == 0) {
            result.classifier.intercepts[k] = -std::numeric_limits<double>::infinity();
            continue;
        }
        const Vector<double> mean = result.means.row(k).transpose();
        result.classifier.weights.row(k) = mean.cwiseQuotient(result.variances).transpose();
        result.classifier.intercepts[k] = -0.5 * mean.cwiseAbs2().cwiseQuotient(result.variances).sum();
    }
    return result;
}

}  // namespace pstar
