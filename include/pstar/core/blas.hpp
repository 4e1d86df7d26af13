#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pstar/core/detail/gemm_float.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/openblas.hpp>
#include <pstar/core/threads.hpp>

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
void pstar_cblas_dgemm(int order, int a_is, int b_is, int m, int n, int k, double alpha, const double* a, int lda,
                       const double* b, int ldb, double beta, double* c, int ldc) PSTAR_SYMBOL("cblas_dgemm");
void pstar_lapack_dsyevd(const char* job, const char* triangle, const int* n, double* a, const int* lda,
                         double* eigenvalues, double* work, const int* work_size, int* integer_work,
                         const int* integer_work_size, int* info) PSTAR_SYMBOL("dsyevd_");
void pstar_lapack_spotrf(const char* triangle, const int* n, float* a, const int* lda, int* info)
    PSTAR_SYMBOL("spotrf_");
void pstar_lapack_dpotrf(const char* triangle, const int* n, double* a, const int* lda, int* info)
    PSTAR_SYMBOL("dpotrf_");
void pstar_lapack_spotrs(const char* triangle, const int* n, const int* columns, const float* a, const int* lda,
                         float* b, const int* ldb, int* info) PSTAR_SYMBOL("spotrs_");
void pstar_lapack_dpotrs(const char* triangle, const int* n, const int* columns, const double* a, const int* lda,
                         double* b, const int* ldb, int* info) PSTAR_SYMBOL("dpotrs_");
}
#undef PSTAR_SYMBOL
inline constexpr int cblas_row_major = 101, cblas_no_transpose = 111, cblas_transpose = 112;
}  // namespace detail

/// Whether an operand is transposed.
enum class Transpose : bool { no, yes };

namespace detail {

/// Throws `std::runtime_error` where the BLAS takes 64-bit integers: with ours it would read its arguments wrongly.
inline void check_blas() {
    static const bool is_wide =
        openblas_get_config && std::string_view(openblas_get_config()).find("USE64BITINT") != std::string_view::npos;
    if (is_wide)
        throw std::runtime_error("pstar: the BLAS that is linked, " + std::string(openblas_get_config()) +
                                 ", takes 64-bit integers; link the one with 32-bit integers, e.g. libopenblas.so of "
                                 "Debian's libopenblas-dev");
}

/// Sets the BLAS's number of threads, which is one for the whole process, to what the caller may use as long as the
/// object exists; where several exist at once, in several threads, to the least of them: a call that is to run in one
/// thread is not joined by more because another call has ended. No effect on a BLAS that is not OpenBLAS.
class BlasThreads {
public:
    BlasThreads() {
        if (!openblas_set_num_threads || !openblas_get_num_threads) return;
        auto& all = users();
        const std::scoped_lock lock(all.one_at_a_time);
        const int now = openblas_get_num_threads(), wanted = static_cast<int>(thread_budget().threads);
        if (all.count++ == 0) all.before = now;
        if (all.count == 1 ? now != wanted : now > wanted) openblas_set_num_threads(wanted);
    }
    BlasThreads(const BlasThreads&) = delete;
    BlasThreads& operator=(const BlasThreads&) = delete;
    ~BlasThreads() {
        if (!openblas_set_num_threads || !openblas_get_num_threads) return;
        auto& all = users();
        const std::scoped_lock lock(all.one_at_a_time);
        if (--all.count == 0 && openblas_get_num_threads() != all.before) openblas_set_num_threads(all.before);
    }

private:
    struct Users {
        std::mutex one_at_a_time;
        std::size_t count = 0;
        int before = 0;
    };
    static Users& users() {
        static Users all;
        return all;
    }
};

}  // namespace detail

/// C <- alpha op(A) op(B) + beta C, row-major and densely packed: op(A) is (m, k), op(B) is (k, n), C is (m, n).
/// With `beta == 0`, C is written without being read. Uses the threads that `with_threads` allows.
///
/// In float a kernel of our own does it: an element of C is one chain of multiply-adds in the order of the inner index,
/// of (alpha A) with B, whatever the number of threads, the vector width or the BLAS. In double the BLAS does it, whose
/// last digits depend on its make, the processor and the number of threads.
template <class Scalar>
void gemm(Transpose a_is, Transpose b_is, std::size_t m, std::size_t n, std::size_t k, Scalar alpha, const Scalar* a,
          const Scalar* b, Scalar beta, Scalar* c) {
    static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>, "gemm: Scalar is float or double");
    constexpr auto limit = static_cast<std::size_t>(std::numeric_limits<int>::max());
    require(m <= limit && n <= limit && k <= limit, "gemm", "a dimension", std::max({m, n, k}), "fit a 32-bit integer");
    if (m == 0 || n == 0) return;
    if constexpr (std::is_same_v<Scalar, float>) {
        std::vector<float> scaled;
        if (alpha != 1) {
            scaled.assign(a, a + m * k);
            for (float& x : scaled) x *= alpha;
            a = scaled.data();
        }
        detail::gemm_float(m, n, k, a_is == Transpose::yes ? detail::Strided{a, 1, m} : detail::Strided{a, k, 1},
                           b_is == Transpose::yes ? detail::Strided{b, k, 1} : detail::Strided{b, 1, n}, beta, c);
    } else {
        const auto op = [](Transpose t) {
            return t == Transpose::yes ? detail::cblas_transpose : detail::cblas_no_transpose;
        };
        const auto mi = static_cast<int>(m), ni = static_cast<int>(n), ki = static_cast<int>(k);
        const int lda = std::max(1, a_is == Transpose::yes ? mi : ki);
        const int ldb = std::max(1, b_is == Transpose::yes ? ki : ni);
        detail::check_blas();
        const detail::BlasThreads set;
        detail::pstar_cblas_dgemm(detail::cblas_row_major, op(a_is), op(b_is), mi, ni, ki, alpha, a, lda, b, ldb, beta,
                                  c, ni);
    }
}

/// The BLAS in use, for reports: e.g. `OpenBLAS 0.3.21 ... (core Haswell)`.
inline std::string blas_description() {
    if (!openblas_get_config || !openblas_get_corename) return "CBLAS of unknown make";
    return std::string(openblas_get_config()) + " (core " + openblas_get_corename() + ")";
}

}  // namespace pstar
