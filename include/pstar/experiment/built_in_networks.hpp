#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/model_spec.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>

/// The networks of the built-in models `mlp` and `cnn`, made for images like `images`, weights drawn from `seed`. All
/// throw `std::invalid_argument` for sizes that make no network.
namespace pstar {

/// `depth` hidden layers of `width` units.
template <class Scalar = float>
Mlp<Scalar> make_mlp(const ModelSpec& spec, const Dataset& images, Seed seed) {
    require(spec.depth >= 1, "mlp", "depth", spec.depth, "be at least 1");
    std::vector<std::size_t> widths{images.pixels()};
    widths.insert(widths.end(), spec.depth, spec.width);
    widths.push_back(images.classes);
    return mlp<Scalar>(std::move(widths), spec.activation, seed);
}

/// `depth` blocks, the first of `width` channels, and a hidden layer of 128 units (`Cnn`).
template <class Scalar = float>
Cnn<Scalar> make_cnn(const ModelSpec& spec, const Dataset& images, Seed seed) {
    require(spec.depth >= 1, "cnn", "depth", spec.depth, "be at least 1");
    const CnnOptions options{.height = images.height(),
                             .width = images.width(),
                             .image_channels = images.channels(),
                             .channels = spec.width,
                             .blocks = spec.depth,
                             .classes = images.classes};
    return cnn<Scalar>(options, spec.activation, seed);
}

/// Calls `use(network)` with the network of an `mlp` or a `cnn`; for what needs its type. Throws
/// `std::invalid_argument` for other models.
template <class Scalar = float, class Use>
auto with_network(const ModelSpec& spec, const Dataset& images, Seed seed, const Use& use) {
    require(spec.model == "mlp" || spec.model == "cnn", "with_network", "model", spec.model,
            "be a kind of network, mlp or cnn");
    if (spec.model == "cnn") {
        auto net = make_cnn<Scalar>(spec, images, seed);
        return use(net);
    }
    auto net = make_mlp<Scalar>(spec, images, seed);
    return use(net);
}

}  // namespace pstar
