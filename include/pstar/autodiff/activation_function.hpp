#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/tape.hpp>

namespace pstar {

/// Whether an activation function computes whole Eigen arrays: it says so by `static constexpr bool takes_arrays =
/// true`.
template <class Phi>
inline constexpr bool takes_arrays = [] {
    if constexpr (requires { Phi::takes_arrays; }) return static_cast<bool>(Phi::takes_arrays);
    return false;
}();

namespace detail {
template <class Phi, class Scalar>
concept ArrayFunction = requires(const Phi& phi, const ConstVectorMap<Scalar>& x) {
    phi.value(x.array()) + phi.derivative(x.array());
};
template <class Phi, class Scalar>
concept NumberFunction = requires(const Phi& phi, Scalar x) {
    { phi.value(x) } -> std::convertible_to<Scalar>;
    { phi.derivative(x) } -> std::convertible_to<Scalar>;
};
}  // namespace detail

/// A nonlinearity y = phi(x) of your own, elementwise: `value(x)` and `derivative(x)`, the latter at x, both static or
/// const, and small enough to be kept on a tape (trivially copyable, at most 64 bytes). A minimal one:
///
///     struct Softsign {
///         template <class Scalar>
///         static Scalar value(Scalar x) { return x / (1 + std::abs(x)); }
///         template <class Scalar>
///         static Scalar derivative(Scalar x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }
///     };
///
/// With `static constexpr bool takes_arrays = true` both take and give Eigen arrays, and vectorise as Eigen does:
///
///     struct Swish {
///         static constexpr bool takes_arrays = true;
///         static auto value(const auto& x) { return x * x.logistic(); }
///         static auto derivative(const auto& x) { return x.logistic() * (1 + x * (1 - x.logistic())); }
///     };
///
/// Used as `activate(x, Swish{})`, `mlp<float>(widths, Swish{}, seed)` and in a `Sequential`.
template <class Phi, class Scalar = float>
concept ActivationFunction = std::is_trivially_copyable_v<Phi> &&
    ((takes_arrays<Phi> && detail::ArrayFunction<Phi, Scalar>) ||
     (!takes_arrays<Phi> && detail::NumberFunction<Phi, Scalar>));

namespace primitive {

/// y = phi(x) elementwise for an `ActivationFunction`; a diagonal Jacobian phi'(x), the same in both modes.
template <class Scalar, class Phi>
struct ActivateBy {
    static constexpr std::size_t arity = 1;
    Phi phi;

    Shape shape(const std::array<Shape, 1>& shapes) const { return shapes[0]; }

    void forward(const Call<Scalar, 1>& call) const { call.y.array() = value(call.x[0].array()); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (dx[0]) dx[0].accumulate(dy.array() * derivative(call.x[0].array()));
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        ty.array() = tx[0].array() * derivative(call.x[0].array());
    }

private:
    auto value(const auto& x) const {
        if constexpr (takes_arrays<Phi>)
            return phi.value(x);
        else
            return x.unaryExpr([f = phi](Scalar e) { return static_cast<Scalar>(f.value(e)); });
    }
    auto derivative(const auto& x) const {
        if constexpr (takes_arrays<Phi>)
            return phi.derivative(x);
        else
            return x.unaryExpr([f = phi](Scalar e) { return static_cast<Scalar>(f.derivative(e)); });
    }
};

}  // namespace primitive

/// phi(x), elementwise on any shape, for a nonlinearity of your own.
template <class Scalar, ActivationFunction<Scalar> Phi>
Variable<Scalar> activate(Variable<Scalar> x, const Phi& phi) {
    return x.tape->record(primitive::ActivateBy<Scalar, Phi>{phi}, {x});
}

}  // namespace pstar
