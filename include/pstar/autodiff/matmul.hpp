#pragma once

#include <array>
#include <cstddef>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/blas.hpp>

namespace pstar {

namespace primitive {

/// Y = A B: (m, k) (k, n) -> (m, n)
template <class Scalar>
struct Matmul {
    static constexpr std::size_t arity = 2;
    Shape shape(const std::array<Shape, 2>& s) const {
        require(s[0].rank() == 2, "matmul", "the first shape", s[0], "be a matrix's");
        require(s[1].rank() == 2 && s[1][0] == s[0][1], "matmul", "the second shape", s[1],
                "be a matrix's with as many rows as the first has columns");
        return {s[0][0], s[1][1]};
    }
    void forward(const Call<Scalar, 2>& call) const { multiply(call.x[0], call.x[1], call.y, 0); }
    void vjp(const Call<Scalar, 2>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 2>& dx) const {
        const auto [a, b] = call.x;
        const auto m = a.shape[0], k = a.shape[1], n = b.shape[1];
        if (dx[0])  // dA = dY B^T
            gemm<Scalar>(Transpose::no, Transpose::yes, m, k, n, 1, dy.data, b.data, dx[0].beta, dx[0].into.data);
        if (dx[1])  // dB = A^T dY
            gemm<Scalar>(Transpose::yes, Transpose::no, k, n, m, 1, a.data, dy.data, dx[1].beta, dx[1].into.data);
    }
    void jvp(const Call<Scalar, 2>& call, const std::array<View<const Scalar>, 2>& tx, View<Scalar> ty) const {
        if (tx[0]) multiply(tx[0], call.x[1], ty, 0);
        if (tx[1]) multiply(call.x[0], tx[1], ty, tx[0] ? Scalar{1} : Scalar{0});
    }

private:
    static void multiply(View<const Scalar> a, View<const Scalar> b, View<Scalar> y, Scalar beta) {
        gemm<Scalar>(Transpose::no, Transpose::no, a.shape[0], b.shape[1], a.shape[1], 1, a.data, b.data, beta, y.data);
    }
};

}  // namespace primitive

/// The matrix product A B.
template <class Scalar>
Variable<Scalar> matmul(Variable<Scalar> a, Variable<Scalar> b) {
    return a.tape->record(primitive::Matmul<Scalar>{}, {a, b});
}

}  // namespace pstar
