#pragma once

#include <array>
#include <cstddef>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/detail/kernels/softmax_kernels.hpp>

namespace pstar {

namespace primitive {

/// P <- softmax of each row of Z (N, K), shifted by the row's maximum; returns nothing else. `log_sum` (N), if given,
/// receives the rows' log-sum-exp.
template <class Scalar>
void softmax_rows(View<const Scalar> z, View<Scalar> p, Scalar* log_sum = nullptr) {
    PSTAR_KERNEL(softmax_rows(z.data, z.shape.rows(), z.shape.columns(), p.data, log_sum));
}

/// The shape (N, K) itself; throws std::invalid_argument where it is not of rank 2.
inline Shape softmax_shape(const Shape& shape) {
    require(shape.rank() == 2 && shape[1] >= 1, "softmax", "shape", shape, "be (N, K) with K >= 1");
    return shape;
}

/// Y = softmax of each row;  dX = Y (dY - <Y, dY>), a symmetric Jacobian, the same in both modes.
template <class Scalar>
struct Softmax {
    static constexpr std::size_t arity = 1;
    Shape shape(const std::array<Shape, 1>& shapes) const { return softmax_shape(shapes[0]); }
    void forward(const Call<Scalar, 1>& call) const { softmax_rows(call.x[0], call.y); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        const auto y = call.y.matrix();
        for (Eigen::Index n = 0; n < y.rows(); ++n) {
            const Scalar inner = y.row(n).dot(dy.matrix().row(n));
            dx[0].accumulate_row(n, (y.row(n).array() * (dy.matrix().row(n).array() - inner)).matrix());
        }
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        vjp(call, tx[0], {{{ty}}});
    }
};

/// Y = X - log-sum-exp of each row;  dX = dY - softmax(X) sum(dY);  tY = tX - <softmax(X), tX>.
template <class Scalar>
struct LogSoftmax {
    static constexpr std::size_t arity = 1;
    Shape shape(const std::array<Shape, 1>& shapes) const { return softmax_shape(shapes[0]); }
    std::size_t workspace(const std::array<Shape, 1>& shapes) const { return shapes[0].size() + shapes[0].rows(); }
    void forward(const Call<Scalar, 1>& call) const {
        Scalar* const log_sum = call.workspace + call.y.size();
        softmax_rows(call.x[0], probabilities(call), log_sum);
        call.y.matrix() = call.x[0].matrix().colwise() - ConstVectorMap<Scalar>(log_sum, call.y.matrix().rows());
    }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        const auto p = probabilities(call).matrix();
        for (Eigen::Index n = 0; n < p.rows(); ++n) {
            const Scalar total = sum_of(dy.matrix().row(n));
            dx[0].accumulate_row(n, dy.matrix().row(n) - total * p.row(n));
        }
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        const auto p = probabilities(call).matrix();
        for (Eigen::Index n = 0; n < p.rows(); ++n)
            ty.matrix().row(n).array() = tx[0].matrix().row(n).array() - p.row(n).dot(tx[0].matrix().row(n));
    }

private:
    static View<Scalar> probabilities(const Call<Scalar, 1>& call) { return {call.workspace, call.y.shape}; }
};

}  // namespace primitive

/// Rows of probabilities: (N, K) -> (N, K).
template <class Scalar>
Variable<Scalar> softmax(Variable<Scalar> x) {
    return x.tape->record(primitive::Softmax<Scalar>{}, {x});
}
/// Rows of log-probabilities, finite for any finite logits: (N, K) -> (N, K).
template <class Scalar>
Variable<Scalar> log_softmax(Variable<Scalar> x) {
    return x.tape->record(primitive::LogSoftmax<Scalar>{}, {x});
}

}  // namespace pstar
