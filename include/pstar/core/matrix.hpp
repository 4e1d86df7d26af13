#pragma once

#include <pstar/core/detail/kernels/instruction_sets.hpp>

#include <Eigen/Core>

/// The matrices and vectors that arithmetic is done on; without the containers of `core/tensor.hpp`. They are Eigen's,
/// but for the memory, which comes from malloc whatever instruction set a translation unit is compiled for: Eigen's
/// aligned one differs, and what one unit allocates another may free.
namespace pstar {

/// A dense row-major matrix.
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor | Eigen::DontAlign>;
/// Somebody else's numbers as a row-major matrix.
template <class T>
using MatrixMap = Eigen::Map<Matrix<T>>;
/// The same, to read.
template <class T>
using ConstMatrixMap = Eigen::Map<const Matrix<T>>;
/// A column vector.
template <class T>
using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1, Eigen::DontAlign>;
/// Somebody else's numbers as a column vector.
template <class T>
using VectorMap = Eigen::Map<Vector<T>>;
/// The same, to read.
template <class T>
using ConstVectorMap = Eigen::Map<const Vector<T>>;

/// The sum of a vector's elements in their order. Eigen's own `sum` begins at the first aligned one: its last digits
/// depend on where the numbers lie in memory.
template <class Derived>
typename Derived::Scalar sum_of(const Eigen::DenseBase<Derived>& x) {
    typename Derived::Scalar sum = 0;
    for (Eigen::Index i = 0; i < x.size(); ++i) sum += x.derived().coeff(i);
    return sum;
}

}  // namespace pstar
