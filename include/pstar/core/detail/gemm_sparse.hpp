#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// A piece of B: at most so many rows by so many vectors, which stays in the first-level cache while many rows of A
/// pass by. The sums of one row of C are in registers, as many as hide the latency of a multiply-add.
inline constexpr std::size_t sparse_vectors = 8, sparse_inner = 56;
/// Rows of A that are listed together: their lists and rows of C stay in the second-level cache.
inline constexpr std::size_t sparse_rows = 192;

/// c (Vectors * count) <- beta c + sum over the listed elements of value * (row of B that begins `shift` floats on)
template <std::size_t Vectors>
void sparse_row(const float* values, const std::uint32_t* shifts, std::size_t count, const float* b, float* c,
                float beta) {
    using L = FloatLanes;
    typename L::Vector sum[Vectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Vectors; ++v) sum[v] = beta == 0 ? L::all(0) : beta * L::load(c + v * L::count);
    for (std::size_t e = 0; e < count; ++e) {
        const auto value = L::all(values[e]);
        const float* const row = b + shifts[e];
#pragma GCC unroll 8
        for (std::size_t v = 0; v < Vectors; ++v) sum[v] = L::multiply_add(value, L::load(row + v * L::count), sum[v]);
    }
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Vectors; ++v) L::store(c + v * L::count, sum[v]);
}

/// `sparse_row` for a number of vectors known when running.
template <std::size_t Vectors = sparse_vectors>
void sparse_row_of(std::size_t vectors, const float* values, const std::uint32_t* shifts, std::size_t count,
                   const float* b, float* c, float beta) {
    if (vectors == Vectors) return sparse_row<Vectors>(values, shifts, count, b, c, beta);
    if constexpr (Vectors > 1) sparse_row_of<Vectors - 1>(vectors, values, shifts, count, b, c, beta);
}

/// Appends the elements of x (count) that are not zero; element p has shift p * stride. Writes up to a vector beyond
/// the end that it returns.
inline std::size_t append_filled(const float* x, std::size_t count, std::size_t stride, float* values,
                                 std::uint32_t* shifts, std::size_t end) {
#if PSTAR_SET_LEVEL == 2
    const auto step = _mm512_set1_epi32(static_cast<int>(16 * stride));
    auto shift = _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                    _mm512_set1_epi32(static_cast<int>(stride)));
    for (std::size_t p = 0; p < count; p += 16) {
        const auto there = static_cast<__mmask16>(count - p >= 16 ? 0xFFFF : (1 << (count - p)) - 1);
        const auto vector = _mm512_maskz_loadu_ps(there, x + p);
        const auto filled = _mm512_cmp_ps_mask(vector, _mm512_setzero_ps(), _CMP_NEQ_UQ);
        _mm512_storeu_ps(values + end, _mm512_maskz_compress_ps(filled, vector));
        _mm512_storeu_si512(shifts + end, _mm512_maskz_compress_epi32(filled, shift));
        end += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(filled)));
        shift = _mm512_add_epi32(shift, step);
    }
#else
    for (std::size_t p = 0; p < count; ++p) {
        values[end] = x[p];
        shifts[end] = static_cast<std::uint32_t>(p * stride);
        end += x[p] != 0;
    }
#endif
    return end;
}

/// The elements of a block of op(A), (rows, inner), that are not zero, row by row.
class FilledElements {
public:
    void list(std::size_t rows, std::size_t inner, Strided a, std::size_t stride) {
        constexpr std::size_t group = 8, padded = (sparse_inner + 15) / 16 * 16;
        alignas(64) float lines[group * padded];
        values_.resize(rows * inner + padded);
        shifts_.resize(rows * inner + padded);
        ends_.resize(rows + 1);
        std::size_t end = ends_[0] = 0;
        for (std::size_t i = 0; i < rows; i += group) {
            const auto count = std::min(group, rows - i);
            if (a.column != 1) gemm_pack(inner, count, {a.at(i, 0), a.column, a.row}, padded, lines);
            for (std::size_t r = 0; r < count; ++r)
                ends_[i + r + 1] = end = append_filled(a.column == 1 ? a.at(i + r, 0) : lines + r * padded, inner,
                                                       stride, values_.data(), shifts_.data(), end);
        }
    }
    const float* values(std::size_t i) const { return values_.data() + ends_[i]; }
    const std::uint32_t* shifts(std::size_t i) const { return shifts_.data() + ends_[i]; }
    std::size_t count(std::size_t i) const { return ends_[i + 1] - ends_[i]; }

private:
    std::vector<float> values_;
    std::vector<std::uint32_t> shifts_;
    std::vector<std::size_t> ends_;
};

