#pragma once

#include <cstddef>
#include <type_traits>

#include <pstar/core/detail/gemm_kernel.hpp>

namespace pstar::simd {

/// out[c * out_row + r] = in[r * in_row + c] for r < rows, c < columns.
template <class Scalar>
void transpose(const Scalar* in, std::size_t in_row, std::size_t rows, std::size_t columns, Scalar* out,
               std::size_t out_row) {
    std::size_t whole = 0, wide = 0;  // rows and columns done in blocks
    if constexpr (std::is_same_v<Scalar, float>) {
        whole = rows / 8 * 8, wide = columns / 8 * 8;
        for (std::size_t r = 0; r < whole; r += 8)
            for (std::size_t c = 0; c < wide; c += 8)
                detail::transpose_block(in + r * in_row + c, in_row, out + c * out_row + r, out_row);
    }
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = r < whole ? wide : 0; c < columns; ++c) out[c * out_row + r] = in[r * in_row + c];
}

}  // namespace pstar::simd
