#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/autodiff/activation.hpp>
#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/view.hpp>
#include <pstar/ntk/detail/duals.hpp>
#include <pstar/ntk/detail/kernel_recursion.hpp>

namespace pstar {

/// Which numbers a network's gradients are taken with respect to.
enum class NtkParameterisation {
    standard,  ///< weights and biases themselves, as in `mlp`
    ntk,       ///< theirs divided by their standard deviations, which are constants
};

/// The two kernels of a wide network.
enum class WideKernel {
    ntk,   ///< the tangent kernel: gradient descent on all weights
    nngp,  ///< the covariance of a logit at initialisation: Bayesian inference, or training the last layer alone
};

/// Kernels of a wide network inputs - width - ... - width - outputs with random weights, in closed form: by default
/// what `mlp` has on average over its initialisation, weights and biases uniform in +-1/sqrt(fan_in), variance 1/(3
/// fan_in).
///
/// With w the weights' variance times their fan-in, b_1 and b the biases' variances in the first layer and in others,
/// E_l = E[phi(u) phi(u')] and D_l = E[phi'(u) phi'(u')] (`dual_activation`) for normal (u, u') of covariance S_l, in
/// the hidden layers l from 1 to L, and n the width,
///     S_1 = w x.x'/inputs + b_1,            S_{l+1} = w E_l + b
///     T_1 = (x.x' + 1)/n,                   T_{l+1} = E_l + 1/n + w T_l D_l
///     nngp = S_{L+1},  the covariance of a logit       ntk = T_{L+1},  one logit's tangent kernel divided by n.
/// Line by line: a weight's gradient pairs phi(h_l), which sum to n E_l, a bias's pairs 1; each step back through
/// weights of variance w/n and n units multiplies by w D_l. The logits' kernels are equal and those of different
/// logits pair to zero: `NtkOutput::full` tends to n ntk times the identity, `trace` to n ntk times the outputs.
///
/// Parameters are not divided by anything ("standard parameterisation"), so the kernel grows with the width and is
/// given per unit of width. In the limit (width = infinity, the default) all biases and the first layer drop out of it,
/// their shares being 1/n of the others': what survives are the weights behind hidden units; of the biases only their
/// part in S matters, by default the first layer's alone. At widths like 256 the first layer's share, (x.x' + 1)/n, is
/// the largest: give the width to have it. Networks deviate from these means by about width^-1/2, their means with two
/// hidden layers or more by about 1/width; and by how far sums of `inputs` uniform weights are from normal, about 1e-3
/// for images of 100 bright pixels.
///
/// In NTK parameterisation, `{.parameterisation = NtkParameterisation::ntk}`, weights are sqrt(w/fan_in) times, biases
/// sqrt(b) times numbers of variance 1, which are what is learned: all layers take part,
///     T_1 = S_1,    T_{l+1} = S_{l+1} + w T_l D_l,    ntk = T_{L+1}, divided by nothing.
/// This is the kernel of most papers: `.weight_variance = 2, .bias_variance = 0` for relu (He et al., ICCV 2015: images
/// keep their length), 1 and 1 in others.
///
/// A pair of images costs, for each hidden layer, a few transcendental functions: about 25 ns for relu and leaky_relu,
/// 40 for gelu; for tanh a series in the correlation of 13 terms at variance 0.1, 74 at 1 (`detail::TanhSeries`), 20
/// and 35 ns with AVX-512; for sigmoid that of a variance 4 times less. Pairs of nearly equal images with variances
/// beyond 4, 16 for sigmoid, take 11 us. Activations other than relu compute in double, also in float. With
/// bias_variance 0 an image of zeros has the derivative at 0 of pstar, from the left.
///
/// Sources: Cho & Saul, NIPS 2009, equations 6 and 13; Lee et al., arXiv:1902.06720, section 2; Jacot, Gabriel &
/// Hongler, arXiv:1806.07572, theorem 1 (NTK parameterisation); standard parameterisation: Sohl-Dickstein et al.,
/// arXiv:2001.07301.
struct InfiniteNtk {
    std::size_t inputs = 784;                                ///< pixels of an image
    std::size_t hidden_layers = 2;                           ///< L, at least 1
    double width = std::numeric_limits<double>::infinity();  ///< n, the same for all hidden layers
    Activation activation = Activation::relu;                ///< of all hidden layers
    double weight_variance = 1.0 / 3;                        ///< w: of a weight, times its fan-in
    std::optional<double> bias_variance = {};  ///< b of all layers; none: as a weight of the layer, w/fan_in
    NtkParameterisation parameterisation = NtkParameterisation::standard;  ///< what is learned, see above

