#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>

/// Libraries that are small enough to work out by hand.
namespace bayes_toys {

/// Images (1, 1, pixels) with the given bytes, row after row, and their labels.
inline pstar::Dataset library(std::size_t pixels, const std::vector<int>& bytes, const std::vector<int>& labels,
                              std::size_t classes) {
    pstar::Dataset data;
    data.classes = classes;
    data.images = pstar::Tensor<std::uint8_t, 4>::from_shape({labels.size(), 1, 1, pixels});
    data.labels = pstar::Tensor<pstar::Label, 1>::from_shape({labels.size()});
    for (std::size_t i = 0; i < bytes.size(); ++i) data.images.data()[i] = static_cast<std::uint8_t>(bytes[i]);
    for (std::size_t n = 0; n < labels.size(); ++n) data.labels.data()[n] = static_cast<pstar::Label>(labels[n]);
    return data;
}

/// N random images of so many pixels, each a random one of `levels` (bytes); label n mod K.
inline pstar::Dataset random_library(std::size_t size, std::size_t pixels, const std::vector<int>& levels,
                                     std::size_t classes, std::uint64_t seed) {
    pstar::RandomSequence random(pstar::RandomStream{pstar::Seed{seed}});
    std::vector<int> bytes(size * pixels), labels(size);
    for (auto& byte : bytes) byte = levels[random.below(static_cast<std::uint32_t>(levels.size()))];
    for (std::size_t n = 0; n < size; ++n) labels[n] = static_cast<int>(n % classes);
    return library(pixels, bytes, labels, classes);
}

}  // namespace bayes_toys
