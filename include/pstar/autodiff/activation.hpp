#pragma once

#include <array>
#include <cstddef>
#include <numbers>
#include <string>
#include <string_view>

#include <unsupported/Eigen/SpecialFunctions>

#include <pstar/autodiff/tape.hpp>

namespace pstar {

/// The nonlinearity of a layer.
///     relu max(x, 0) | tanh | sigmoid 1/(1+e^-x) | leaky_relu max(x, x/10) | gelu x Phi(x), Phi the exact normal
///     distribution function | linear x | square x^2
/// At a kink the derivative is that from the left (0 for relu, 1/10 for leaky_relu), as in PyTorch.
enum class Activation { relu, tanh, sigmoid, leaky_relu, gelu, linear, square };

inline constexpr std::array<std::string_view, 7> activation_names{"relu", "tanh",   "sigmoid", "leaky_relu",
                                                                  "gelu", "linear", "square"};
inline std::string to_string(Activation activation) {
    return std::string(activation_names[static_cast<std::size_t>(activation)]);
}

namespace primitive {

/// y = phi(x) elementwise; a diagonal Jacobian, the same in both modes.
template <class Scalar>
struct Activate {
    static constexpr std::size_t arity = 1;
    static constexpr auto leak = static_cast<Scalar>(0.1);
    Activation phi;

    Shape shape(const std::array<Shape, 1>& shapes) const { return shapes[0]; }

    void forward(const Call<Scalar, 1>& call) const {
        const auto x = call.x[0].array();
        auto y = call.y.array();
        switch (phi) {
            case Activation::relu:
                y = x.max(Scalar{0});
                break;
            case Activation::tanh:
                y = x.tanh();
                break;
            case Activation::sigmoid:
                y = x.logistic();
                break;
            case Activation::leaky_relu:
                y = x.max(leak * x);
                break;
            case Activation::gelu:
                y = x * normal_cdf_of(x);
                break;
            case Activation::linear:
                y = x;
                break;
            case Activation::square:
                y = x.square();
                break;
        }
    }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (dx[0]) times_derivative(call, dy, dx[0]);
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        times_derivative(call, tx[0], {ty});
    }

private:
    void times_derivative(const Call<Scalar, 1>& call, View<const Scalar> from, const Cotangent<Scalar>& to) const {
        constexpr auto inverse_sqrt_2pi = static_cast<Scalar>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
        const auto x = call.x[0].array();
        const auto y = call.y.array();
        const auto d = from.array();
        switch (phi) {
            case Activation::relu:
                to.accumulate((y > Scalar{0}).select(d, Scalar{0}));
                break;
            case Activation::tanh:
                to.accumulate(d * (1 - y.square()));
                break;
            case Activation::sigmoid:
                to.accumulate(d * y * (1 - y));
                break;
            case Activation::leaky_relu:
                to.accumulate((x > Scalar{0}).select(d, leak * d));
                break;
            case Activation::gelu:
                to.accumulate(d * (normal_cdf_of(x) + inverse_sqrt_2pi * x * (Scalar{-0.5} * x.square()).exp()));
                break;
            case Activation::linear:
                to.accumulate(d);
                break;
            case Activation::square:
                to.accumulate(2 * d * x);
                break;
        }
    }
    static auto normal_cdf_of(const auto& x) {
        constexpr auto inverse_sqrt_2 = static_cast<Scalar>(1 / std::numbers::sqrt2);
        return Scalar{0.5} * (1 + (x * inverse_sqrt_2).erf());
    }
};

}  // namespace primitive

/// phi(x), elementwise on any shape.
template <class Scalar>
Variable<Scalar> activate(Variable<Scalar> x, Activation phi) {
    return x.tape->record(primitive::Activate<Scalar>{phi}, {x});
}

}  // namespace pstar
