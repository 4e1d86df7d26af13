#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <pstar/core/exp_lanes.hpp>
#include <pstar/core/tensor.hpp>

/// Kernels on rows of logits Z (N, K).
namespace pstar::detail {

/// Z <- softmax of each row, shifted by the row's maximum; log_sum (N) <- its log-sum-exp.
template <class Scalar>
void softmax_rows_in_place(MatrixMap<Scalar> z, std::span<Scalar> log_sum) {
    const auto columns = z.cols();
    for (Eigen::Index n = 0; n < z.rows(); ++n) {
        Scalar* const row = z.data() + n * columns;
        Scalar top = row[0];
        for (Eigen::Index k = 1; k < columns; ++k) top = row[k] > top ? row[k] : top;
        for (Eigen::Index k = 0; k < columns; ++k) row[k] -= top;
        log_sum[static_cast<std::size_t>(n)] = top;
    }
    simd::exp_in_place(z.data(), static_cast<std::size_t>(z.size()));  // all rows at once: full vectors whatever K is
    for (Eigen::Index n = 0; n < z.rows(); ++n) {
        Scalar* const row = z.data() + n * columns;
        Scalar total = 0;
        for (Eigen::Index k = 0; k < columns; ++k) total += row[k];
        const Scalar share = 1 / total;
        for (Eigen::Index k = 0; k < columns; ++k) row[k] *= share;
        log_sum[static_cast<std::size_t>(n)] += std::log(total);
    }
}

/// The index of a row's largest element, the first of equal ones; K if any is NaN: such a prediction is never right.
template <class Scalar>
std::size_t largest_of_row(const Scalar* row, std::size_t columns) {
    std::size_t best = 0;
    for (std::size_t k = 0; k < columns; ++k) {
        if (std::isnan(row[k])) return columns;
        if (row[k] > row[best]) best = k;
    }
    return best;
}

}  // namespace pstar::detail
