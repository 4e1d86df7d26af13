#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <pstar/core/detail/kernels/softmax_kernels.hpp>
#include <pstar/core/tensor.hpp>

/// Kernels on rows of logits Z (N, K).
namespace pstar::detail {

/// Z <- softmax of each row, shifted by the row's maximum; log_sum (N) <- its log-sum-exp.
template <class Scalar>
void softmax_rows_in_place(MatrixMap<Scalar> z, std::span<Scalar> log_sum) {
    PSTAR_KERNEL(softmax_rows(z.data(), static_cast<std::size_t>(z.rows()), static_cast<std::size_t>(z.cols()),
                              z.data(), log_sum.data()));
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
