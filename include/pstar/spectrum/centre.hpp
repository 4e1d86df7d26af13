#pragma once

#include <pstar/core/tensor.hpp>

namespace pstar {

/// The kernel of centred features, K_c = C K C with C = I - 1 1^T/n:
///     K_c(i, j) = K(i, j) - mean_j K(i, .) - mean_i K(., j) + mean K,
/// which takes the common part of all rows away: K's largest eigenvalue is often little else. Exactly symmetric where K
/// is. A rectangular kernel (N, M) between two sets of images is centred over each: C_N K C_M.
/// Source: Cortes, Mohri & Rostamizadeh, JMLR 13 (2012) 795, lemma 1.
inline Tensor<double, 2> centred(const Tensor<double, 2>& kernel) {
    Tensor<double, 2> result = kernel;
    if (kernel.size() == 0) return result;
    auto k = as_matrix(result);
    Vector<double> of_row = Vector<double>::Zero(k.rows()), of_column = Vector<double>::Zero(k.cols());
    for (Eigen::Index i = 0; i < k.rows(); ++i)  // Eigen's sums begin with an aligned element
        for (Eigen::Index j = 0; j < k.cols(); ++j) {
            of_row[i] += k(i, j);
            of_column[j] += k(i, j);
        }
    of_row /= static_cast<double>(k.cols());
    of_column /= static_cast<double>(k.rows());
    const double of_all = sum_of(of_row) / static_cast<double>(of_row.size());
    if (k.rows() != k.cols()) {
        for (Eigen::Index i = 0; i < k.rows(); ++i)
            for (Eigen::Index j = 0; j < k.cols(); ++j) k(i, j) -= of_row[i] + of_column[j] - of_all;
        return result;
    }
    for (Eigen::Index i = 0; i < k.rows(); ++i)
        for (Eigen::Index j = 0; j <= i; ++j) {
            const double share = of_row[i] + of_column[j] - of_all, mirrored = of_row[j] + of_column[i] - of_all;
            if (i == j || k(i, j) == k(j, i)) {  // one number for both: symmetric to the last bit
                k(i, j) = k(j, i) = k(i, j) - 0.5 * (share + mirrored);
            } else {
                k(i, j) -= share;
                k(j, i) -= mirrored;
            }
        }
    return result;
}

}  // namespace pstar
