#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/core/view.hpp>

namespace pstar {

/// Kernels of a wide ReLU network inputs - width - ... - width - outputs with random weights, in closed form: what
/// `mlp` has on average over its initialisation, weights and biases uniform in +-1/sqrt(fan_in), variance 1/(3 fan_in).
///
/// With E_l = E[relu(u) relu(u')] and D_l = E[relu'(u) relu'(u')] for normal (u, u') of covariance S_l, l = 1 .. L the
/// hidden layers, and n the width,
///     S_1 = (x.x' + 1)/(3 inputs),          S_{l+1} = E_l/3 + 1/(3 n)
///     T_1 = (x.x' + 1)/n,                   T_{l+1} = E_l + 1/n + T_l D_l/3
///     nngp = S_{L+1},  the covariance of a logit       ntk = T_{L+1},  one logit's tangent kernel divided by n.
/// Line by line: a weight's gradient pairs relu(h_l), which sum to n E_l, a bias's pairs 1; each step back through
/// weights of variance 1/(3 n) and n units multiplies by D_l/3. The logits' kernels are equal and those of different
/// logits pair to zero: `NtkOutput::full` tends to n ntk times the identity, `trace` to n ntk times the outputs.
///
/// Parameters are not divided by anything ("standard parameterisation"), so the kernel grows with the width and is
/// given per unit of width. In the limit (width = infinity, the default) all biases and the first layer drop out of it,
/// their shares being 1/n of the others': what survives are the weights behind hidden units; of the biases only the
/// first layer's matters, in S_1. At widths like 256 the first layer's share, (x.x' + 1)/n, is the largest: give the
/// width to have it. Networks deviate from these means by about width^-1/2; and by how far sums of `inputs` uniform
/// weights are from normal, about 1e-3 for images of 100 bright pixels.
/// Sources: Cho & Saul, NIPS 2009, equations 6 and 13; Lee et al., arXiv:1902.06720, section 2; standard
/// parameterisation: Sohl-Dickstein et al., arXiv:2001.07301.
struct InfiniteNtk {
    std::size_t inputs = 784;                                ///< pixels of an image
    std::size_t hidden_layers = 2;                           ///< L, at least 1
    double width = std::numeric_limits<double>::infinity();  ///< n, the same for all hidden layers

    void validate() const {
        require(inputs >= 1, "InfiniteNtk", "inputs", inputs, "be at least 1");
        require(hidden_layers >= 1, "InfiniteNtk", "hidden_layers", hidden_layers, "be at least 1");
        require(width >= 1, "InfiniteNtk", "width", width, "be at least 1; infinity for the limit");
    }
    /// The tangent kernel divided by the width: (N, N') for images x (N, inputs) and y (N', inputs).
    template <class Scalar>
    Tensor<Scalar, 2> ntk(View<const Scalar> x, View<const Scalar> y) const {
        return kernel(x, y, true);
    }
    /// The covariance of one logit at x with itself at y.
    template <class Scalar>
    Tensor<Scalar, 2> nngp(View<const Scalar> x, View<const Scalar> y) const {
        return kernel(x, y, false);
    }

private:
    /// The variance S_l(x, x) of the images, in the first hidden layer.
    template <class Scalar>
    std::vector<Scalar> first_variances(View<const Scalar> x) const {
        std::vector<Scalar> result;
        for (std::size_t n = 0; n < x.shape.rows(); ++n) {
            Scalar squares = 1;
            for (const Scalar pixel : std::span(x.data + n * inputs, inputs)) squares += pixel * pixel;
            result.push_back(squares / static_cast<Scalar>(3 * inputs));
        }
        return result;
    }
    template <class Scalar>
    Tensor<Scalar, 2> kernel(View<const Scalar> x, View<const Scalar> y, bool tangent) const {
        validate();
        for (const auto& images : {x, y})
            require(images.shape.columns() == inputs, "InfiniteNtk", "the images' number of pixels",
                    images.shape.columns(), "equal `inputs`");
        const auto n = x.shape.rows(), m = y.shape.rows();
        Tensor<Scalar, 2> result = Tensor<Scalar, 2>::from_shape({n, m});
        gemm<Scalar>(Transpose::no, Transpose::yes, n, m, inputs, 1, x.data, y.data, 0, result.data());
        const auto of_x = first_variances(x), of_y = first_variances(y);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < m; ++j) result(i, j) = recursion(result(i, j), of_x[i], of_y[j], tangent);
        return result;
    }
    /// The kernel at a pair of images, from x . y and their variances.
    template <class Scalar>
    Scalar recursion(Scalar product, Scalar variance_x, Scalar variance_y, bool tangent) const {
        constexpr auto pi = std::numbers::pi_v<Scalar>;
        const auto one_over_n = static_cast<Scalar>(1 / width), third = Scalar{1} / 3;
        Scalar s = (product + 1) / static_cast<Scalar>(3 * inputs), t = (product + 1) * one_over_n;
        for (std::size_t l = 0; l < hidden_layers; ++l) {
            const Scalar length = std::sqrt(variance_x * variance_y);
            const Scalar cosine = std::clamp(s / length, Scalar{-1}, Scalar{1});
            const Scalar angle = pi - std::acos(cosine);  // pi - theta
            const Scalar e = length * (std::sqrt((1 - cosine) * (1 + cosine)) + angle * cosine) / (2 * pi);  // E_l
            t = e + one_over_n + t * angle * (third / (2 * pi));
            s = (e + one_over_n) * third;
            for (Scalar* variance : {&variance_x, &variance_y}) *variance = (*variance / 2 + one_over_n) * third;
        }
        return tangent ? t : s;
    }
};

}  // namespace pstar
