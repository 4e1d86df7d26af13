#pragma once

#include <concepts>
#include <type_traits>

#include <pstar/core/tensor.hpp>

namespace pstar {

/// Rows of numbers, one after the other in memory: `Matrix<T>`, `MatrixMap<T>`, `ConstMatrixMap<T>`, hence also
/// `as_matrix(tensor)`. What a function of samples (N, D) takes.
template <class M>
concept DenseRows = std::floating_point<typename M::Scalar> && requires(const M& m) {
    { m.data() } -> std::convertible_to<const typename M::Scalar*>;
    { m.rows() } -> std::convertible_to<Eigen::Index>;
    { m.cols() } -> std::convertible_to<Eigen::Index>;
} &&(std::is_same_v<M, Matrix<typename M::Scalar>> || std::is_same_v<M, MatrixMap<typename M::Scalar>> ||
     std::is_same_v<M, ConstMatrixMap<typename M::Scalar>>);

/// The same rows, without a copy.
template <DenseRows M>
ConstMatrixMap<typename M::Scalar> rows_of(const M& m) {
    return {m.data(), m.rows(), m.cols()};
}

}  // namespace pstar
