#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

struct FloatLanes : FullLanes<float> {
    static constexpr std::size_t max_rows = vector_registers == 32 ? 12 : 6;  // times 2 accumulators
};

/// C (Rows, Vectors * count) <- beta C + op(A) (Rows, k) B (k, Vectors * count), all of C in registers.
template <std::size_t Rows, std::size_t Vectors>
void gemm_tile(std::size_t k, Strided a, const float* b, std::size_t b_row, float* c, std::size_t c_row, float beta) {
    using L = FloatLanes;
    typename L::Vector sum[Rows][Vectors];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < Rows; ++i)
#pragma GCC unroll 2
        for (std::size_t v = 0; v < Vectors; ++v) {
            float* const from = c + i * c_row + v * L::count;
            sum[i][v] = beta == 0 ? L::all(0) : beta * L::load(from);
        }
    // A pointer for every third row: with one register for the stride, every element is one address away.
    const float* left[(Rows + 2) / 3];
    for (std::size_t i = 0; i < Rows; i += 3) left[i / 3] = a.at(i, 0);
    for (std::size_t p = 0; p < k; ++p) {
        typename L::Vector right[Vectors];
#pragma GCC unroll 2
        for (std::size_t v = 0; v < Vectors; ++v) right[v] = L::load(b + v * L::count);
#pragma GCC unroll 16
        for (std::size_t i = 0; i < Rows; ++i) {
            const auto element = L::all(left[i / 3][i % 3 * a.row]);
#pragma GCC unroll 2
            for (std::size_t v = 0; v < Vectors; ++v) sum[i][v] = L::multiply_add(element, right[v], sum[i][v]);
        }
#pragma GCC unroll 4
        for (std::size_t i = 0; i < (Rows + 2) / 3; ++i) left[i] += a.column;
        b += b_row;
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < Rows; ++i)
#pragma GCC unroll 2
        for (std::size_t v = 0; v < Vectors; ++v) L::store(c + i * c_row + v * L::count, sum[i][v]);
}

/// `gemm_tile` for a number of rows known when running.
template <std::size_t Vectors, std::size_t Rows = FloatLanes::max_rows>
void gemm_tile_of(std::size_t rows, std::size_t k, Strided a, const float* b, std::size_t b_row, float* c,
                  std::size_t c_row, float beta) {
    if (rows == Rows) return gemm_tile<Rows, Vectors>(k, a, b, b_row, c, c_row, beta);
    if constexpr (Rows > 1) gemm_tile_of<Vectors, Rows - 1>(rows, k, a, b, b_row, c, c_row, beta);
}

/// Copies X, element (j, p) for j < width, p < k, into k rows of `padded` floats, out[p * padded + j]; the rest zero.
inline void gemm_pack(std::size_t width, std::size_t k, Strided x, std::size_t padded, float* out) {
    if (padded > width)
        for (std::size_t p = 0; p < k; ++p) std::fill(out + p * padded + width, out + (p + 1) * padded, 0.0F);
    if (x.row == 1) {  // as it lies
        for (std::size_t p = 0; p < k; ++p) std::memcpy(out + p * padded, x.at(0, p), width * sizeof(float));
        return;
    }
    const auto blocks = width / 8 * 8, full = k / 8 * 8;
    const auto copy = [&](std::size_t j, std::size_t first, std::size_t last) {
        for (std::size_t p = first; p < last; ++p) out[p * padded + j] = *x.at(j, p);
    };
    for (std::size_t j = 0; j < blocks; j += 8)
        for (std::size_t p = 0; p < full; p += 8) transpose_block(x.at(j, p), x.row, out + p * padded + j, padded);
    for (std::size_t j = 0; j < width; ++j) copy(j, j < blocks ? full : 0, k);
}

/// Memory of the calling thread, kept between calls: packing allocates nothing once warm.
inline float* gemm_scratch(std::size_t which, std::size_t size) {
    thread_local std::vector<float> buffers[2];
    if (buffers[which].size() < size) buffers[which].resize(size);
    return buffers[which].data();
}

/// Rows this many floats apart fall into so few cache sets that a dozen of them push each other out; such operands are
/// copied before use.
inline bool aliases(std::size_t stride) {
    return stride % 512 == 0;
}

/// How much of B is packed at a time: enough that rows are read in long pieces, and half of a second-level cache.
inline constexpr std::size_t panel_bytes = std::size_t{256} << 10;
inline std::size_t padded_width(std::size_t width) {
    return width > FloatLanes::count ? 2 * FloatLanes::count : FloatLanes::count;
}

/// Prefetches the next tile of C, so that it is in the cache when the kernel needs it. Reading nothing, it may point
/// past the end.
inline void prefetch_tile(const float* c, std::size_t c_row) {
    for (std::size_t i = 0; i < FloatLanes::max_rows; ++i)
        for (std::size_t line = 0; line < 2 * FloatLanes::count; line += 16)
            __builtin_prefetch(c + i * c_row + line, 1);
}

