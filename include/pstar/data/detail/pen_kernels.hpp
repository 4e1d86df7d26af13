#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// clip(v, 0, 1)
template <class L>
typename L::Vector unit_clip(const typename L::Vector& v) {
    const typename L::Vector low = v < 0.0 ? typename L::Vector{} : v;
    return low > 1.0 ? L::all(1) : low;
}

/// Lowers the squared distances of the pixels in rows and columns of `box`, `stride` numbers a row of which the first
/// is row `first`, to that from the line, where it is less: with q the pixel's centre, seen from the line's beginning,
/// and t = clip(q.along scale, 0, 1),
///     nearest <- min(nearest, |q - t along|^2).
/// May go on up to `pen_lanes` - 1 columns past the box.
inline void approach_line(double* nearest, std::size_t stride, std::size_t first, const PenBox& box,
                          const PenLine& line) {
    using L = std::conditional_t<(FullLanes<double>::count < pen_lanes), FullLanes<double>, Lanes<double, pen_lanes>>;
    using Vector = typename L::Vector;
    double steps[L::count];
    for (std::size_t k = 0; k < L::count; ++k) steps[k] = static_cast<double>(static_cast<std::int32_t>(k));
    const auto centre = L::load(steps) + 0.5;
    for (auto i = box.first_row; i < box.past_row; ++i) {
        const double y = static_cast<double>(static_cast<std::int32_t>(i)) + 0.5 - line.y;
        const double y_along = y * line.along_y;
        double* const row = nearest + (i - first) * stride;
        for (auto j = box.first_column; j < box.past_column; j += L::count) {
            const Vector x = centre + static_cast<double>(static_cast<std::int32_t>(j)) - line.x;
            const Vector t = unit_clip<L>((x * line.along_x + y_along) * line.scale);
            const Vector dx = x - t * line.along_x, dy = y - t * line.along_y;
            const Vector found = dx * dx + dy * dy, before = L::load(row + j);
            L::store(row + j, found < before ? found : before);
        }
    }
}

/// image[j] = round(255 clip(reach - sqrt(nearest[j]), 0, 1)), halves up, for `size` pixels; reads up to `pen_lanes` -
/// 1 numbers more.
inline void ink_pixels(const double* nearest, std::size_t size, double reach, std::uint8_t* image) {
    using L = std::conditional_t<(FullLanes<double>::count < pen_lanes), FullLanes<double>, Lanes<double, pen_lanes>>;
    using Vector = typename L::Vector;
    for (std::size_t j = 0; j < size; j += L::count) {
        const Vector cover = reach - sqrt_lanes<L>(L::load(nearest + j));
        double level[L::count];
        L::store(level, unit_clip<L>(cover) * 255.0 + 0.5);
        std::uint8_t bytes[L::count];
        for (std::size_t k = 0; k < L::count; ++k)
            bytes[k] = static_cast<std::uint8_t>(static_cast<std::int32_t>(level[k]));
        if (j + L::count <= size)
            std::memcpy(image + j, bytes, L::count);
        else
            std::memcpy(image + j, bytes, size - j);
    }
}

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_DATA_DETAIL_PEN_KERNELS_HPP)
#define PSTAR_DATA_DETAIL_PEN_KERNELS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <pstar/core/detail/kernels/lanes.hpp>

namespace pstar::detail {

/// Pixels that are worked on at once, at most.
inline constexpr std::size_t pen_lanes = 8;

/// Rows first_row, ..., past_row - 1, and columns alike.
struct PenBox {
    std::size_t first_row, past_row, first_column, past_column;
};
/// A line from (x, y) to (x, y) + along; `scale` is 1/|along|^2, or 0 for a point.
struct PenLine {
    double x, y, along_x, along_y, scale;
};

}  // namespace pstar::detail

#define PSTAR_KERNELS <pstar/data/detail/pen_kernels.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
