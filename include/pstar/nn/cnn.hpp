#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/conv_pool.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/autodiff/reshape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/nn/initialise.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/parameters.hpp>

namespace pstar {

/// The sizes of a convolutional network. Block b = 0, 1, ... halves the image and has channels 2^b channels.
struct CnnOptions {
    std::size_t height = 28, width = 28;  ///< of the images, at least 2^blocks each
    std::size_t image_channels = 1;       ///< of the images: 1 for grey levels, 3 for colour
    std::size_t channels = 32;            ///< of the first block
    std::size_t blocks = 2;               ///< convolution - activation - pooling; 0: an MLP of one hidden layer
    std::size_t hidden = 128;             ///< units of the dense layer behind the blocks
    std::size_t classes = 10;             ///< logits

    void validate() const {
        for (const auto& [name, value] : {std::pair{"height", height},
                                          {"width", width},
                                          {"channels", channels},
                                          {"image_channels", image_channels},
                                          {"hidden", hidden},
                                          {"classes", classes}})
            require(value >= 1, "cnn", name, value, "be at least 1");
        const auto smallest = std::size_t{1} << std::min<std::size_t>(blocks, 63);
        if (blocks < 24 && height >= smallest && width >= smallest) return;
        std::ostringstream must;
        must << "be so few that images of shape " << Shape{image_channels, height, width}
             << " can be halved as often: 2^blocks must not exceed their height or width";
        require(false, "cnn", "blocks", blocks, must.str());
    }
};

/// A convolutional network, logits out:
///     [conv 3x3 with padding 1 - activation - max pool 2] x blocks - dense - activation - dense
/// Parameters are named as those of
///     nn.Sequential(Conv2d, Act, MaxPool2d, Conv2d, Act, MaxPool2d, ..., Flatten, Linear, Act, Linear):
/// 0.weight (O, I, 3, 3), 0.bias (O), 3.weight, 3.bias, ...; with two blocks the dense layers are 7 and 9.
template <class Scalar>
class Cnn {
public:
    using scalar_type = Scalar;

    /// Weights as `initialise` says. Throws std::invalid_argument where a size is 0 or the images are too small.
    Cnn(const CnnOptions& options, Activation activation, Seed seed) : options_(options), activation_(activation) {
        options_.validate();
        auto channels = options_.image_channels, height = options_.height, width = options_.width;
        for (std::size_t b = 0; b < options_.blocks; ++b) {
            add(3 * b, {options_.channels << b, channels, 3, 3});
            channels = options_.channels << b, height /= 2, width /= 2;
        }
        const auto place = 3 * options_.blocks + 1;  // behind Flatten
        add(place, {options_.hidden, channels * height * width});
        add(place + 2, {options_.classes, options_.hidden});
        for (std::size_t l = 0; l < layers(); ++l)
            initialise(parameters_[2 * l], parameters_[2 * l + 1], seed, static_cast<std::uint32_t>(l));
    }

    /// Layers with weights: blocks and the two dense ones.
    std::size_t layers() const { return options_.blocks + 2; }
    std::size_t inputs() const { return options_.image_channels * options_.height * options_.width; }
    std::size_t outputs() const { return options_.classes; }
    /// The sizes it was made with.
    const CnnOptions& options() const { return options_; }
    /// Of one forward pass of one image, pooling and activations left out.
    double multiply_adds() const {
        double sum = 0;
        std::size_t in = options_.image_channels, height = options_.height, width = options_.width;
        for (std::size_t b = 0; b < options_.blocks; ++b) {
            const auto out = options_.channels << b;
            sum += static_cast<double>(9 * in * out * height * width);
            in = out, height /= 2, width /= 2;
        }
        return sum + static_cast<double>(options_.hidden * (in * height * width + options_.classes));
    }
    /// The nonlinearity behind each convolution.
    Activation activation() const { return activation_; }
    Parameters<Scalar>& parameters() { return parameters_; }
    const Parameters<Scalar>& parameters() const { return parameters_; }

    /// The logits (N, outputs) of images x, (N, inputs) or (N, C, H, W), with the given parameters.
    Variable<Scalar> operator()(Variable<Scalar> x, const Leaves<Scalar>& leaves) const {
        require(x.shape().columns() == inputs(), "cnn", "the images' shape", x.shape(),
                "be (N, C H W) with the sizes the network was made for");
        std::size_t l = 0;
        x = reshape(x, {x.shape().rows(), options_.image_channels, options_.height, options_.width});
        for (; l < options_.blocks; ++l) x = conv_pool(x, leaves[2 * l], leaves[2 * l + 1], activation_, 1);
        x = activate(dense(x, leaves[2 * l], leaves[2 * l + 1]), activation_);
        return dense(x, leaves[2 * l + 2], leaves[2 * l + 3]);
    }
    /// The same with the network's own parameters as constants.
    Variable<Scalar> operator()(Variable<Scalar> x) const { return (*this)(x, parameters_.record_constant(*x.tape)); }

private:
    void add(std::size_t place, std::vector<std::size_t> weight) {
        const auto name = std::to_string(place);
        const auto out = weight[0];
        parameters_.add(name + ".weight", std::move(weight));
        parameters_.add(name + ".bias", {out});
    }

    CnnOptions options_;
    Activation activation_;
    Parameters<Scalar> parameters_;
};

/// A convolutional network by its sizes: `cnn<float>({.channels = 8}, Activation::relu, Seed{7})`.
template <class Scalar>
Cnn<Scalar> cnn(const CnnOptions& options, Activation activation, Seed seed) {
    static_assert(std::is_floating_point_v<Scalar>, "cnn<Scalar>: Scalar is float (training) or double (checks)");
    return Cnn<Scalar>(options, activation, seed);
}

static_assert(Network<Cnn<float>> && Network<Cnn<double>>);

}  // namespace pstar
