#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/matrix.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/statistics/orthant.hpp>

namespace pstar {

/// The accuracy of the nearest class mean (Euclidean, means of corrupted images) in closed form, for classes that are
/// normal after corruption with means m_k, one covariance S and shares q_k, trained on n images, n_k = n q_k. With
/// d_k = m_c - m_k, an image of class c is nearer to its own estimated mean than to that of k by half of 2 M_k,
///     E[M_k]        = |d_k|^2/2 - tr S (1/n_c - 1/n_k)/2
///     Cov[M_k, M_l] = d_k^T S d_l + T/n_c + T/(2 n_c^2) + [k = l] ((d_k^T S d_k + T)/n_k + T/(2 n_k^2)),   T = tr S^2,
/// and A = sum_c q_c P(all M_k > 0), by `any_below_zero`. The terms with n are the noise of the means: they take part
/// in every comparison, and are why few images are not enough in many dimensions.
///
/// m, S and q are those of `data` (N, bytes) seen through the channel: of each pixel its mean E[x' | x], and the mean
/// of its variance beside the scatter of the means within classes. `train_images` = n, infinity for the means
/// themselves. O(N D^2) for S. Throws std::invalid_argument for images that are not bytes, a class with fewer than 2,
/// or n < K.
inline double nearest_class_mean_accuracy(const Dataset& data, const PixelMoments& channel,
                                          double train_images = std::numeric_limits<double>::infinity()) {
    const char* where = "nearest_class_mean_accuracy";
    data.validate();
    require(!data.has_floats(), where, "data.has_floats()", true, "be false: images must be bytes");
    require(train_images >= static_cast<double>(data.classes), where, "train_images", train_images,
            "be at least the number of classes");
    const auto classes = static_cast<Eigen::Index>(data.classes), pixels = static_cast<Eigen::Index>(data.pixels());
    const auto size = static_cast<Eigen::Index>(data.size());
    // 1. E[x' | x] of each image, class means, and the mean variance of each pixel
    std::array<double, 256> mean_of;
    for (std::size_t v = 0; v < 256; ++v) mean_of[v] = static_cast<double>(v) / 255 + channel.shift[v];
    Matrix<double> x(size, pixels), means = Matrix<double>::Zero(classes, pixels);
    Vector<double> noise = Vector<double>::Zero(pixels), counts = Vector<double>::Zero(classes);
    for (Eigen::Index n = 0; n < size; ++n) {
        const auto image = data.image(static_cast<std::size_t>(n));
        for (Eigen::Index i = 0; i < pixels; ++i) {
            x(n, i) = mean_of[image[static_cast<std::size_t>(i)]];
            noise[i] += channel.variance[image[static_cast<std::size_t>(i)]] / static_cast<double>(size);
        }
        const auto label = data.label(static_cast<std::size_t>(n));
        means.row(label) += x.row(n);
        ++counts[label];
    }
    for (Eigen::Index k = 0; k < classes; ++k) {
        require(counts[k] >= 2, where, "the number of images of a class", counts[k], "be at least 2");
        means.row(k) /= counts[k];
    }
    // 2. S = scatter within classes + noise
    for (Eigen::Index n = 0; n < size; ++n) x.row(n) -= means.row(data.label(static_cast<std::size_t>(n)));
    Matrix<double> covariance = x.transpose() * x / static_cast<double>(size - classes);
    covariance.diagonal() += noise;
    const double trace = covariance.trace(), trace_of_square = covariance.squaredNorm();
    const Matrix<double> projected = means * covariance * means.transpose();  // m_k^T S m_l
    // 3. class by class
    const auto images_of = [&](Eigen::Index k) { return train_images * counts[k] / static_cast<double>(size); };
    double accuracy = 0;
    for (Eigen::Index c = 0; c < classes; ++c) {
        std::vector<Eigen::Index> others;
        for (Eigen::Index k = 0; k < classes; ++k)
            if (k != c) others.push_back(k);
        const auto count = static_cast<Eigen::Index>(others.size());
        Vector<double> mean(count);
        Matrix<double> spread(count, count);
        const double own = images_of(c);
        for (Eigen::Index a = 0; a < count; ++a) {
            const auto k = others[static_cast<std::size_t>(a)];
            const double n = images_of(k);
            mean[a] = 0.5 * ((means.row(c) - means.row(k)).squaredNorm() - trace * (1 / own - 1 / n));
            for (Eigen::Index b = 0; b < count; ++b) {
                const auto l = others[static_cast<std::size_t>(b)];
                spread(a, b) = projected(c, c) - projected(c, l) - projected(k, c) + projected(k, l) +
                               trace_of_square * (1 / own + 0.5 / (own * own));
            }
            const double along = projected(c, c) - 2 * projected(c, k) + projected(k, k);
            spread(a, a) += (along + trace_of_square) / n + 0.5 * trace_of_square / (n * n);
        }
        const auto lost_if_equal = [&](std::size_t a) { return others[a] < c; };
        accuracy += counts[c] / static_cast<double>(size) * (1 - any_below_zero(mean, spread, lost_if_equal));
    }
    return accuracy;
}

}  // namespace pstar
