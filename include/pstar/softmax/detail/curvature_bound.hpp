#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/lapack.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar::detail {

/// The inverse of an approximate Hessian of softmax regression, the same block for each class:
///     B = c a (N/m) sum_n x_n x_n^T + penalties      (x_n with a 1 for the intercept, which is not penalised)
/// with a the weight of the loss and the sum over m of the N samples, evenly spaced. With c = 1/2 it is Boehning's
/// upper bound of the Hessian ("Multinomial logistic regression algorithm", Ann. Inst. Statist. Math. 44, 1992);
/// c = 1/2K is nearer to it where K classes are fitted well. Computed in `Real`.
template <class Scalar, class Real = double>
class CurvatureBound {
public:
    CurvatureBound(ConstMatrixMap<Scalar> x, std::size_t classes, bool with_intercept, Real loss_weight,
                   std::span<const Real> penalties)
        : classes_(classes),
          features_(penalties.size()),
          with_intercept_(with_intercept),
          diagonal_(features_ > widest) {
        const auto columns = size();
        const auto sample = evenly_spaced(x, diagonal_ ? 4096 : std::max<std::size_t>(2048, 4 * columns));
        const auto rows = sample.size() / features_;
        const Real scale = Real{0.5} / static_cast<Real>(classes) * loss_weight * static_cast<Real>(x.rows()) /
                           static_cast<Real>(rows);
        factor_ = diagonal_ ? squares(sample) : moments(sample);
        for (Real& element : factor_) element *= scale;
        for (std::size_t j = 0; j < columns; ++j) {
            Real& element = factor_[diagonal_ ? j : j * (columns + 1)];
            element = lifted(element + (j < features_ ? penalties[j] : 0));
        }
        if (diagonal_) return;
        const BudgetScope one({1, true});  // the same digits for any number of threads
        cholesky_in_place(columns, factor_.data());
    }

    /// q <- B^-1 q for q = (W row by row, b).
    void operator()(std::span<Real> q) const {
        const auto columns = size();
        std::vector<Real> rows(classes_ * columns);  // a class each
        for (std::size_t k = 0; k < classes_; ++k) {
            std::copy_n(q.data() + k * features_, features_, rows.data() + k * columns);
            if (with_intercept_) rows[k * columns + features_] = q[classes_ * features_ + k];
        }
        if (diagonal_) {
            for (std::size_t i = 0; i < rows.size(); ++i) rows[i] /= factor_[i % columns];
        } else {
            const BudgetScope one({1, true});
            cholesky_solve(columns, factor_.data(), classes_, rows.data());
        }
        for (std::size_t k = 0; k < classes_; ++k) {
            std::copy_n(rows.data() + k * columns, features_, q.data() + k * features_);
            if (with_intercept_) q[classes_ * features_ + k] = rows[k * columns + features_];
        }
    }

private:
    static constexpr std::size_t widest = 1024;  // beyond, a Cholesky factor costs more than it saves

    std::size_t size() const { return features_ + (with_intercept_ ? 1 : 0); }

    static std::vector<Scalar> evenly_spaced(ConstMatrixMap<Scalar> x, std::size_t most) {
        const auto all = static_cast<std::size_t>(x.rows()), columns = static_cast<std::size_t>(x.cols());
        const auto count = std::min(most, all);
        std::vector<Scalar> rows(count * columns);
        for (std::size_t n = 0; n < count; ++n)
            std::copy_n(x.data() + n * all / count * columns, columns, rows.data() + n * columns);
        return rows;
    }
    std::vector<Real> sums(const std::vector<Scalar>& x, int power) const {
        std::vector<Real> result(features_);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const auto value = static_cast<Real>(x[i]);
            result[i % features_] += power == 1 ? value : value * value;
        }
        return result;
    }
    /// The diagonal of `moments`.
    std::vector<Real> squares(const std::vector<Scalar>& x) const {
        auto result = sums(x, 2);
        if (with_intercept_) result.push_back(static_cast<Real>(x.size() / features_));
        return result;
    }
    /// sum_n x_n x_n^T, of size (D, D) or with the intercept (D + 1, D + 1).
    std::vector<Real> moments(const std::vector<Scalar>& x) const {
        const auto rows = x.size() / features_, columns = size();
        std::vector<Scalar> products(features_ * features_);
        gemm<Scalar>(Transpose::yes, Transpose::no, features_, features_, rows, 1, x.data(), x.data(), 0,
                     products.data());
        std::vector<Real> result(columns * columns);
        for (std::size_t i = 0; i < features_; ++i)
            std::copy_n(products.data() + i * features_, features_, result.data() + i * columns);
        if (with_intercept_) {
            const auto sum = sums(x, 1);
            for (std::size_t i = 0; i < features_; ++i)
                result[i * columns + features_] = result[features_ * columns + i] = sum[i];
            result.back() = static_cast<Real>(rows);
        }
        return result;
    }
    /// Keeps columns that are combinations of others, and those that are zero, from making the matrix singular.
    static Real lifted(Real diagonal) {
        return diagonal > 0 ? diagonal * (1 + std::numeric_limits<float>::epsilon()) : 1;
    }

    std::size_t classes_, features_;
    bool with_intercept_, diagonal_;
    std::vector<Real> factor_;  // of Cholesky, in its lower triangle; or the diagonal alone
};

}  // namespace pstar::detail
