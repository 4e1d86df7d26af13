#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <Eigen/Eigenvalues>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/spectrum/symmetric_operator.hpp>

namespace pstar::detail {

/// A vector of `n` independent random signs, a function of the stream alone.
inline Vector<double> random_signs(Eigen::Index n, const RandomStream& stream) {
    RandomSequence next(stream);
    Vector<double> z(n);
    for (double& element : z) element = (next() >> 31) ? 1 : -1;
    return z;
}

/// v <- v - Q^T Q v for the first `rows` rows of Q, orthonormal, twice over: once leaves rounding of the size of what
/// was taken away. Source: Giraud et al., Numer. Math. 101 (2005) 87, "twice is enough".
template <class Scalar>
void take_away(const Matrix<Scalar>& q, Eigen::Index rows, Vector<Scalar>& v) {
    for (int pass = 0; pass < 2 && rows > 0; ++pass) {
        const Vector<Scalar> share = q.topRows(rows) * v;
        v.noalias() -= q.topRows(rows).transpose() * share;
    }
}

/// Lanczos's recurrence with full reorthogonalisation. After m steps, V (m, n) with orthonormal rows and T (m, m),
/// symmetric and tridiagonal:
///     K V^T = V^T T + beta_m v_{m+1} e_m^T,   v_1 = start/|start|,
/// for K restricted to the complement of `away` (rows orthonormal). Memory: n numbers per step.
/// Source: Golub & Van Loan, "Matrix Computations", 4th ed., section 10.1; Parlett, "The Symmetric Eigenvalue Problem".
template <SymmetricOperator Op>
class Lanczos {
public:
    Lanczos(const Op& op, std::size_t most_steps, const Matrix<double>* away = nullptr)
        : op_(op), away_(away), basis_(static_cast<Eigen::Index>(most_steps), op.rows()) {}

    /// v_1. False if nothing of `start` lies outside the span of `away` and of the basis so far.
    bool begin(Vector<double> start) {
        const double before = start.norm();
        purge(start);
        const double norm = start.norm();
        if (!(norm > 1e-10 * before)) return false;
        next_ = start / norm;
        fresh_ = true;
        return true;
    }
    /// One step: a row of V, a row of T. False once the space is exhausted, beta_m = 0: `begin` again or be content.
    bool step() {
        const auto m = steps();
        require(m < basis_.rows(), "Lanczos::step", "the number of steps", m, "stay below the number it was made for");
        if (m > 0) off_diagonal_.push_back(fresh_ ? 0 : last_);
        fresh_ = false;
        basis_.row(m) = next_.transpose();
        Vector<double> w(next_.size());  // w <- K v_m - alpha_m v_m - beta_{m-1} v_{m-1}
        op_.perform_op(next_.data(), w.data());
        diagonal_.push_back(next_.dot(w));
        largest_ = std::max(largest_, w.norm());
        purge(w);
        last_ = w.norm();
        if (!(last_ > 1e-13 * largest_)) {
            last_ = 0;
            return false;
        }
        next_ = w / last_;
        return true;
    }

    Eigen::Index steps() const { return static_cast<Eigen::Index>(diagonal_.size()); }
    const Matrix<double>& basis() const { return basis_; }                     ///< V in its first steps() rows
    const std::vector<double>& diagonal() const { return diagonal_; }          ///< alpha, steps()
    const std::vector<double>& off_diagonal() const { return off_diagonal_; }  ///< beta, steps() - 1
    double last() const { return last_; }                                      ///< beta_m, of the rest
    /// Eigenvalues, ascending, and eigenvectors of T.
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> decomposition() const {
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
        solver.computeFromTridiagonal(
            ConstVectorMap<double>(diagonal_.data(), steps()),
            ConstVectorMap<double>(off_diagonal_.data(), std::max<Eigen::Index>(steps(), 1) - 1),
            Eigen::ComputeEigenvectors);
        return solver;
    }

private:
    void purge(Vector<double>& v) const {
        if (away_) take_away(*away_, away_->rows(), v);
        take_away(basis_, steps(), v);
    }

    const Op& op_;
    const Matrix<double>* away_;
    Matrix<double> basis_;
    Vector<double> next_;
    std::vector<double> diagonal_, off_diagonal_;
    double last_ = 0, largest_ = 0;
    bool fresh_ = true;
};

}  // namespace pstar::detail
