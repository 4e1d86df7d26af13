#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <pstar/core/view.hpp>

/// Batch normalisation by its definition, channel by channel, in double.
namespace reference {

struct BatchNormResult {
    std::vector<double> y, mean, variance, unbiased_variance;
};

inline BatchNormResult batch_norm(const std::vector<double>& x, const pstar::Shape& shape, const std::vector<double>& w,
                                  const std::vector<double>& b, double eps) {
    const std::size_t images = shape[0], channels = shape[1], pixels = shape.size() / images / channels;
    BatchNormResult result{std::vector<double>(x.size()), {}, {}, {}};
    for (std::size_t c = 0; c < channels; ++c) {
        std::vector<std::size_t> places;
        for (std::size_t n = 0; n < images; ++n)
            for (std::size_t p = 0; p < pixels; ++p) places.push_back((n * channels + c) * pixels + p);
        const double count = static_cast<double>(places.size());
        double mean = 0, squares = 0;
        for (const auto i : places) mean += x[i] / count;
        for (const auto i : places) squares += (x[i] - mean) * (x[i] - mean);
        for (const auto i : places) result.y[i] = w[c] * (x[i] - mean) / std::sqrt(squares / count + eps) + b[c];
        result.mean.push_back(mean);
        result.variance.push_back(squares / count);
        result.unbiased_variance.push_back(squares / (count - 1));
    }
    return result;
}

}  // namespace reference
