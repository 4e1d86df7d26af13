#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace pstar::detail {

/// A P = Q R of a matrix (m, n) with m >= n and few columns, by Householder reflections with column pivoting. Eigen's
/// own works by blocks, which pay from 48 columns on and take seconds to compile.
/// Source: Golub & Van Loan, Matrix Computations, algorithm 5.4.1.
class PivotedQr {
public:
    /// `a`: (m, n), column by column.
    PivotedQr(std::vector<double> a, std::size_t columns)
        : reflectors_(std::move(a)), n_(columns), m_(reflectors_.size() / columns), scale_(n_), pivots_(n_) {
        std::iota(pivots_.begin(), pivots_.end(), std::size_t{0});
        for (std::size_t k = 0; k < n_; ++k) {
            const auto pivot = longest_column(k);
            if (pivot != k) {
                std::swap_ranges(column(k), column(k) + m_, column(pivot));
                std::swap(pivots_[k], pivots_[pivot]);
            }
            make_reflection(k);
            for (auto j = k + 1; j < n_; ++j) reflect(k, column(j));
        }
    }

    std::size_t columns() const { return n_; }
    /// An element of R (n, n).
    double r(std::size_t i, std::size_t j) const { return i > j ? 0 : column(j)[i]; }
    /// Column k of A P is column `pivots()[k]` of A.
    std::span<const std::size_t> pivots() const { return pivots_; }
    /// The number of |R_kk| above n * epsilon times the largest.
    std::size_t rank() const {
        double largest = 0;
        for (std::size_t k = 0; k < n_; ++k) largest = std::max(largest, std::abs(r(k, k)));
        const double threshold = largest * std::numeric_limits<double>::epsilon() * static_cast<double>(n_);
        std::size_t rank = 0;
        for (std::size_t k = 0; k < n_; ++k) rank += std::abs(r(k, k)) > threshold;
        return rank;
    }
    /// v <- Q' v, of m numbers.
    void multiply_by_transposed_q(std::span<double> v) const {
        for (std::size_t k = 0; k < n_; ++k) reflect(k, v.data());
    }
    /// (A'A)^-1 b: R'R z = P'b, then P z. NaN or infinite where the rank is less than n.
    std::vector<double> solve_normal(std::span<const double> b) const {
        std::vector<double> z(n_), x(n_);
        for (std::size_t k = 0; k < n_; ++k) {
            double sum = b[pivots_[k]];
            for (std::size_t j = 0; j < k; ++j) sum -= r(j, k) * z[j];
            z[k] = sum / r(k, k);
        }
        for (auto k = n_; k-- > 0;) {
            for (auto j = k + 1; j < n_; ++j) z[k] -= r(k, j) * z[j];
            z[k] /= r(k, k);
        }
        for (std::size_t k = 0; k < n_; ++k) x[pivots_[k]] = z[k];
        return x;
    }

private:
    double* column(std::size_t j) { return reflectors_.data() + j * m_; }
    const double* column(std::size_t j) const { return reflectors_.data() + j * m_; }

    static double squares(const double* first, const double* last) {
        double sum = 0;
        for (; first != last; ++first) sum += *first * *first;
        return sum;
    }
    std::size_t longest_column(std::size_t k) const {
        auto longest = k;
        double most = -1;
        for (auto j = k; j < n_; ++j)
            if (const double length = squares(column(j) + k, column(j) + m_); length > most) longest = j, most = length;
        return longest;
    }
    /// H_k = 1 - scale v v' with v = (1, below the diagonal of column k) turns the column into (R_kk, 0, ...).
    void make_reflection(std::size_t k) {
        double* const x = column(k) + k;
        double* const end = column(k) + m_;
        const double rest = squares(x + 1, end);
        scale_[k] = 0;
        if (rest <= std::numeric_limits<double>::min()) return;
        const double length = std::sqrt(*x * *x + rest), diagonal = *x >= 0 ? -length : length;
        for (double* tail = x + 1; tail != end; ++tail) *tail /= *x - diagonal;
        scale_[k] = (diagonal - *x) / diagonal;
        *x = diagonal;
    }
    void reflect(std::size_t k, double* v) const {
        const double* const tail = column(k);
        double along = v[k];
        for (auto i = k + 1; i < m_; ++i) along += tail[i] * v[i];
        along *= scale_[k];
        v[k] -= along;
        for (auto i = k + 1; i < m_; ++i) v[i] -= along * tail[i];
    }

    std::vector<double> reflectors_;  // above the diagonal R, below it the v of the reflections
    std::size_t n_, m_;
    std::vector<double> scale_;
    std::vector<std::size_t> pivots_;
};

}  // namespace pstar::detail
