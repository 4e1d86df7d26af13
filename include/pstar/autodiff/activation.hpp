#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include <pstar/autodiff/detail/activation_kernels.hpp>
#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/parse_number.hpp>
#include <pstar/core/threads.hpp>

namespace pstar {

/// The names of activations, in the order of `Activation::Kind`.
inline constexpr std::array<std::string_view, 7> activation_names{"relu", "tanh",   "sigmoid", "leaky_relu",
                                                                  "gelu", "linear", "square"};

/// The nonlinearity of a layer, by name.
///     relu max(x, 0) | tanh | sigmoid 1/(1+e^-x) | leaky_relu max(x, leak x), leak 0.1 unless given | linear x
///     gelu x Phi(x), Phi the exact normal distribution function | square x^2
/// At a kink the derivative is that from the left (0 for relu, leak for leaky_relu), as in PyTorch, whose leak is 0.01
/// unless given: `Activation::leaky_relu(0.01)`. For a nonlinearity of your own see `ActivationFunction`.
class Activation {
public:
    /// The names as an enumeration.
    using Kind = ActivationKind;
    /// The built-in ones, by name.
    static const Activation relu, tanh, sigmoid, leaky_relu, gelu, linear, square;

    constexpr Activation() = default;
    /// Which of the built-in ones it is.
    constexpr Kind kind() const { return kind_; }
    /// The slope of leaky_relu below zero; no other activation uses it.
    constexpr double leak() const { return leak_; }
    /// `leaky_relu(leak)` with leak in [0, 1). Throws std::invalid_argument for others, and for other activations.
    Activation operator()(double leak) const {
        require(kind_ == Kind::leaky_relu, "Activation", "an activation with a leak",
                activation_names[static_cast<std::size_t>(kind_)], "be leaky_relu");
        require(leak >= 0 && leak < 1, "Activation::leaky_relu", "leak", leak, "lie in [0, 1)");
        return Activation(kind_, leak);
    }

    friend constexpr bool operator==(const Activation&, const Activation&) = default;
    /// The order of the names above, then of the leaks.
    friend constexpr auto operator<=>(const Activation&, const Activation&) = default;

private:
    static constexpr double default_leak = 0.1;
    constexpr explicit Activation(Kind kind, double leak = default_leak) : kind_(kind), leak_(leak) {}

    friend Activation activation_named(std::string_view name);
    friend std::string to_string(Activation activation);

    Kind kind_ = Kind::relu;
    double leak_ = default_leak;
};

inline constexpr Activation Activation::relu{Kind::relu};
inline constexpr Activation Activation::tanh{Kind::tanh};
inline constexpr Activation Activation::sigmoid{Kind::sigmoid};
inline constexpr Activation Activation::gelu{Kind::gelu};
inline constexpr Activation Activation::linear{Kind::linear};
inline constexpr Activation Activation::square{Kind::square};
inline constexpr Activation Activation::leaky_relu{Kind::leaky_relu};

/// The name; with a leak that is not 0.1 also that: `leaky_relu(0.01)`.
inline std::string to_string(Activation activation) {
    std::string name(activation_names[static_cast<std::size_t>(activation.kind())]);
    if (activation.leak() == Activation::default_leak) return name;
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), activation.leak()).ptr;
    return name + '(' + std::string(digits.data(), end) + ')';
}

/// The activation with this name, as `to_string` writes it. Throws std::invalid_argument for any other word.
inline Activation activation_named(std::string_view name) {
    const auto* const found = std::ranges::find(activation_names, name);
    if (found != activation_names.end())
        return Activation(static_cast<Activation::Kind>(found - activation_names.begin()));
    constexpr std::string_view prefix = "leaky_relu(";
    if (name.starts_with(prefix) && name.ends_with(')')) {
        const auto leak = parse_number(name.substr(prefix.size(), name.size() - 1 - prefix.size()));
        if (leak) return Activation::leaky_relu(*leak);
    }
    require(false, "activation_named", "name", name,
            "be relu, tanh, sigmoid, leaky_relu, leaky_relu(leak), gelu, linear or square");
    return {};
}

namespace primitive {

/// y = phi(x) elementwise; a diagonal Jacobian, the same in both modes.
template <class Scalar>
struct Activate {
    static constexpr std::size_t arity = 1;
    Activation phi;

    Shape shape(const std::array<Shape, 1>& shapes) const { return shapes[0]; }

    void forward(const Call<Scalar, 1>& call) const {
        detail::for_elements(call.y.size(), [&](std::size_t first, std::size_t last) {
            PSTAR_KERNEL(activate(phi.kind(), leak(), call.x[0].data + first, call.y.data + first, last - first));
        });
    }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (dx[0]) times_derivative(call, dy, dx[0]);
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        times_derivative(call, tx[0], {ty});
    }

private:
    Scalar leak() const { return static_cast<Scalar>(phi.leak()); }
    void times_derivative(const Call<Scalar, 1>& call, View<const Scalar> from, const Cotangent<Scalar>& to) const {
        detail::for_elements(from.size(), [&](std::size_t first, std::size_t last) {
            PSTAR_KERNEL(activation_derivative<Scalar>(
                phi.kind(), leak(), {call.x[0].data + first, call.y.data + first, from.data + first, last - first},
                to.into.data + first, to.beta));
        });
    }
};

}  // namespace primitive

/// phi(x), elementwise on any shape.
template <class Scalar>
Variable<Scalar> activate(Variable<Scalar> x, Activation phi) {
    return x.tape->record(primitive::Activate<Scalar>{phi}, {x});
}

#ifdef PSTAR_COMPILED
extern template Variable<float> activate(Variable<float>, Activation);
#endif

}  // namespace pstar