/// One strip of up to two vectors of columns of C, all rows.
inline void gemm_strip(std::size_t m, std::size_t width, std::size_t k, Strided a, bool a_packed, const float* b,
                       std::size_t b_row, float* c, std::size_t c_row, float beta) {
    constexpr auto lanes = FloatLanes::count;
    const auto padded = width > lanes ? 2 * lanes : lanes;
    const auto tiles = (m + FloatLanes::max_rows - 1) / FloatLanes::max_rows;
    const bool far = m * c_row * sizeof(float) > panel_bytes;  // C is not in the second-level cache
    alignas(64) float ragged[FloatLanes::max_rows * 2 * lanes];
    const auto copy = [&](std::size_t rows, const float* from, std::size_t from_row, float* to, std::size_t to_row) {
        for (std::size_t r = 0; r < rows; ++r) std::memcpy(to + r * to_row, from + r * from_row, width * sizeof(float));
    };
    for (std::size_t tile = 0, i = 0; tile < tiles; ++tile) {
        const auto rows = (m - i) / (tiles - tile);
        const Strided left = a_packed ? Strided{a.data + i * k, 1, rows} : Strided{a.at(i, 0), a.row, a.column};
        const bool whole = width == padded;
        float* const to = whole ? c + i * c_row : ragged;
        if (far) prefetch_tile(tile + 1 < tiles ? c + (i + rows) * c_row : c + padded, c_row);
        if (!whole && beta != 0) copy(rows, c + i * c_row, c_row, ragged, padded);
        if (padded == lanes)
            gemm_tile_of<1>(rows, k, left, b, b_row, to, whole ? c_row : padded, beta);
        else
            gemm_tile_of<2>(rows, k, left, b, b_row, to, whole ? c_row : padded, beta);
        if (!whole) copy(rows, ragged, padded, c + i * c_row, c_row);
        i += rows;
    }
}

/// C (m, n), rows c_row apart, <- beta C + op(A) op(B) on the calling thread for k up to `gemm_longest`; `a` and `b`
/// give elements (i, p) of op(A), (j, p) of op(B)^T.
inline void gemm_dense(std::size_t m, std::size_t n, std::size_t k, Strided a, Strided b, float beta, float* c,
                       std::size_t c_row) {
    constexpr auto step = 2 * FloatLanes::count;
    const bool pack_a = aliases(a.row == 1 ? a.column : a.row) && n > step;
    if (pack_a) {
        float* const packed = gemm_scratch(0, m * k);
        const auto tiles = (m + FloatLanes::max_rows - 1) / FloatLanes::max_rows;
        for (std::size_t tile = 0, i = 0; tile < tiles; ++tile) {
            const auto rows = (m - i) / (tiles - tile);
            gemm_pack(rows, k, {a.at(i, 0), a.row, a.column}, rows, packed + i * k);
            i += rows;
        }
        a.data = packed;
    }
    const bool pack_b = b.row != 1 || (aliases(b.column) && m > FloatLanes::max_rows);
    const auto panel = pack_b ? std::max(std::size_t{1}, panel_bytes / (k * step * sizeof(float) + 1)) * step : step;
    float* const packed = gemm_scratch(1, k * panel);
    for (std::size_t first = 0; first < n; first += panel) {
        const auto last = std::min(n, first + panel);
        if (pack_b)
            for (std::size_t j = first; j < last; j += step) {
                const auto width = std::min(step, last - j);
                gemm_pack(width, k, {b.at(j, 0), b.row, b.column}, padded_width(width), packed + (j - first) * k);
            }
        for (std::size_t j = first; j < last; j += step) {
            const auto width = std::min(step, last - j), padded = padded_width(width);
            const float* strip = pack_b ? packed + (j - first) * k : b.at(j, 0);
            if (!pack_b && width != padded) {
                gemm_pack(width, k, {strip, b.row, b.column}, padded, packed);
                strip = packed;
            }
            gemm_strip(m, width, k, a, pack_a, strip, pack_b || width != padded ? padded : b.column, c + j, c_row,
                       beta);
        }
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_CORE_DETAIL_GEMM_KERNEL_HPP)
#define PSTAR_CORE_DETAIL_GEMM_KERNEL_HPP

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include <pstar/core/detail/kernels/lanes.hpp>
#include <pstar/core/detail/kernels/transpose_kernel.hpp>

/// A single-precision matrix product for one core, made for the shapes of training: a batch of about a hundred rows,
/// inner dimensions up to a few thousand. What it saves over a general BLAS is packing: an operand is copied only where
/// the kernel cannot read it as it lies, and each element of C is written once.
///
/// Every element of C is one chain of fused multiply-adds in the order of the inner index, starting at beta C: the
/// result does not depend on the vector width, the blocking or the BLAS. A processor without fused multiply-adds rounds
/// each product, too.
namespace pstar::detail {

/// Element (i, p) of op(A) is a[i * row + p * column].
struct Strided {
    const float* data;
    std::size_t row, column;
    const float* at(std::size_t i, std::size_t j) const { return data + i * row + j * column; }
};

/// The inner dimension up to which a strip of B stays in the second-level cache; longer ones are done in pieces, whose
/// sums go on from one to the next.
inline constexpr std::size_t gemm_longest = 4096;

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/core/detail/gemm_kernel.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