    void validate() const {
        require(inputs >= 1, "InfiniteNtk", "inputs", inputs, "be at least 1");
        require(hidden_layers >= 1, "InfiniteNtk", "hidden_layers", hidden_layers, "be at least 1");
        require(width >= 1, "InfiniteNtk", "width", width, "be at least 1; infinity for the limit");
        require(weight_variance > 0 && std::isfinite(weight_variance), "InfiniteNtk", "weight_variance",
                weight_variance, "be positive and finite; 2 is usual for relu");
        const double bias = bias_variance.value_or(0);
        require(bias >= 0 && std::isfinite(bias), "InfiniteNtk", "bias_variance", bias,
                "be finite, at least 0; none for that of the layer's weights");
    }
    /// The tangent kernel, in standard parameterisation divided by the width: (N, N') for images x (N, inputs) and y
    /// (N', inputs).
    template <class Scalar>
    Tensor<Scalar, 2> ntk(View<const Scalar> x, View<const Scalar> y) const {
        return kernel(x, y, WideKernel::ntk);
    }
    /// The covariance of one logit at x with itself at y.
    template <class Scalar>
    Tensor<Scalar, 2> nngp(View<const Scalar> x, View<const Scalar> y) const {
        return kernel(x, y, WideKernel::nngp);
    }
    /// One of them.
    template <class Scalar>
    Tensor<Scalar, 2> kernel(View<const Scalar> x, View<const Scalar> y, WideKernel kind) const {
        validate();
        for (const auto& images : {x, y})
            require(images.shape.columns() == inputs, "InfiniteNtk", "the images' number of pixels",
                    images.shape.columns(), "equal `inputs`");
        const auto n = x.shape.rows(), m = y.shape.rows();
        Tensor<Scalar, 2> products = Tensor<Scalar, 2>::from_shape({n, m});
        gemm<Scalar>(Transpose::no, Transpose::yes, n, m, inputs, 1, x.data, y.data, 0, products.data());
        const bool tangent = kind == WideKernel::ntk;
        if (activation == Activation::relu)
            fill<Scalar>(detail::ReluDual<Scalar>{}, tangent, x, y, products);
        else
            detail::with_dual(activation, [&](const auto& dual) { fill<double>(dual, tangent, x, y, products); });
        return products;
    }

private:
    /// The biases' variance in the first layer and in others, divided by w.
    double first_bias() const {
        return bias_variance ? *bias_variance * (static_cast<double>(inputs) / weight_variance) : 1;
    }
    double later_bias() const { return bias_variance ? *bias_variance / weight_variance : 1 / width; }
    /// inputs/w, which is 3 inputs, without rounding, by default
    double first_scale() const { return static_cast<double>(inputs) / weight_variance; }

    template <class Number>
    detail::KernelLayers<Number> layers(bool tangent) const {
        const bool rescaled = parameterisation == NtkParameterisation::ntk;
        return {.hidden = hidden_layers,
                .weight = static_cast<Number>(weight_variance),
                .bias = static_cast<Number>(later_bias()),
                .gradients = static_cast<Number>(1 / width),
                .rescaled = rescaled,
                .tangent = tangent};
    }
    /// The variance S_1(x, x) of the images, in the first hidden layer.
    template <class Number, class Scalar>
    std::vector<Number> first_variances(View<const Scalar> x) const {
        std::vector<Number> result;
        for (std::size_t n = 0; n < x.shape.rows(); ++n) {
            auto squares = static_cast<Number>(first_bias());
            for (const Scalar pixel : std::span(x.data + n * inputs, inputs))
                squares += static_cast<Number>(pixel) * static_cast<Number>(pixel);
            result.push_back(squares / static_cast<Number>(first_scale()));
        }
        return result;
    }
    /// Turns products x.y into the kernel, pair by pair or, for tanh and sigmoid, by series.
    template <class Number, class Dual, class Scalar>
    void fill(const Dual& dual, bool tangent, View<const Scalar> x, View<const Scalar> y,
              Tensor<Scalar, 2>& kernel) const {
        const auto constants = layers<Number>(tangent);
        const auto of_x = detail::variances_of_layers(dual, constants, first_variances<Number>(x));
        const auto of_y = detail::variances_of_layers(dual, constants, first_variances<Number>(y));
        const auto bias = static_cast<Number>(first_bias()), scale = static_cast<Number>(first_scale());
        const auto one_over_n = static_cast<Number>(1 / width);
        const bool rescaled = constants.rescaled;
        const auto first = [&](Number product) {  // S_1 and T_1
            const Number s = (product + bias) / scale;
            return std::pair{s, rescaled ? s : (product + 1) * one_over_n};
        };
        if constexpr (std::is_same_v<Dual, detail::TanhDual>) {
            detail::series_kernel(dual, constants, first, detail::series_of_layers(dual, constants, of_x),
                                  detail::series_of_layers(dual, constants, of_y), kernel);
        } else {
            for (std::size_t i = 0; i < x.shape.rows(); ++i)
                for (std::size_t j = 0; j < y.shape.rows(); ++j) {
                    const auto [s, t] = first(static_cast<Number>(kernel(i, j)));
                    kernel(i, j) = static_cast<Scalar>(
                        detail::pair_kernel(dual, constants, s, t, &of_x[i * hidden_layers], &of_y[j * hidden_layers]));
                }
        }
    }
};

}  // namespace pstar
