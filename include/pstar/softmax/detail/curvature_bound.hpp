#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

#include <pstar/core/blas.hpp>
#include <pstar/core/lapack.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar::detail {

/// The inverse of an approximate Hessian of softmax regression, the same block for each class:
///     B = c a (N/m) sum_n x_n x_n^T + penalty I      (x_n with a 1 for the intercept, which is not penalised)
/// with a the weight of the loss and the sum over m of the N samples, evenly spaced. With c = 1/2 it is Boehning's
/// upper bound of the Hessian ("Multinomial logistic regression algorithm", Ann. Inst. Statist. Math. 44, 1992);
/// c = 1/2K is nearer to it where K classes are fitted well. Computed in `Real`.
template <class Scalar, class Real = double>
class CurvatureBound {
public:
    CurvatureBound(ConstMatrixMap<Scalar> x, std::size_t classes, bool with_intercept, Real loss_weight, Real penalty)
        : classes_(static_cast<Eigen::Index>(classes)), features_(x.cols()), with_intercept_(with_intercept) {
        const auto size = features_ + (with_intercept ? 1 : 0);
        diagonal_ = features_ > widest;
        const auto sample = evenly_spaced(x, diagonal_ ? 4096 : std::max<Eigen::Index>(2048, 4 * size));
        const Real scale = Real{0.5} / static_cast<Real>(classes) * loss_weight * static_cast<Real>(x.rows()) /
                           static_cast<Real>(sample.rows());
        Vector<Real> ridge = Vector<Real>::Constant(size, penalty);
        if (with_intercept) ridge[features_] = 0;
        if (diagonal_) {
            scales_ = ridge;
            scales_.head(features_) += scale * sample.colwise().squaredNorm().transpose().template cast<Real>();
            if (with_intercept) scales_[features_] += scale * static_cast<Real>(sample.rows());
            lift(scales_);
        } else {
            factor_ = scale * moments(sample, size);
            factor_.diagonal() += ridge;
            lift(factor_.diagonal());
            const BudgetScope one({1, true});  // the same digits for any number of threads
            cholesky_in_place(static_cast<std::size_t>(size), factor_.data());
        }
    }

    /// q <- B^-1 q for q = (W row by row, b).
    void operator()(std::span<Real> q) const {
        VectorMap<Real> all(q.data(), std::ssize(q));
        MatrixMap<Real> weights(q.data(), classes_, features_);
        Matrix<Real> rows(classes_, features_ + (with_intercept_ ? 1 : 0));  // a class each
        rows.leftCols(features_) = weights;
        if (with_intercept_) rows.col(features_) = all.tail(classes_);
        if (diagonal_) {
            rows.array().rowwise() /= scales_.transpose().array();
        } else {
            const BudgetScope one({1, true});
            cholesky_solve(static_cast<std::size_t>(rows.cols()), factor_.data(), static_cast<std::size_t>(classes_),
                           rows.data());
        }
        weights = rows.leftCols(features_);
        if (with_intercept_) all.tail(classes_) = rows.col(features_);
    }

private:
    static constexpr Eigen::Index widest = 1024;  // beyond, a Cholesky factor costs more than it saves

    static Matrix<Scalar> evenly_spaced(ConstMatrixMap<Scalar> x, Eigen::Index most) {
        const auto count = std::min(most, x.rows());
        Matrix<Scalar> rows(count, x.cols());
        for (Eigen::Index n = 0; n < count; ++n) rows.row(n) = x.row(n * x.rows() / count);
        return rows;
    }
    /// sum_n x_n x_n^T, of size (D, D) or with the intercept (D + 1, D + 1).
    static Matrix<Real> moments(const Matrix<Scalar>& x, Eigen::Index size) {
        const auto features = x.cols();
        Matrix<Scalar> products(features, features);
        gemm<Scalar>(Transpose::yes, Transpose::no, static_cast<std::size_t>(features),
                     static_cast<std::size_t>(features), static_cast<std::size_t>(x.rows()), 1, x.data(), x.data(), 0,
                     products.data());
        Matrix<Real> result(size, size);
        result.topLeftCorner(features, features) = products.template cast<Real>();
        if (size > features) {
            result.row(features).head(features) = x.colwise().sum().template cast<Real>();
            result.col(features).head(features) = result.row(features).head(features).transpose();
            result(features, features) = static_cast<Real>(x.rows());
        }
        return result;
    }

    /// Keeps columns that are combinations of others, and those that are zero, from making the matrix singular.
    template <class Diagonal>
    static void lift(Diagonal&& diagonal) {
        for (Eigen::Index i = 0; i < diagonal.size(); ++i)
            diagonal[i] = diagonal[i] > 0 ? diagonal[i] * (1 + std::numeric_limits<float>::epsilon()) : 1;
    }

    Eigen::Index classes_, features_;
    bool with_intercept_, diagonal_ = false;
    Matrix<Real> factor_;  // in its lower triangle
    Vector<Real> scales_;
};

}  // namespace pstar::detail
