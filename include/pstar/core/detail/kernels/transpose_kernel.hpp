#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// An 8 x 8 block, transposed: out[p * out_row + j] = in[j * in_row + p].
inline void transpose_block(const float* in, std::size_t in_row, float* out, std::size_t out_row) {
#if PSTAR_SET_LEVEL >= 1
    __m256 x[8], y[8];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < 8; ++j) x[j] = _mm256_loadu_ps(in + j * in_row);
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 8; j += 2) {  // pairs of rows: elements 0 1 4 5, then 2 3 6 7
        y[j] = _mm256_unpacklo_ps(x[j], x[j + 1]);
        y[j + 1] = _mm256_unpackhi_ps(x[j], x[j + 1]);
    }
#pragma GCC unroll 2
    for (std::size_t j = 0; j < 8; j += 4) {  // fours of rows: element 0 (and 4), 1 (5), 2 (6), 3 (7)
        x[j] = _mm256_shuffle_ps(y[j], y[j + 2], 0x44);
        x[j + 1] = _mm256_shuffle_ps(y[j], y[j + 2], 0xEE);
        x[j + 2] = _mm256_shuffle_ps(y[j + 1], y[j + 3], 0x44);
        x[j + 3] = _mm256_shuffle_ps(y[j + 1], y[j + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (std::size_t p = 0; p < 4; ++p) {
        _mm256_storeu_ps(out + p * out_row, _mm256_permute2f128_ps(x[p], x[p + 4], 0x20));
        _mm256_storeu_ps(out + (p + 4) * out_row, _mm256_permute2f128_ps(x[p], x[p + 4], 0x31));
    }
#else
    for (std::size_t j = 0; j < 8; ++j)
        for (std::size_t p = 0; p < 8; ++p) out[p * out_row + j] = in[j * in_row + p];
#endif
}

/// See core/transpose.hpp.
template <class Scalar>
void transpose(const Scalar* in, std::size_t in_row, std::size_t rows, std::size_t columns, Scalar* out,
               std::size_t out_row) {
    std::size_t whole = 0, wide = 0;  // rows and columns done in blocks
    if constexpr (std::is_same_v<Scalar, float>) {
        whole = rows / 8 * 8, wide = columns / 8 * 8;
        for (std::size_t r = 0; r < whole; r += 8)
            for (std::size_t c = 0; c < wide; c += 8)
                transpose_block(in + r * in_row + c, in_row, out + c * out_row + r, out_row);
    }
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = r < whole ? wide : 0; c < columns; ++c) out[c * out_row + r] = in[r * in_row + c];
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_CORE_DETAIL_TRANSPOSE_KERNEL_HPP)
#define PSTAR_CORE_DETAIL_TRANSPOSE_KERNEL_HPP

#include <cstddef>
#include <type_traits>

#include <pstar/core/detail/kernels/instruction_sets.hpp>

#define PSTAR_KERNELS <pstar/core/detail/kernels/transpose_kernel.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
