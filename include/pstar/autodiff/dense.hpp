#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/blas.hpp>
#include <pstar/core/threads.hpp>

namespace pstar {

namespace primitive {

/// Y = X W^T + b: X (N, in), W (out, in), b (out), Y (N, out), the layout of PyTorch's Linear.
///     dX = dY W,  dW = dY^T X,  db = sum_n dY_n;   tY = tX W^T + X tW^T + tb
template <class Scalar>
struct Dense {
    static constexpr std::size_t arity = 3;

    Shape shape(const std::array<Shape, 3>& s) const {
        require(s[1].rank() == 2, "dense", "the weight's shape", s[1], "be (out, in)");
        require(s[0].rank() >= 1 && s[0].columns() == s[1][1], "dense", "the input's shape", s[0],
                "be (N, in) with as many columns as the weight");
        require(s[2].rank() == 1 && s[2][0] == s[1][0], "dense", "the bias's shape", s[2], "be (out)");
        return {s[0].rows(), s[1][0]};
    }
    void forward(const Call<Scalar, 3>& call) const {
        fill_rows(call.x[2], call.y);
        times_transposed(call.x[0], call.x[1], call.y, 1);
    }
    void vjp(const Call<Scalar, 3>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 3>& dx) const {
        const auto rows = dy.shape[0], out = dy.shape[1], in = call.x[1].shape[1];
        if (dx[0])
            gemm<Scalar>(Transpose::no, Transpose::no, rows, in, out, 1, dy.data, call.x[1].data, dx[0].beta,
                         dx[0].into.data);
        if (dx[1])
            gemm<Scalar>(Transpose::yes, Transpose::no, out, in, rows, 1, dy.data, call.x[0].data, dx[1].beta,
                         dx[1].into.data);
        if (dx[2]) {
            dx[2].scale();
            auto sums = dx[2].into.array();
            for (Eigen::Index n = 0; n < dy.matrix().rows(); ++n) sums += dy.matrix().row(n).transpose().array();
        }
    }
    void jvp(const Call<Scalar, 3>& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) const {
        if (tx[2])
            fill_rows(tx[2], ty);
        else
            ty.array().setZero();
        if (tx[0]) times_transposed(tx[0], call.x[1], ty, 1);
        if (tx[1]) times_transposed(call.x[0], tx[1], ty, 1);
    }

private:
    static void fill_rows(View<const Scalar> bias, View<Scalar> y) {
        const auto columns = bias.size();
        detail::for_ranges(y.shape.rows(), 1, detail::elements_grain / (columns + 1) + 1,
                           [&](std::size_t first, std::size_t last) {
                               for (auto n = first; n < last; ++n)
                                   std::copy_n(bias.data, columns, y.data + n * columns);
                           });
    }
    static void times_transposed(View<const Scalar> x, View<const Scalar> w, View<Scalar> y, Scalar beta) {
        gemm<Scalar>(Transpose::no, Transpose::yes, y.shape[0], y.shape[1], w.shape[1], 1, x.data, w.data, beta,
                     y.data);
    }
};

}  // namespace primitive

/// X W^T + b: (N, in) -> (N, out). Inputs of higher rank, (N, C, H, W), count as (N, C H W).
template <class Scalar>
Variable<Scalar> dense(Variable<Scalar> x, Variable<Scalar> weight, Variable<Scalar> bias) {
    return x.tape->record(primitive::Dense<Scalar>{}, {x, weight, bias});
}

#ifdef PSTAR_COMPILED
extern template Variable<float> dense(Variable<float>, Variable<float>, Variable<float>);
#endif

}  // namespace pstar
