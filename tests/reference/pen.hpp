#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <pstar/data/detail/glyphs.hpp>

namespace reference {

using pstar::detail::Point;

/// Adds to the image, pixel by pixel, the line from `a` to `b` with a round pen of radius `radius` into a `size` x
/// `size` image, white on black; all lengths in pixels, pixel (row i, column j) has its centre at (j + 1/2, i + 1/2). A
/// pixel at distance d from the line is covered by
///     c = clip(radius + 1/2 - d, 0, 1),
/// the share of a pixel-wide edge; it keeps the larger of its old value and round(255 c).
inline void draw_line(std::span<std::uint8_t> image, std::size_t size, Point a, Point b, double radius) {
    const double reach = radius + 0.5, limit = static_cast<double>(size);
    const auto first = [&](double low) {
        return static_cast<std::size_t>(std::clamp(std::floor(low - reach), 0.0, limit));
    };
    const auto past = [&](double high) {
        return static_cast<std::size_t>(std::clamp(std::ceil(high + reach), 0.0, limit));
    };
    const auto rows = std::pair(first(std::min(a.y, b.y)), past(std::max(a.y, b.y)));
    const auto columns = std::pair(first(std::min(a.x, b.x)), past(std::max(a.x, b.x)));
    const Point along = b - a;
    const double squared_length = along.x * along.x + along.y * along.y;
    const double scale = squared_length > 0 ? 1 / squared_length : 0;
    for (auto i = rows.first; i < rows.second; ++i) {
        const double y = static_cast<double>(i) + 0.5 - a.y;
        std::uint8_t* const row = image.data() + i * size;
        for (auto j = columns.first; j < columns.second; ++j) {
            const double x = static_cast<double>(static_cast<std::int32_t>(j)) + 0.5 - a.x;
            const double t = std::clamp((x * along.x + y * along.y) * scale, 0.0, 1.0);
            const double dx = x - t * along.x, dy = y - t * along.y;
            const double cover = std::clamp(reach - std::sqrt(dx * dx + dy * dy), 0.0, 1.0);
            row[j] = std::max(row[j], static_cast<std::uint8_t>(static_cast<std::int32_t>(255 * cover + 0.5)));
        }
    }
}

}  // namespace reference
