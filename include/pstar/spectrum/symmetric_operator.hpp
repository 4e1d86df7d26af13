#pragma once

#include <concepts>
#include <cstddef>

#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

/// A symmetric matrix K that is known by its products alone: `perform_op(x, y)` writes y <- K x, x and y of length
/// rows() = cols(). Spectra's solvers need the same members, so they take every such type.
template <class Op>
concept SymmetricOperator = requires(const Op& op, const double* x, double* y) {
    { op.rows() } -> std::convertible_to<Eigen::Index>;
    { op.cols() } -> std::convertible_to<Eigen::Index>;
    op.perform_op(x, y);
};

/// A matrix that is there as an operator. Refers to it.
class MatrixOperator {
public:
    using Scalar = double;

    /// Throws std::invalid_argument unless the matrix is square.
    explicit MatrixOperator(const Tensor<double, 2>& matrix) : matrix_(matrix) {
        require(matrix.shape()[0] == matrix.shape()[1], "MatrixOperator", "the number of columns", matrix.shape()[1],
                "equal the number of rows");
    }
    Eigen::Index rows() const { return static_cast<Eigen::Index>(matrix_.shape()[0]); }
    Eigen::Index cols() const { return rows(); }
    void perform_op(const double* x, double* y) const {
        VectorMap<double>(y, rows()).noalias() = as_matrix(matrix_) * ConstVectorMap<double>(x, rows());
    }

private:
    const Tensor<double, 2>& matrix_;
};

/// C K C with C = I - 1 1^T/n, the operator of the centred kernel (see `centred`). Refers to K.
template <SymmetricOperator Op>
class CentredOperator {
public:
    using Scalar = double;

    /// C K C of an operator K that outlives it.
    explicit CentredOperator(const Op& op) : op_(op) {}
    Eigen::Index rows() const { return op_.rows(); }
    Eigen::Index cols() const { return op_.rows(); }
    void perform_op(const double* x, double* y) const {
        const ConstVectorMap<double> from(x, rows());
        VectorMap<double> to(y, rows());
        const Vector<double> shifted = from.array() - sum_of(from) / static_cast<double>(rows());
        op_.perform_op(shifted.data(), y);
        to.array() -= sum_of(to) / static_cast<double>(rows());
    }

private:
    const Op& op_;
};

static_assert(SymmetricOperator<MatrixOperator> && SymmetricOperator<CentredOperator<MatrixOperator>>);

}  // namespace pstar
