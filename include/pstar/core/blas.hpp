#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>

#include <pstar/core/detail/gemm_sparse.hpp>
#include <pstar/core/error.hpp>

// OpenBLAS's own controls, where the BLAS that was linked has them: weak, so that any other CBLAS links as well.
extern "C" {
[[gnu::weak]] void openblas_set_num_threads(int count);
[[gnu::weak]] int openblas_get_num_threads(void);
[[gnu::weak]] char* openblas_get_corename(void);
[[gnu::weak]] char* openblas_get_config(void);
}

namespace pstar {

namespace detail {
// The functions of CBLAS and LAPACK used here, under names of our own: <cblas.h> and the one inside xtensor-blas
// contradict each other, and a program that includes either, or both of ours and theirs, must still compile.
#if defined(__APPLE__)
#define PSTAR_SYMBOL(name) __asm__("_" name)
#else
#define PSTAR_SYMBOL(name) __asm__(name)
#endif
extern "C" {
void pstar_cblas_sgemm(int order, int a_is, int b_is, int m, int n, int k, float alpha, const float* a, int lda,
                       const float* b, int ldb, float beta, float* c, int ldc) PSTAR_SYMBOL("cblas_sgemm");
void pstar_cblas_dgemm(int order, int a_is, int b_is, int m, int n, int k, double alpha, const double* a, int lda,
                       const double* b, int ldb, double beta, double* c, int ldc) PSTAR_SYMBOL("cblas_dgemm");
void pstar_lapack_dsyevd(const char* job, const char* triangle, const int* n, double* a, const int* lda,
                         double* eigenvalues, double* work, const int* work_size, int* integer_work,
                         const int* integer_work_size, int* info) PSTAR_SYMBOL("dsyevd_");
}
#undef PSTAR_SYMBOL
inline constexpr int cblas_row_major = 101, cblas_no_transpose = 111, cblas_transpose = 112;
}  // namespace detail

enum class Transpose : bool { no, yes };

/// C <- alpha op(A) op(B) + beta C, row-major and densely packed: op(A) is (m, k), op(B) is (k, n), C is (m, n).
/// With `beta == 0`, C is written without being read. Uses as many threads as the BLAS is set to (`BlasThreads`). In
/// float on one thread a kernel of our own does it (core/detail/gemm_kernel.hpp, core/detail/gemm_sparse.hpp), whose
/// bits no choice of BLAS changes; else the BLAS.
template <class Scalar>
void gemm(Transpose a_is, Transpose b_is, std::size_t m, std::size_t n, std::size_t k, Scalar alpha, const Scalar* a,
          const Scalar* b, Scalar beta, Scalar* c) {
    static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>, "gemm: Scalar is float or double");
    constexpr auto limit = static_cast<std::size_t>(std::numeric_limits<int>::max());
    require(m <= limit && n <= limit && k <= limit, "gemm", "a dimension", std::max({m, n, k}), "fit a 32-bit integer");
    if (m == 0 || n == 0) return;
#if defined(PSTAR_HAS_GEMM_KERNEL)
    if constexpr (std::is_same_v<Scalar, float>) {
        const bool alone = !openblas_get_num_threads || openblas_get_num_threads() <= 1;
        if (alone && alpha == 1 && k <= detail::gemm_longest)
            return detail::gemm_one_core(
                m, n, k, a_is == Transpose::yes ? detail::Strided{a, 1, m} : detail::Strided{a, k, 1},
                b_is == Transpose::yes ? detail::Strided{b, k, 1} : detail::Strided{b, 1, n}, beta, c);
    }
#endif
    const auto op = [](Transpose t) {
        return t == Transpose::yes ? detail::cblas_transpose : detail::cblas_no_transpose;
    };
    const auto mi = static_cast<int>(m), ni = static_cast<int>(n), ki = static_cast<int>(k);
    const int lda = std::max(1, a_is == Transpose::yes ? mi : ki), ldb = std::max(1, b_is == Transpose::yes ? ki : ni);
    if constexpr (std::is_same_v<Scalar, float>)
        detail::pstar_cblas_sgemm(detail::cblas_row_major, op(a_is), op(b_is), mi, ni, ki, alpha, a, lda, b, ldb, beta,
                                  c, ni);
    else
        detail::pstar_cblas_dgemm(detail::cblas_row_major, op(a_is), op(b_is), mi, ni, ki, alpha, a, lda, b, ldb, beta,
                                  c, ni);
}

/// Sets the number of threads of the BLAS as long as the object exists. A sweep sets 1: it runs one run per core.
/// Process-wide (the BLAS has one setting), so hold it outside parallel regions. No effect on a BLAS that is not
/// OpenBLAS.
class BlasThreads {
public:
    explicit BlasThreads(int count) {
        require(count >= 1, "BlasThreads", "count", count, "be at least 1");
        if (!openblas_set_num_threads || !openblas_get_num_threads) return;
        before_ = openblas_get_num_threads();
        openblas_set_num_threads(count);
    }
    BlasThreads(const BlasThreads&) = delete;
    BlasThreads& operator=(const BlasThreads&) = delete;
    ~BlasThreads() {
        if (before_ > 0) openblas_set_num_threads(before_);
    }

private:
    int before_ = 0;
};

/// The BLAS in use, for reports: e.g. `OpenBLAS 0.3.21 ... (core Haswell)`.
inline std::string blas_description() {
    if (!openblas_get_config || !openblas_get_corename) return "CBLAS of unknown make";
    return std::string(openblas_get_config()) + " (core " + openblas_get_corename() + ")";
}

}  // namespace pstar
