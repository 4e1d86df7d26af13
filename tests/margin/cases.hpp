#pragma once

#include <cstdint>
#include <vector>

#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/mlp.hpp>

/// Networks and images that the tests of margins share, and plain ways to compute with them.
namespace margin_case {

using namespace pstar;

/// `count` synthetic digits.
inline Dataset digits(std::size_t count, std::uint64_t seed = 2) {
    return synthetic_digits({.train = 1, .test = count, .seed = seed}).test;
}

/// One-dimensional images: `pixels` grey values each.
inline Dataset strips(std::size_t pixels, const std::vector<std::vector<int>>& values, const std::vector<int>& labels,
                      std::size_t classes) {
    Dataset data;
    data.images = Tensor<std::uint8_t, 4>::from_shape({values.size(), 1, 1, pixels});
    data.labels = Tensor<Label, 1>::from_shape({labels.size()});
    data.classes = classes;
    for (std::size_t n = 0; n < values.size(); ++n) {
        data.labels.data()[n] = static_cast<Label>(labels[n]);
        for (std::size_t i = 0; i < pixels; ++i) data.image(n)[i] = static_cast<std::uint8_t>(values[n][i]);
    }
    return data;
}

/// An image's pixels in [0, 1], clean or through a channel.
template <class C>
std::vector<double> seen(const Dataset& data, std::size_t image, const C& channel, std::uint32_t draw = 0) {
    std::vector<double> x(data.pixels());
    corrupt(channel, data.image(image), std::span<double>(x),
            {Seed{8}, Stream::test_noise, draw, static_cast<std::uint32_t>(image)});
    return x;
}
inline std::vector<double> seen(const Dataset& data, std::size_t image) {
    return seen(data, image, Identity{});
}

inline std::vector<double> logits_of(const Mlp<double>& net, const std::vector<double>& pixels) {
    Tape<double> tape;
    const auto f = net(tape.constant({pixels.data(), {1, pixels.size()}})).value();
    return {f.data, f.data + f.size()};
}

/// f_y - max of the others.
inline double margin_of(const std::vector<double>& f, std::size_t label) {
    double runner_up = -1e300;
    for (std::size_t k = 0; k < f.size(); ++k)
        if (k != label) runner_up = std::max(runner_up, f[k]);
    return f[label] - runner_up;
}

}  // namespace margin_case
