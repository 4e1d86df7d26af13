#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/experiment/run_key.hpp>
#include <pstar/experiment/run_result.hpp>
#include <pstar/experiment/settings.hpp>
#include <pstar/nn/cnn.hpp>
#include <pstar/nn/mlp.hpp>

/// The network of a run, and how large its model is.
namespace pstar {

/// Whether a built-in model is a network, one that `with_network` makes.
constexpr bool is_network(std::string_view model) {
    return model == "mlp" || model == "cnn";
}

namespace detail {

inline std::vector<std::size_t> mlp_widths(const RunKey& run, const Dataset& images) {
    std::vector<std::size_t> widths{images.pixels()};
    widths.insert(widths.end(), run.depth, run.width);
    widths.push_back(images.classes);
    return widths;
}
inline CnnOptions cnn_options(const RunKey& run, const Dataset& images) {
    return {.height = images.height(),
            .width = images.width(),
            .image_channels = images.channels(),
            .channels = run.width,
            .blocks = run.depth,
            .classes = images.classes};
}

}  // namespace detail

/// Calls `use(network)` with the network of the run, made for such images, its weights drawn from `seed`:
/// - mlp: `depth` hidden layers of `width` units;
/// - cnn: `depth` blocks, the first of `width` channels, and a hidden layer of 128 units (`Cnn`).
/// Throws `std::invalid_argument` for models that are no networks and for sizes that make none.
template <class Scalar = float, class Use>
auto with_network(const RunKey& run, const Dataset& images, Seed seed, const Use& use) {
    require(is_network(run.model), "with_network", "model", run.model, "be a kind of network, mlp or cnn");
    require(run.depth >= 1, "with_network", "depth", run.depth, "be at least 1");
    if (run.model == "cnn") {
        auto net = cnn<Scalar>(detail::cnn_options(run, images), run.activation, seed);
        return use(net);
    }
    auto net = mlp<Scalar>(detail::mlp_widths(run, images), run.activation, seed);
    return use(net);
}

/// Multiply-adds of one forward pass of one image, without pooling and activations. Of an rbm: its features, then the
/// classifier's logits; of an ntk: products with the training images, then with their weights.
inline double multiply_adds(const RunKey& run, const Dataset& images) {
    const auto real = [](std::size_t n) { return static_cast<double>(n); };
    if (run.model == "softmax") return real(images.pixels()) * real(images.classes);
    if (run.model == "rbm") return real(run.width) * (real(images.pixels()) + real(images.classes));
    if (run.model == "ntk") return real(run.train_samples) * (real(images.pixels()) + real(images.classes));
    if (run.model == "mlp") {
        double sum = 0;
        const auto widths = detail::mlp_widths(run, images);
        for (std::size_t l = 1; l < widths.size(); ++l) sum += real(widths[l - 1]) * real(widths[l]);
        return sum;
    }
    const auto options = detail::cnn_options(run, images);
    double sum = 0;
    std::size_t in = options.image_channels, height = options.height, width = options.width;
    for (std::size_t b = 0; b < options.blocks; ++b) {
        const auto out = options.channels << b;
        sum += 9 * real(in) * real(out) * real(height) * real(width);
        in = out, height /= 2, width /= 2;
    }
    return sum + real(options.hidden) * (real(in * height * width) + real(options.classes));
}

/// Parameters of the model, those of both layers of an rbm and its classifier's; of an ntk a weight for each training
/// image and class, and the classes' means.
template <class Scalar = float>
std::size_t parameter_count(const RunKey& run, const Dataset& images) {
    const auto regression = [&](std::size_t features) { return (features + 1) * images.classes; };
    if (run.model == "softmax") return regression(images.pixels());
    if (run.model == "ntk") return regression(run.train_samples);
    if (run.model == "rbm") return (images.pixels() + 1) * (run.width + 1) - 1 + regression(run.width);
    return with_network<Scalar>(run, images, Seed{0}, [](const auto& net) { return net.parameters().size(); });
}

}  // namespace pstar
