#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/activation_function.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/nn/initialise.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/parameters.hpp>

namespace pstar {

/// A multi-layer perceptron: dense - activation - ... - dense, logits out.
///     h_0 = x,  h_l = phi(h_{l-1} W_l^T + b_l),  f = h_{L-1} W_L^T + b_L
/// Parameters are named as those of `nn.Sequential(Linear, Act, Linear, ...)`: 0.weight (out, in), 0.bias, 2.weight,
/// ... `Phi` is `Activation`, or your own `ActivationFunction`.
template <class Scalar, class Phi = Activation>
class Mlp {
public:
    using scalar_type = Scalar;
    static constexpr bool only_dense = true;  ///< no layer but dense ones: kernels compile nothing for others

    /// `widths`: inputs, hidden widths, outputs; at least two entries, all positive. Weights as `initialise` says.
    Mlp(std::vector<std::size_t> widths, Phi activation, Seed seed)
        : widths_(std::move(widths)), activation_(activation) {
        require(widths_.size() >= 2, "mlp", "widths.size()", widths_.size(), "be at least 2: inputs and outputs");
        for (const auto width : widths_) require(width >= 1, "mlp", "a width", width, "be at least 1");
        for (std::size_t l = 0; l < layers(); ++l) {
            const auto name = std::to_string(2 * l);
            parameters_.add(name + ".weight", {widths_[l + 1], widths_[l]});
            parameters_.add(name + ".bias", {widths_[l + 1]});
        }
        for (std::size_t l = 0; l < layers(); ++l)
            initialise(parameters_[2 * l], parameters_[2 * l + 1], seed, static_cast<std::uint32_t>(l));
    }

    /// Number of dense layers.
    std::size_t layers() const { return widths_.size() - 1; }
    std::size_t inputs() const { return widths_.front(); }
    std::size_t outputs() const { return widths_.back(); }
    /// Inputs, hidden units, outputs.
    const std::vector<std::size_t>& widths() const { return widths_; }
    /// Of one forward pass of one image, activations left out.
    double multiply_adds() const {
        double sum = 0;
        for (std::size_t l = 1; l < widths_.size(); ++l)
            sum += static_cast<double>(widths_[l - 1]) * static_cast<double>(widths_[l]);
        return sum;
    }
    /// The nonlinearity behind each hidden layer.
    Phi activation() const { return activation_; }
    Parameters<Scalar>& parameters() { return parameters_; }
    const Parameters<Scalar>& parameters() const { return parameters_; }

    /// The logits (N, outputs) of images x (N, inputs) with the given parameters.
    Variable<Scalar> operator()(Variable<Scalar> x, const Leaves<Scalar>& leaves) const {
        for (std::size_t l = 0; l < layers(); ++l) {
            x = dense(x, leaves[2 * l], leaves[2 * l + 1]);
            if (l + 1 < layers()) x = activate(x, activation_);
        }
        return x;
    }
    /// The same with the network's own parameters as constants.
    Variable<Scalar> operator()(Variable<Scalar> x) const { return (*this)(x, parameters_.record_constant(*x.tape)); }

private:
    std::vector<std::size_t> widths_;
    Phi activation_;
    Parameters<Scalar> parameters_;
};

/// An MLP by its widths: `mlp<float>({784, 256, 256, 10}, Activation::relu, Seed{7})`.
template <class Scalar>
Mlp<Scalar> mlp(std::vector<std::size_t> widths, Activation activation, Seed seed) {
    static_assert(std::is_floating_point_v<Scalar>, "mlp<Scalar>: Scalar is float (training) or double (checks)");
    return Mlp<Scalar>(std::move(widths), activation, seed);
}

/// The same with a nonlinearity of your own: `mlp<float>({784, 256, 10}, Swish{}, Seed{7})`.
template <class Scalar, ActivationFunction<Scalar> Phi>
Mlp<Scalar, Phi> mlp(std::vector<std::size_t> widths, Phi activation, Seed seed) {
    return Mlp<Scalar, Phi>(std::move(widths), activation, seed);
}

static_assert(Network<Mlp<float>> && Network<Mlp<double>>);

}  // namespace pstar
