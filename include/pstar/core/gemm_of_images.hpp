#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/core/gemm_kernel.hpp>

/// Products with images on the left, most of whose pixels may be black.
#if defined(PSTAR_HAS_GEMM_KERNEL)
namespace pstar::detail {

/// For every tile of rows of A (m, k), row-major: the columns where not all of its elements are zero.
class FilledColumns {
public:
    FilledColumns(const float* a, std::size_t m, std::size_t k) {
        const auto tiles = (m + FloatLanes::max_rows - 1) / FloatLanes::max_rows;
        thread_local std::vector<std::uint16_t> columns;
        thread_local std::vector<std::size_t> ends;
        columns.resize(tiles * k);
        ends.assign(1, 0);
        for (std::size_t tile = 0, i = 0; tile < tiles; ++tile) {
            const auto rows = (m - i) / (tiles - tile);
            ends.push_back(append(a + i * k, rows, k, columns.data(), ends.back()));
            i += rows;
        }
        columns_ = columns;
        ends_ = ends;
    }
    SomeInner operator()(std::size_t tile) const {
        return {columns_.subspan(ends_[tile], ends_[tile + 1] - ends_[tile])};
    }
    std::size_t count() const { return ends_.back(); }

private:
    static std::size_t append(const float* a, std::size_t rows, std::size_t k, std::uint16_t* out, std::size_t end) {
        thread_local std::vector<std::uint32_t> bits;
        bits.assign(k, 0);
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t p = 0; p < k; ++p) bits[p] |= std::bit_cast<std::uint32_t>(a[i * k + p]);
        for (std::size_t p = 0; p < k; ++p) {  // minus zero counts as filled
            out[end] = static_cast<std::uint16_t>(p);
            end += bits[p] != 0;
        }
        return end;
    }

    std::span<const std::uint16_t> columns_;
    std::span<const std::size_t> ends_;
};

/// Integers, because the compiler may not reorder floats: this reads as fast as memory allows.
inline bool all_finite(const float* values, std::size_t count) {
    constexpr std::uint32_t exponent = 0x7F800000;
    std::uint32_t bad = 0;
    for (std::size_t i = 0; i < count; ++i)
        bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[i]) & exponent) == exponent);
    return bad == 0;
}

/// C (m, n) <- beta C + A B for A (m, k) row-major with columns of zeros here and there, as images have at their rims;
/// the same numbers as with all columns: zeros times what is not finite are multiplied. `b` gives elements (j, p) of
/// B^T, dense in either order.
inline void gemm_of_images(std::size_t m, std::size_t n, std::size_t k, const float* a, Strided b, float beta,
                           float* c) {
    const bool listable = k <= std::numeric_limits<std::uint16_t>::max() && !aliases(k);
    const auto tiles = (m + FloatLanes::max_rows - 1) / FloatLanes::max_rows;
    // Of noisy images the first few tell that there is nothing to gain.
    const auto glance = std::min(m, FloatLanes::max_rows);
    if (listable && n > 2 * FloatLanes::count && 10 * FilledColumns(a, glance, k).count() < 9 * k &&
        all_finite(b.data, n * k)) {
        const FilledColumns filled(a, m, k);
        if (10 * filled.count() < 9 * tiles * k) return gemm_one_core(m, n, k, filled, {a, k, 1}, b, beta, c);
    }
    gemm_one_core(m, n, k, {a, k, 1}, b, beta, c);
}

}  // namespace pstar::detail
#endif
