#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/spectrum/centre.hpp>

namespace pstar {

namespace detail {
inline void check_same_size(const char* where, const Tensor<double, 2>& a, const Tensor<double, 2>& b) {
    require(a.shape()[0] == b.shape()[0] && a.shape()[1] == b.shape()[1], where, "the second kernel's rows",
            b.shape()[0], "equal the first's, and its columns the first's too");
}
}  // namespace detail

/// How far a kernel has moved: ||K - K_0||_F / ||K_0||_F. Infinite or NaN where K_0 is zero.
inline double relative_distance(const Tensor<double, 2>& kernel, const Tensor<double, 2>& initial) {
    detail::check_same_size("relative_distance", kernel, initial);
    return (as_matrix(kernel) - as_matrix(initial)).norm() / as_matrix(initial).norm();
}

/// How kernels are compared.
struct AlignmentOptions {
    bool centred = false;  ///< of the kernels of centred features, see `centred`
};

/// The cosine of the angle between two kernels, <K, L>_F / (||K||_F ||L||_F): at most 1, at least 0 for positive
/// semi-definite ones, and 1 where one is a multiple of the other. NaN where either is zero.
/// Source: Cristianini et al., NIPS 2001, definition 1; centred: Cortes, Mohri & Rostamizadeh, JMLR 13 (2012) 795.
inline double alignment(const Tensor<double, 2>& first, const Tensor<double, 2>& second,
                        const AlignmentOptions& options = {}) {
    detail::check_same_size("alignment", first, second);
    if (options.centred) return alignment(centred(first), centred(second));
    const auto a = as_matrix(first), b = as_matrix(second);
    return a.cwiseProduct(b).sum() / (a.norm() * b.norm());
}

/// The kernel between two sets of labels, Y Z^T with Y and Z one-hot: 1 where two labels are equal, else 0. (N, M)
inline Tensor<double, 2> label_kernel(std::span<const Label> rows, std::span<const Label> columns) {
    auto kernel = Tensor<double, 2>::from_shape({rows.size(), columns.size()});
    for (std::size_t n = 0; n < rows.size(); ++n)
        for (std::size_t m = 0; m < columns.size(); ++m) kernel(n, m) = rows[n] == columns[m] ? 1 : 0;
    return kernel;
}
/// That of one set with itself. (N, N)
inline Tensor<double, 2> label_kernel(std::span<const Label> labels) {
    return label_kernel(labels, labels);
}

/// The alignment of a rectangular kernel (N, M), between N test and M training images say, with that of their labels.
/// Throws std::invalid_argument where the kernel's shape is not the number of labels by that of the others.
inline double label_alignment(const Tensor<double, 2>& kernel, std::span<const Label> rows,
                              std::span<const Label> columns, const AlignmentOptions& options = {}) {
    require(rows.size() >= 1 && kernel.shape()[0] == rows.size(), "label_alignment", "kernel.shape()[0]",
            kernel.shape()[0], "be the number of the rows' labels, at least 1");
    require(columns.size() >= 1 && kernel.shape()[1] == columns.size(), "label_alignment", "kernel.shape()[1]",
            kernel.shape()[1], "be the number of the columns' labels, at least 1");
    return alignment(kernel, label_kernel(rows, columns), options);
}

/// The alignment of a kernel with the labels: with Y Y^T for a kernel (N, N) of images; for one (N K, N K) of images
/// and classes with y y^T, y the one-hot labels as one vector. Centred, K and Y Y^T are (CKA).
/// Throws std::invalid_argument where the kernel's rows are not a multiple of the number of labels.
inline double label_alignment(const Tensor<double, 2>& kernel, std::span<const Label> labels,
                              const AlignmentOptions& options = {}) {
    const auto rows = kernel.shape()[0], n = labels.size();
    require(n >= 1 && rows % n == 0, "label_alignment", "kernel.shape()[0]", rows,
            "be a multiple of the number of labels");
    if (rows == n) return alignment(kernel, label_kernel(labels), options);
    const auto classes = rows / n;
    auto target = Tensor<double, 2>::from_shape({rows, rows});
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < rows; ++j)
            target(i, j) = labels[i / classes] == i % classes && labels[j / classes] == j % classes ? 1 : 0;
    return alignment(kernel, target, options);
}

}  // namespace pstar
