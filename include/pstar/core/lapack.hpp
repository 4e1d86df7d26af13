#pragma once

#include <limits>
#include <optional>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

/// The eigenvalues of a symmetric matrix (n, n), ascending, by LAPACK's dsyevd; only the lower triangle is read.
/// Nothing if LAPACK did not converge. Uses the threads that `with_threads` allows; the last digits depend on the
/// BLAS and on their number.
inline std::optional<std::vector<double>> symmetric_eigenvalues(const Tensor<double, 2>& matrix) {
    require(matrix.shape()[0] == matrix.shape()[1], "symmetric_eigenvalues", "the number of columns", matrix.shape()[1],
            "equal the number of rows");
    require(matrix.shape()[0] <= std::size_t{std::numeric_limits<int>::max()}, "symmetric_eigenvalues", "n",
            matrix.shape()[0], "fit a 32-bit integer");
    const int n = static_cast<int>(matrix.shape()[0]);
    std::vector<double> eigenvalues(matrix.shape()[0]);
    if (n == 0) return eigenvalues;
    std::vector<double> a(matrix.data(), matrix.data() + matrix.size());
    const int query = -1;
    double work_size = 0;
    int integer_size = 0, info = 0;
    detail::check_blas();
    const detail::BlasThreads set;
    const auto call = [&](double* work, const int& size, int* integer_work, const int& integer_work_size) {
        // 'U' of the column-major matrix LAPACK sees: the lower triangle of ours.
        detail::pstar_lapack_dsyevd("N", "U", &n, a.data(), &n, eigenvalues.data(), work, &size, integer_work,
                                    &integer_work_size, &info);
    };
    call(&work_size, query, &integer_size, query);
    std::vector<double> work(static_cast<std::size_t>(work_size));
    std::vector<int> integer_work(static_cast<std::size_t>(integer_size));
    call(work.data(), static_cast<int>(work.size()), integer_work.data(), static_cast<int>(integer_work.size()));
    if (info != 0) return std::nullopt;
    return eigenvalues;
}

}  // namespace pstar
