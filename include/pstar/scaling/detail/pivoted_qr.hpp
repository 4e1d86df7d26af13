#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <Eigen/Core>

namespace pstar::detail {

/// A P = Q R of a matrix (m, n) with m >= n and few columns, by Householder reflections with column pivoting: what
/// Eigen::LevenbergMarquardt asks of its QRSolver. Eigen's own works by blocks, which pay from 48 columns on and take
/// seconds to compile. Source: Golub & Van Loan, Matrix Computations, algorithm 5.4.1.
class PivotedQr {
public:
    using MatrixType = Eigen::MatrixXd;
    using Scalar = double;
    using StorageIndex = int;
    using Vector = Eigen::VectorXd;
    using Permutation = Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, StorageIndex>;

    explicit PivotedQr(MatrixType a)
        : reflectors_(std::move(a)), scale_(reflectors_.cols()), permutation_(reflectors_.cols()) {
        const auto n = reflectors_.cols();
        permutation_.setIdentity();
        for (Eigen::Index k = 0; k < n; ++k) {
            const auto pivot = longest_column(k);
            if (pivot != k) {
                std::swap_ranges(column(k), column(k) + reflectors_.rows(), column(pivot));
                std::swap(permutation_.indices()[k], permutation_.indices()[pivot]);
            }
            make_reflection(k);
            for (auto j = k + 1; j < n; ++j) reflect(k, column(j));
        }
        r_ = MatrixType::Zero(n, n);
        for (Eigen::Index j = 0; j < n; ++j) std::copy_n(column(j), j + 1, r_.data() + j * n);
    }

    Eigen::ComputationInfo info() const { return Eigen::Success; }
    /// R (n, n), zero below the diagonal.
    const MatrixType& matrixR() const { return r_; }
    /// Column k of A P is column `indices()[k]` of A.
    const Permutation& colsPermutation() const { return permutation_; }
    /// The number of |R_kk| above n * epsilon times the largest.
    Eigen::Index rank() const {
        const auto n = r_.cols();
        double largest = 0;
        for (Eigen::Index k = 0; k < n; ++k) largest = std::max(largest, std::abs(r_(k, k)));
        const double threshold = largest * std::numeric_limits<double>::epsilon() * static_cast<double>(n);
        Eigen::Index rank = 0;
        for (Eigen::Index k = 0; k < n; ++k) rank += std::abs(r_(k, k)) > threshold;
        return rank;
    }

    /// Q' v, as `matrixQ().adjoint() * v`.
    Vector transposed_q_times(Vector v) const {
        for (Eigen::Index k = 0; k < r_.cols(); ++k) reflect(k, v.data());
        return v;
    }
    struct Q {
        const PivotedQr& qr;
        struct Adjoint {
            const PivotedQr& qr;
            Vector operator*(const Vector& v) const { return qr.transposed_q_times(v); }
        };
        Adjoint adjoint() const { return {qr}; }
    };
    Q matrixQ() const { return {*this}; }

    /// (A'A)^-1 b: R'R z = P'b, then P z. NaN or infinite where the rank is less than n.
    Vector solve_normal(const Vector& b) const {
        const auto n = r_.cols();
        Vector z(n), x(n);
        for (Eigen::Index k = 0; k < n; ++k) {
            double sum = b[permutation_.indices()[k]];
            for (Eigen::Index j = 0; j < k; ++j) sum -= r_(j, k) * z[j];
            z[k] = sum / r_(k, k);
        }
        for (auto k = n; k-- > 0;) {
            for (auto j = k + 1; j < n; ++j) z[k] -= r_(k, j) * z[j];
            z[k] /= r_(k, k);
        }
        for (Eigen::Index k = 0; k < n; ++k) x[permutation_.indices()[k]] = z[k];
        return x;
    }

private:
    double* column(Eigen::Index j) { return reflectors_.data() + j * reflectors_.rows(); }
    const double* column(Eigen::Index j) const { return reflectors_.data() + j * reflectors_.rows(); }

    static double squares(const double* first, const double* last) {
        double sum = 0;
        for (; first != last; ++first) sum += *first * *first;
        return sum;
    }
    Eigen::Index longest_column(Eigen::Index k) const {
        const auto m = reflectors_.rows();
        auto longest = k;
        double most = -1;
        for (auto j = k; j < reflectors_.cols(); ++j)
            if (const double length = squares(column(j) + k, column(j) + m); length > most) longest = j, most = length;
        return longest;
    }
    /// H_k = 1 - scale v v' with v = (1, below the diagonal of column k) turns the column into (R_kk, 0, ...).
    void make_reflection(Eigen::Index k) {
        double* const x = column(k) + k;
        double* const end = column(k) + reflectors_.rows();
        const double rest = squares(x + 1, end);
        scale_[k] = 0;
        if (rest <= std::numeric_limits<double>::min()) return;
        const double length = std::sqrt(*x * *x + rest), diagonal = *x >= 0 ? -length : length;
        for (double* tail = x + 1; tail != end; ++tail) *tail /= *x - diagonal;
        scale_[k] = (diagonal - *x) / diagonal;
        *x = diagonal;
    }
    void reflect(Eigen::Index k, double* v) const {
        const double* const tail = column(k);
        const auto m = reflectors_.rows();
        double along = v[k];
        for (auto i = k + 1; i < m; ++i) along += tail[i] * v[i];
        along *= scale_[k];
        v[k] -= along;
        for (auto i = k + 1; i < m; ++i) v[i] -= along * tail[i];
    }

    MatrixType reflectors_, r_;
    Vector scale_;
    Permutation permutation_;
};

}  // namespace pstar::detail
