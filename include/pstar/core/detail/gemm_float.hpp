#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <pstar/core/detail/gemm_kernel.hpp>
#include <pstar/core/detail/gemm_sparse.hpp>
#include <pstar/core/threads.hpp>

namespace pstar::detail {

/// Columns and rows of C of which a thread takes a multiple: those of two vectors and one tile of the widest set.
inline constexpr std::size_t gemm_columns = 32, gemm_rows = 12;

/// Whether `gemm_sparse` is the faster one, by a look at an eighth of A, dense in either order. Measured: it takes
/// about 1.1 d + 0.2 of the time of `gemm_dense` where a share d is filled, more where few columns share the listing.
inline bool worth_listing(std::size_t m, std::size_t n, std::size_t k, const float* a) {
    constexpr std::size_t line = 64, every = 509;  // a prime: no column of A is met more often than others
    if (n < 2 * gemm_columns || m * k < 8 * every) return false;
    std::uint32_t zeros = 0, seen = 0;
    for (std::size_t first = 0; first + line <= m * k; first += every, seen += line)
        for (std::size_t i = 0; i < line; ++i)
            zeros += static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(a[first + i]) << 1) == 0);
    return static_cast<float>(zeros) > (0.27F + 20 / static_cast<float>(n)) * static_cast<float>(seen);
}

/// A product of so many multiply-adds is worth a thread of its own: five microseconds or more.
inline constexpr std::size_t gemm_grain = std::size_t{1} << 18;

/// C (m, n) <- beta C + op(A) op(B) on the threads that the caller may use; `a` and `b` give elements (i, p) of op(A),
/// (j, p) of op(B)^T. Threads share out rows or columns of C: the bits are those of one.
inline void gemm_float(std::size_t m, std::size_t n, std::size_t k, Strided a, Strided b, float beta, float* c) {
    const auto grain = [&](std::size_t others) { return gemm_grain / std::max<std::size_t>(others * k, 1) + 1; };
    if (worth_listing(m, n, k, a.data)) {
        if (b.row != 1)  // B has to be transposed, which costs more than to list A: a thread does its own columns
            return for_ranges(n, 2 * gemm_columns, grain(m), [&](std::size_t first, std::size_t last) {
                const Strided columns{b.at(first, 0), b.row, b.column};
                PSTAR_KERNEL(gemm_sparse(m, last - first, k, a, columns, beta, c + first, n));
            });
        return for_ranges(m, 8, grain(n), [&](std::size_t first, std::size_t last) {
            const Strided rows{a.at(first, 0), a.row, a.column};
            PSTAR_KERNEL(gemm_sparse(last - first, n, k, rows, b, beta, c + first * n, n));
        });
    }
    const auto dense = [&](std::size_t rows, std::size_t columns, Strided left, Strided right, float* to) {
        for (std::size_t p = 0; p == 0 || p < k; p += gemm_longest) {
            const auto depth = std::min(gemm_longest, k - p);
            const Strided l{left.at(0, p), left.row, left.column}, r{right.at(0, p), right.row, right.column};
            PSTAR_KERNEL(gemm_dense(rows, columns, depth, l, r, p == 0 ? beta : 1.0F, to, n));
        }
    };

    if (n >= 4 * gemm_columns)  // an operand that has to be packed is B, most often: a thread packs its own columns
        return for_ranges(n, gemm_columns, grain(m), [&](std::size_t first, std::size_t last) {
            dense(m, last - first, a, {b.at(first, 0), b.row, b.column}, c + first);
        });
    for_ranges(m, gemm_rows, grain(n), [&](std::size_t first, std::size_t last) {
        dense(last - first, n, {a.at(first, 0), a.row, a.column}, b, c + first * n);
    });
}

}  // namespace pstar::detail
