#pragma once

#include <cmath>
#include <cstdint>

#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>

namespace pstar {

/// Fills a weight (out, ...) and its bias with Uniform(-1/sqrt(fan_in), 1/sqrt(fan_in)), PyTorch's default for linear
/// and convolution layers. Layer `layer` draws from a place of its own: changing one layer's size leaves the others
/// alone.
template <class Scalar>
void initialise(View<Scalar> weight, View<Scalar> bias, Seed seed, std::uint32_t layer) {
    const double bound = 1 / std::sqrt(static_cast<double>(weight.shape.columns()));
    RandomSequence next({seed, Stream::init, layer, 0});
    for (Scalar& w : weight.elements()) w = static_cast<Scalar>(next.uniform(-bound, bound));
    for (Scalar& b : bias.elements()) b = static_cast<Scalar>(next.uniform(-bound, bound));
}

}  // namespace pstar
