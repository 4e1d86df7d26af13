#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include <pstar/autodiff/tape.hpp>

/// Elementwise primitives on tensors of one shape. There is no broadcasting: shapes are equal or refused.
namespace pstar {

namespace primitive {

/// The common shape of two operands; throws std::invalid_argument that names both where they differ.
inline Shape same_shape(const char* name, const std::array<Shape, 2>& shapes) {
    require(shapes[0] == shapes[1], name, "the second shape", shapes[1], "equal the first; there is no broadcasting");
    return shapes[0];
}

/// y = a x_0 + b x_1
template <class Scalar>
struct LinearCombination {
    static constexpr std::size_t arity = 2;
    Scalar a, b;
    Shape shape(const std::array<Shape, 2>& shapes) const { return same_shape("operator+ or -", shapes); }
    void forward(const Call<Scalar, 2>& call) const { call.y.array() = a * call.x[0].array() + b * call.x[1].array(); }
    void vjp(const Call<Scalar, 2>&, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 2>& dx) const {
        if (dx[0]) dx[0].accumulate(a * dy.array());
        if (dx[1]) dx[1].accumulate(b * dy.array());
    }
    void jvp(const Call<Scalar, 2>&, const std::array<View<const Scalar>, 2>& tx, View<Scalar> ty) const {
        if (tx[0] && tx[1])
            ty.array() = a * tx[0].array() + b * tx[1].array();
        else
            ty.array() = tx[0] ? a * tx[0].array() : b * tx[1].array();
    }
};

/// y = x_0 x_1
template <class Scalar>
struct Product {
    static constexpr std::size_t arity = 2;
    Shape shape(const std::array<Shape, 2>& shapes) const { return same_shape("operator*", shapes); }
    void forward(const Call<Scalar, 2>& call) const { call.y.array() = call.x[0].array() * call.x[1].array(); }
    void vjp(const Call<Scalar, 2>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 2>& dx) const {
        if (dx[0]) dx[0].accumulate(dy.array() * call.x[1].array());
        if (dx[1]) dx[1].accumulate(dy.array() * call.x[0].array());
    }
    void jvp(const Call<Scalar, 2>& call, const std::array<View<const Scalar>, 2>& tx, View<Scalar> ty) const {
        if (tx[0] && tx[1])
            ty.array() = tx[0].array() * call.x[1].array() + call.x[0].array() * tx[1].array();
        else
            ty.array() = tx[0] ? tx[0].array() * call.x[1].array() : call.x[0].array() * tx[1].array();
    }
};

/// y = x_0 / x_1
template <class Scalar>
struct Quotient {
    static constexpr std::size_t arity = 2;
    Shape shape(const std::array<Shape, 2>& shapes) const { return same_shape("operator/", shapes); }
    void forward(const Call<Scalar, 2>& call) const { call.y.array() = call.x[0].array() / call.x[1].array(); }
    void vjp(const Call<Scalar, 2>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 2>& dx) const {
        if (dx[0]) dx[0].accumulate(dy.array() / call.x[1].array());
        if (dx[1]) dx[1].accumulate(-dy.array() * call.y.array() / call.x[1].array());
    }
    void jvp(const Call<Scalar, 2>& call, const std::array<View<const Scalar>, 2>& tx, View<Scalar> ty) const {
        ty.array().setZero();
        if (tx[0]) ty.array() += tx[0].array() / call.x[1].array();
        if (tx[1]) ty.array() -= tx[1].array() * call.y.array() / call.x[1].array();
    }
};

/// y = a x + b with constants a, b
template <class Scalar>
struct ScaleShift {
    static constexpr std::size_t arity = 1;
    Scalar a, b;
    Shape shape(const std::array<Shape, 1>& shapes) const { return shapes[0]; }
    void forward(const Call<Scalar, 1>& call) const { call.y.array() = a * call.x[0].array() + b; }
    void vjp(const Call<Scalar, 1>&, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (dx[0]) dx[0].accumulate(a * dy.array());
    }
    void jvp(const Call<Scalar, 1>&, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        ty.array() = a * tx[0].array();
    }
};

/// y = F::value(x) with derivative F::derivative(x, y): a diagonal Jacobian, the same in both modes.
template <class Scalar, class F>
struct Map {
    static constexpr std::size_t arity = 1;
    Shape shape(const std::array<Shape, 1>& shapes) const { return shapes[0]; }
    void forward(const Call<Scalar, 1>& call) const { call.y.array() = F::value(call.x[0].array()); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (dx[0]) dx[0].accumulate(dy.array() * F::derivative(call.x[0].array(), call.y.array()));
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        ty.array() = tx[0].array() * F::derivative(call.x[0].array(), call.y.array());
    }
};

/// exp(x), for `Map`: value and derivative as array expressions of x and y.
struct Exp {
    /// y = exp(x)
    static auto value(const auto& x) { return x.exp(); }
    /// dy/dx = y
    static auto derivative(const auto&, const auto& y) { return y; }
};
/// log(x), natural, for `Map`.
struct Log {
    /// y = log(x)
    static auto value(const auto& x) { return x.log(); }
    /// dy/dx = 1/x
    static auto derivative(const auto& x, const auto&) { return x.inverse(); }
};
/// sqrt(x), for `Map`.
struct Sqrt {
    /// y = sqrt(x)
    static auto value(const auto& x) { return x.sqrt(); }
    /// dy/dx = 1/(2 y)
    static auto derivative(const auto&, const auto& y) { return (2 * y).inverse(); }
};

}  // namespace primitive

/// a + b, elementwise; the shapes are equal.
template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> a, Variable<Scalar> b) {
    return a.tape->record(primitive::LinearCombination<Scalar>{1, 1}, {a, b});
}
/// a - b, elementwise; the shapes are equal.
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> a, Variable<Scalar> b) {
    return a.tape->record(primitive::LinearCombination<Scalar>{1, -1}, {a, b});
}
/// a b, elementwise; the shapes are equal.
template <class Scalar>
Variable<Scalar> operator*(Variable<Scalar> a, Variable<Scalar> b) {
    return a.tape->record(primitive::Product<Scalar>{}, {a, b});
}
/// a / b, elementwise; the shapes are equal.
template <class Scalar>
Variable<Scalar> operator/(Variable<Scalar> a, Variable<Scalar> b) {
    return a.tape->record(primitive::Quotient<Scalar>{}, {a, b});
}
/// a x with a number a.
template <class Scalar>
Variable<Scalar> operator*(std::type_identity_t<Scalar> a, Variable<Scalar> x) {
    return x.tape->record(primitive::ScaleShift<Scalar>{a, 0}, {x});
}
/// x + b with a number b.
template <class Scalar>
Variable<Scalar> operator+(Variable<Scalar> x, std::type_identity_t<Scalar> b) {
    return x.tape->record(primitive::ScaleShift<Scalar>{1, b}, {x});
}
/// -x
template <class Scalar>
Variable<Scalar> operator-(Variable<Scalar> x) {
    return x.tape->record(primitive::ScaleShift<Scalar>{-1, 0}, {x});
}
/// Elementwise exponential, natural logarithm (x > 0), square root (x > 0).
template <class Scalar>
Variable<Scalar> exp(Variable<Scalar> x) {
    return x.tape->record(primitive::Map<Scalar, primitive::Exp>{}, {x});
}
/// Natural logarithm, elementwise.
template <class Scalar>
Variable<Scalar> log(Variable<Scalar> x) {
    return x.tape->record(primitive::Map<Scalar, primitive::Log>{}, {x});
}
/// Square root, elementwise.
template <class Scalar>
Variable<Scalar> sqrt(Variable<Scalar> x) {
    return x.tape->record(primitive::Map<Scalar, primitive::Sqrt>{}, {x});
}

}  // namespace pstar
