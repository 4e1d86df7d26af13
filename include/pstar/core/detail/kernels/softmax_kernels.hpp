#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// P <- softmax of each row of Z (rows, columns), shifted by the row's maximum; P may be Z. `log_sum` (rows), if given,
/// receives the rows' log-sum-exp.
template <class Scalar>
void softmax_rows(const Scalar* z, std::size_t rows, std::size_t columns, Scalar* p, Scalar* log_sum) {
    for (std::size_t n = 0; n < rows; ++n) {
        const Scalar* const in = z + n * columns;
        Scalar* const out = p + n * columns;
        Scalar top = in[0];
        for (std::size_t k = 1; k < columns; ++k) top = in[k] > top ? in[k] : top;
        for (std::size_t k = 0; k < columns; ++k) out[k] = in[k] - top;
        if (log_sum) log_sum[n] = top;
    }
    exp_in_place(p, rows * columns);  // all rows at once: full vectors whatever their length is
    for (std::size_t n = 0; n < rows; ++n) {
        Scalar* const row = p + n * columns;
        Scalar total = 0;
        for (std::size_t k = 0; k < columns; ++k) total += row[k];
        const Scalar share = 1 / total;
        for (std::size_t k = 0; k < columns; ++k) row[k] *= share;
        if (log_sum) log_sum[n] += std::log(total);
    }
}

/// to += weight s (s - inner), elementwise
template <class Scalar>
void add_residual(const Scalar* s, std::size_t size, Scalar weight, Scalar inner, Scalar* to) {
    for (std::size_t k = 0; k < size; ++k) to[k] += weight * s[k] * (s[k] - inner);
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_SOFTMAX_KERNELS_HPP)
#define PSTAR_AUTODIFF_DETAIL_SOFTMAX_KERNELS_HPP

#include <cmath>
#include <cstddef>

#include <pstar/core/detail/kernels/exp_kernels.hpp>
#include <pstar/core/detail/kernels/sum_kernels.hpp>

#define PSTAR_KERNELS <pstar/core/detail/kernels/softmax_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
