#pragma once

#include <array>
#include <cstddef>

#include <pstar/autodiff/tape.hpp>

namespace pstar {

namespace primitive {

/// y = x with the same elements in the same order under another shape.
template <class Scalar>
struct Reshape {
    static constexpr std::size_t arity = 1;
    Shape to;

    Shape shape(const std::array<Shape, 1>& s) const {
        require(to.size() == s[0].size(), "reshape", "the new shape", to, "have as many elements as the old one");
        return to;
    }
    void forward(const Call<Scalar, 1>& call) const { call.y.array() = call.x[0].array(); }
    void vjp(const Call<Scalar, 1>&, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (dx[0]) dx[0].accumulate(dy.array());
    }
    void jvp(const Call<Scalar, 1>&, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        ty.array() = tx[0].array();
    }
};

}  // namespace primitive

/// The same elements in row-major order under another shape of the same size.
template <class Scalar>
Variable<Scalar> reshape(Variable<Scalar> x, const Shape& to) {
    return x.tape->record(primitive::Reshape<Scalar>{to}, {x});
}
/// (N, C, H, W) -> (N, C H W), the order of PyTorch's Flatten. `dense` does not need it: it takes images as they are.
template <class Scalar>
Variable<Scalar> flatten(Variable<Scalar> x) {
    return reshape(x, {x.shape().rows(), x.shape().columns()});
}

}  // namespace pstar