/// The size of the fewest nearly equal pieces of `whole`, each of at most `most`.
inline std::size_t even_piece(std::size_t whole, std::size_t most) {
    const auto pieces = (whole + most - 1) / most;
    return (whole + pieces - 1) / pieces;
}

/// Integers, because the compiler may not reorder floats: this reads as fast as memory allows.
inline bool all_finite(const float* values, std::size_t count) {
    constexpr std::uint32_t exponent = 0x7F800000;
    std::uint32_t bad = 0;
    for (std::size_t i = 0; i < count; ++i)
        bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[i]) & exponent) == exponent);
    return bad == 0;
}

/// c (height, width), rows c_row apart, <- beta c + A B for a listed block A and a piece of B, rows `stride` apart.
inline void sparse_piece(const FilledElements& filled, std::size_t height, std::size_t width, const float* b,
                         float beta, float* c, std::size_t c_row) {
    constexpr auto lanes = FloatLanes::count;
    const auto vectors = (width + lanes - 1) / lanes;
    const bool whole = width == vectors * lanes;
    alignas(64) float ragged[sparse_vectors * lanes];
    for (std::size_t i = 0; i < height; ++i) {
        float* const to = c + i * c_row;
        if (!whole) std::memcpy(ragged, to, width * sizeof(float));
        sparse_row_of(vectors, filled.values(i), filled.shifts(i), filled.count(i), b, whole ? to : ragged, beta);
        if (!whole) std::memcpy(to, ragged, width * sizeof(float));
    }
}

/// `gemm_dense` for sizes above zero and any k, in a time that falls with the elements of op(A) that are not zero.
inline void gemm_sparse(std::size_t m, std::size_t n, std::size_t k, Strided a, Strided b, float beta, float* c,
                        std::size_t c_row) {
    constexpr auto lanes = FloatLanes::count, strip = 2 * lanes;
    const auto stride = even_piece((n + lanes - 1) / lanes, sparse_vectors) * lanes;
    const auto inner = even_piece(k, sparse_inner), rows = even_piece(m, sparse_rows);
    thread_local FilledElements filled;
    alignas(64) float piece[sparse_inner * sparse_vectors * lanes];
    for (std::size_t i = 0; i < m; i += rows)
        for (std::size_t p = 0; p < k; p += inner) {
            const auto height = std::min(rows, m - i), depth = std::min(inner, k - p);
            const Strided left{a.at(i, p), a.row, a.column};
            const auto scale = p == 0 ? beta : 1.0F;
            filled.list(height, depth, left, stride);
            for (std::size_t j = 0; j < n; j += stride) {
                const auto width = std::min(stride, n - j);
                gemm_pack(width, depth, {b.at(j, p), b.row, b.column}, stride, piece);
                if (all_finite(piece, depth * stride))
                    sparse_piece(filled, height, width, piece, scale, c + i * c_row + j, c_row);
                else  // zeros count
                    for (std::size_t s = 0; s < width; s += strip)
                        gemm_strip(height, std::min(strip, width - s), depth, left, false, piece + s, stride,
                                   c + i * c_row + j + s, c_row, scale);
            }
        }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_CORE_DETAIL_GEMM_SPARSE_HPP)
#define PSTAR_CORE_DETAIL_GEMM_SPARSE_HPP

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <pstar/core/detail/gemm_kernel.hpp>

/// Products whose left operand has many zeros: images with black pixels, what a ReLU lets through and its derivative,
/// binary units. An element of C is the same chain of multiply-adds as in gemm_kernel.hpp, without those of zeros:
/// the same bits, but for the sign of a zero. Pieces of B that are not finite are multiplied with zeros, too.
#define PSTAR_KERNELS <pstar/core/detail/gemm_sparse.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
