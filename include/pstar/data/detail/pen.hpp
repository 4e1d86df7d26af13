#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <pstar/data/detail/glyphs.hpp>
#include <pstar/data/detail/pen_kernels.hpp>

namespace pstar::detail {

/// A line between two points, in pixels.
struct Line {
    Point from, to;
};

/// Images drawn with a round pen, white on black. Keeps its memory from image to image.
class Pen {
public:
    /// Draws `lines` with a pen of radius `radius` into a `size` x `size` image, over what is there; all lengths in
    /// pixels, pixel (row i, column j) has its centre at (j + 1/2, i + 1/2). A pixel at distance d from the nearest
    /// line is covered by
    ///     c = clip(radius + 1/2 - d, 0, 1),
    /// the share of a pixel-wide edge, and gets the value round(255 c).
    void draw(std::span<std::uint8_t> image, std::size_t size, std::span<const Line> lines, double radius) {
        // the squared distances of a band of rows fit the first cache
        const auto stride = round_up(size, pen_lanes) + pen_lanes;
        const auto band = std::clamp<std::size_t>(most_numbers / stride, 1, std::max<std::size_t>(size, 1));
        for (std::size_t first = 0; first < size; first += band) {
            const auto past = std::min(first + band, size);
            nearest_.assign((past - first) * stride, far);
            for (const auto& line : lines) approach(line, radius + 0.5, size, first, past, stride);
            for (auto i = first; i < past; ++i)
                PSTAR_KERNEL(
                    ink_pixels(nearest_.data() + (i - first) * stride, size, radius + 0.5, image.data() + i * size));
        }
    }

private:
    static constexpr std::size_t most_numbers = 4096;
    static constexpr double far = 1e30;

    void approach(const Line& line, double reach, std::size_t size, std::size_t first, std::size_t past,
                  std::size_t stride) {
        const auto [a, b] = line;
        const auto within = [&](double low, double high, std::size_t least, std::size_t most) {
            const auto clip = [&](double x) {
                return static_cast<std::size_t>(std::clamp(x, static_cast<double>(least), static_cast<double>(most)));
            };
            return std::pair(clip(std::floor(low - reach)), clip(std::ceil(high + reach)));
        };
        const auto rows = within(std::min(a.y, b.y), std::max(a.y, b.y), first, past);
        const auto columns = within(std::min(a.x, b.x), std::max(a.x, b.x), 0, size);
        const Point along = b - a;
        const double squared_length = along.x * along.x + along.y * along.y;
        const double scale = squared_length > 0 ? 1 / squared_length : 0;
        const PenBox box{rows.first, rows.second, columns.first, columns.second};
        PSTAR_KERNEL(approach_line(nearest_.data(), stride, first, box, {a.x, a.y, along.x, along.y, scale}));
    }

    std::vector<double> nearest_;
};

}  // namespace pstar::detail
