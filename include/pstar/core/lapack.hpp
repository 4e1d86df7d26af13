#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>

namespace pstar {

namespace detail {
inline int lapack_size(const char* where, std::size_t n) {
    require(n <= std::size_t{std::numeric_limits<int>::max()}, where, "n", n, "fit a 32-bit integer");
    return static_cast<int>(n);
}
}  // namespace detail

/// The eigenvalues of a symmetric matrix (n, n), ascending, by LAPACK's dsyevd; only the lower triangle is read.
/// Nothing if LAPACK did not converge. Uses the threads that `with_threads` allows; the last digits depend on the
/// BLAS and on their number.
inline std::optional<std::vector<double>> symmetric_eigenvalues(const Tensor<double, 2>& matrix) {
    require(matrix.shape()[0] == matrix.shape()[1], "symmetric_eigenvalues", "the number of columns", matrix.shape()[1],
            "equal the number of rows");
    const int n = detail::lapack_size("symmetric_eigenvalues", matrix.shape()[0]);
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

/// Cholesky's factorisation A = L L^T of a symmetric matrix (n, n), row by row, in place, by LAPACK's potrf: reads and
/// writes the lower triangle only. False where A is not positive definite, or not finite. Uses the threads that
/// `with_threads` allows; the last digits depend on the BLAS and on their number.
template <class Scalar>
bool cholesky_in_place(std::size_t n, Scalar* a) {
    const int size = detail::lapack_size("cholesky_in_place", n);
    int info = 0;
    if (n == 0) return true;
    detail::check_blas();
    const detail::BlasThreads set;
    // 'U' of the column-major matrix LAPACK sees: the lower triangle of ours.
    if constexpr (std::is_same_v<Scalar, float>)
        detail::pstar_lapack_spotrf("U", &size, a, &size, &info);
    else
        detail::pstar_lapack_dpotrf("U", &size, a, &size, &info);
    bool finite = true;
    for (std::size_t i = 0; i < n; ++i) finite = finite && std::isfinite(a[i * n + i]);
    return info == 0 && finite;
}

/// Solves A x = b, given the factor of `cholesky_in_place`, for `count` right-hand sides in place: b (count, n), one
/// per row. Threads and last digits as there.
template <class Scalar>
void cholesky_solve(std::size_t n, const Scalar* factor, std::size_t count, Scalar* b) {
    const int size = detail::lapack_size("cholesky_solve", n), columns = detail::lapack_size("cholesky_solve", count);
    int info = 0;
    if (n == 0 || count == 0) return;
    detail::check_blas();
    const detail::BlasThreads set;
    if constexpr (std::is_same_v<Scalar, float>)
        detail::pstar_lapack_spotrs("U", &size, &columns, factor, &size, b, &size, &info);
    else
        detail::pstar_lapack_dpotrs("U", &size, &columns, factor, &size, b, &size, &info);
}

}  // namespace pstar
