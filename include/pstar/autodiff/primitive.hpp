#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include <pstar/core/view.hpp>

namespace pstar {

/// Where a primitive's vjp puts the cotangent of one input: into <- beta into + result. beta is 0 on the first
/// contribution (the buffer is never cleared beforehand) and 1 on later ones; an input may ask for another beta on its
/// first, to carry a share of an earlier sweep over. Not wanted (`!cotangent`) where the input needs no derivative.
template <class Scalar>
struct Cotangent {
    View<Scalar> into;
    Scalar beta = 0;

    explicit operator bool() const { return into.data != nullptr; }
    /// into <- beta into + expression, elementwise over all elements.
    template <class Expression>
    void accumulate(const Expression& expression) const {
        accumulate_in(into.array(), expression);
    }
    /// The same with a matrix expression of shape (rows, columns).
    template <class Expression>
    void accumulate_matrix(const Expression& expression) const {
        accumulate_in(into.matrix(), expression);
    }
    /// The same for row `n` alone; call it for every row.
    template <class Expression>
    void accumulate_row(Eigen::Index n, const Expression& expression) const {
        accumulate_in(into.matrix().row(n), expression);
    }
    /// into <- beta into, for results that touch a few elements only and are added afterwards.
    void scale() const {
        if (beta == 0)
            into.array().setZero();
        else if (beta != 1)
            into.array() *= beta;
    }

private:
    template <class Target, class Expression>
    void accumulate_in(Target target, const Expression& expression) const {
        if (beta == 0)
            target = expression;
        else if (beta == 1)
            target += expression;
        else
            target = beta * target + expression;
    }
};

/// What a primitive sees of its call: inputs x_0.., its output y and its workspace (kept from forward to vjp and jvp).
template <class Scalar, std::size_t Arity>
struct Call {
    std::array<View<const Scalar>, Arity> x;
    View<Scalar> y;
    Scalar* workspace;
};

/// A differentiable function y = f(x_0, .., x_{Arity-1}) of tensors. Members, side by side in one small struct:
///     shape(shapes)           the output's shape; throws std::invalid_argument when the inputs do not fit
///     forward(call)           writes y
///     vjp(call, dy, dx)       reverse mode: dx_i <- J_i^T dy for each wanted i, in order of i
///     jvp(call, tx, ty)       forward mode: ty <- sum_i J_i tx_i; a tx_i that is zero is passed as an empty view
/// and, if it needs memory between forward and its derivatives, workspace(shapes): a number of scalars.
/// Attributes (labels, exponents) are members of the struct; what they point at must outlive the tape's use.
template <class Op, class Scalar>
concept Primitive = std::is_trivially_copyable_v<Op> &&
    requires(const Op& op, const Call<Scalar, Op::arity>& call, const std::array<Shape, Op::arity>& shapes,
             View<const Scalar> dy, View<Scalar> ty, const std::array<Cotangent<Scalar>, Op::arity>& dx,
             const std::array<View<const Scalar>, Op::arity>& tx) {
    { op.shape(shapes) } -> std::same_as<Shape>;
    op.forward(call);
    op.vjp(call, dy, dx);
    op.jvp(call, tx, ty);
};

}  // namespace pstar
