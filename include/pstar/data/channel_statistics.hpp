#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar {

/// The mean and standard deviation of each colour channel's pixels in [0, 1].
struct ChannelStatistics {
    std::vector<double> mean;    ///< (C)
    std::vector<double> stddev;  ///< (C)
};

namespace detail {

/// Calls `body(c, plane)` for every plane (H W pixels) of the images: channel c of image after image.
template <class T, class Body>
void for_each_plane(const Tensor<T, 4>& images, const Body& body) {
    const auto& n = images.shape();
    const auto size = n[2] * n[3];
    for (std::size_t plane = 0; plane < n[0] * n[1]; ++plane)
        body(plane % n[1], std::span<const T>(images.data() + plane * size, size));
}

/// Counts the values, so that the sums are exact.
inline ChannelStatistics statistics_of(const Tensor<std::uint8_t, 4>& images) {
    std::vector<std::array<std::uint64_t, 256>> counts(images.shape()[1]);
    for_each_plane(images, [&](std::size_t c, std::span<const std::uint8_t> plane) {
        for (const auto byte : plane) ++counts[c][byte];
    });
    const auto n = static_cast<double>(images.size() / counts.size());
    ChannelStatistics result;
    for (const auto& count : counts) {
        double sum = 0, squares = 0;
        for (std::size_t v = 0; v < 256; ++v) sum += static_cast<double>(count[v] * v);
        const double mean = sum / n;
        for (std::size_t v = 0; v < 256; ++v)
            squares +=
                static_cast<double>(count[v]) * (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
        result.mean.push_back(mean / 255);
        result.stddev.push_back(std::sqrt(squares / n) / 255);
    }
    return result;
}

/// Two passes, in double.
inline ChannelStatistics statistics_of(const Tensor<float, 4>& images) {
    const auto channels = images.shape()[1];
    const auto n = static_cast<double>(images.size() / channels);
    ChannelStatistics result{std::vector<double>(channels), std::vector<double>(channels)};
    for_each_plane(images, [&](std::size_t c, std::span<const float> plane) {
        for (const float x : plane) result.mean[c] += static_cast<double>(x);
    });
    for (double& mean : result.mean) mean /= n;
    for_each_plane(images, [&](std::size_t c, std::span<const float> plane) {
        for (const float x : plane) {
            const double distance = static_cast<double>(x) - result.mean[c];
            result.stddev[c] += distance * distance;
        }
    });
    for (double& stddev : result.stddev) stddev = std::sqrt(stddev / n);
    return result;
}

}  // namespace detail

/// The statistics over all M = N H W pixels of each channel of `data`, scaled to [0, 1]:
///     mean_c = sum_i x_ci / M,   stddev_c = sqrt(sum_i (x_ci - mean_c)^2 / M)
/// Those of the training images are what `Standardised` networks take. Throws std::invalid_argument without images.
inline ChannelStatistics channel_statistics(const Dataset& data) {
    data.validate();
    require(data.size() >= 1, "channel_statistics", "data.size()", data.size(), "be at least 1");
    return data.has_floats() ? detail::statistics_of(*data.float_images) : detail::statistics_of(data.images);
}

}  // namespace pstar
