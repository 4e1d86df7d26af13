#pragma once

#include <array>
#include <cstddef>
#include <vector>

/// The ten digits as a pen writes them.
namespace pstar::detail {

struct Point {
    double x = 0, y = 0;
    friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
    friend Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
    friend Point operator*(double s, Point a) { return {s * a.x, s * a.y}; }
};

/// One movement of the pen through `points`, in a box with (0, 0) at the upper left and (1, 1) at the lower right:
/// straight from point to point, or a smooth curve through all of them.
struct Stroke {
    enum class Kind { straight, smooth } kind;
    std::vector<Point> points;
};

/// One way to write a digit; strokes that share an end point join there.
using Glyph = std::vector<Stroke>;

/// A stroke as the table below writes it; what is not there has x < 0.
struct WrittenStroke {
    struct Place {
        double x = -1, y = -1;
    };
    Stroke::Kind kind;
    Place points[12];
};

/// The ways to write `digit` (0..9), each as likely as any other. A table of numbers compiles at once, one of vectors
/// in a second.
inline const std::vector<Glyph>& ways_to_write(std::size_t digit) {
    constexpr auto straight = Stroke::Kind::straight, smooth = Stroke::Kind::smooth;
    // clang-format off
    static constexpr WrittenStroke written[10][3][2]{
        // 0: closed, and with ends that cross at the top
        {{{smooth, {{.5, 0}, {.16, .16}, {.03, .5}, {.16, .86}, {.5, 1}, {.84, .86}, {.97, .5}, {.84, .14}, {.5, 0}}}},
         {{smooth, {{.66, .1}, {.42, 0}, {.14, .2}, {.03, .58}, {.2, .92}, {.52, 1}, {.86, .8}, {.97, .42}, {.78, .08},
                    {.46, .06}}}}},
        // 1: a bar, with an upstroke, and with upstroke and foot
        {{{straight, {{.5, 0}, {.5, 1}}}},
         {{straight, {{.28, .2}, {.56, 0}, {.56, 1}}}},
         {{straight, {{.22, .24}, {.54, 0}, {.54, 1}}}, {straight, {{.18, 1}, {.9, 1}}}}},
        // 2: with a corner, and with a loop at the foot
        {{{smooth, {{.06, .24}, {.28, .02}, {.7, .03}, {.88, .28}, {.66, .6}, {.04, 1}}},
          {straight, {{.04, 1}, {.97, .98}}}},
         {{smooth, {{.08, .22}, {.34, .01}, {.76, .05}, {.84, .34}, {.54, .72}, {.16, .97}, {.05, .84}, {.26, .77},
                    {.6, .94}, {1, .92}}}}},
        // 3: round, and with a flat top
        {{{smooth, {{.08, .12}, {.42, 0}, {.8, .1}, {.8, .34}, {.36, .47}}},
          {smooth, {{.36, .47}, {.8, .56}, {.9, .8}, {.52, 1}, {.04, .88}}}},
         {{straight, {{.1, .02}, {.86, .02}, {.42, .4}}},
          {smooth, {{.42, .4}, {.82, .5}, {.9, .78}, {.54, 1}, {.04, .9}}}}},
        // 4: open, closed, and open with a round bowl
        {{{straight, {{.22, 0}, {.06, .56}, {.97, .54}}}, {straight, {{.76, .16}, {.7, 1}}}},
         {{straight, {{.72, 0}, {.03, .64}, {.97, .64}}}, {straight, {{.72, 0}, {.72, 1}}}},
         {{smooth, {{.14, .03}, {.08, .36}, {.32, .54}, {.82, .42}}}, {straight, {{.88, 0}, {.74, 1}}}}},
        // 5: with corners, and in one sweep
        {{{straight, {{.92, .02}, {.22, .02}, {.16, .44}}},
          {smooth, {{.16, .44}, {.54, .37}, {.9, .58}, {.76, .92}, {.36, 1}, {.04, .88}}}},
         {{smooth, {{.9, .04}, {.46, .02}, {.2, .2}, {.34, .42}, {.72, .54}, {.84, .76}, {.56, .99}, {.06, .93}}}}},
        // 6: with a round back, and with a straight one
        {{{smooth, {{.78, .03}, {.36, .2}, {.08, .6}, {.22, .93}, {.58, 1}, {.9, .78}, {.66, .53}, {.3, .6}, {.12, .8}}}},
         {{smooth, {{.52, 0}, {.26, .34}, {.1, .74}, {.36, 1}, {.76, .94}, {.82, .68}, {.5, .56}, {.14, .78}}}}},
        // 7: plain, with a bar, and with a hook and a round stem
        {{{straight, {{.04, .03}, {.94, .03}, {.4, 1}}}},
         {{straight, {{.04, .03}, {.94, .03}, {.42, 1}}}, {straight, {{.3, .52}, {.88, .48}}}},
         {{straight, {{.06, .2}, {.08, .03}, {.92, .03}}}, {smooth, {{.92, .03}, {.58, .46}, {.42, 1}}}}},
        // 8: in one stroke, and as two rings
        {{{smooth, {{.8, .14}, {.48, 0}, {.16, .18}, {.4, .43}, {.78, .64}, {.8, .88}, {.46, 1}, {.12, .86}, {.24, .62},
                    {.62, .42}, {.82, .22}, {.72, .05}}}},
         {{smooth, {{.5, .46}, {.2, .32}, {.26, .07}, {.52, 0}, {.78, .1}, {.8, .34}, {.5, .46}}},
          {smooth, {{.5, .46}, {.12, .64}, {.16, .92}, {.5, 1}, {.86, .9}, {.86, .62}, {.5, .46}}}}},
        // 9: with a straight stem, and with a round tail
        {{{smooth, {{.86, .16}, {.5, 0}, {.14, .18}, {.22, .46}, {.58, .46}, {.86, .16}}},
          {straight, {{.86, .12}, {.76, 1}}}},
         {{smooth, {{.84, .18}, {.52, 0}, {.16, .16}, {.2, .44}, {.58, .46}, {.86, .16}, {.9, .56}, {.64, .94},
                    {.18, .98}}}}},
    };
    // clang-format on
    static const auto alphabet = [] {
        std::array<std::vector<Glyph>, 10> ways;
        for (std::size_t i = 0; i < 10; ++i)
            for (const auto& strokes : written[i]) {
                Glyph glyph;
                for (const auto& [kind, points] : strokes) {
                    Stroke stroke{kind, {}};
                    for (const auto& point : points)
                        if (point.x >= 0) stroke.points.push_back({point.x, point.y});
                    if (!stroke.points.empty()) glyph.push_back(stroke);
                }
                if (!glyph.empty()) ways[i].push_back(glyph);
            }
        return ways;
    }();
    return alphabet[digit];
}

/// The points of a stroke's path, in order: `pieces` straight pieces for each span between two of its points p1 and p2,
/// along the line through them or, where the stroke is smooth, along a Catmull-Rom spline,
///     c(t) = p1 + t/2 ((p2 - p0) + t ((2 p0 - 5 p1 + 4 p2 - p3) + t (3 (p1 - p2) + p3 - p0))),  0 <= t <= 1.
/// A smooth stroke that ends where it began closes smoothly.
inline void flatten(const Stroke& stroke, int pieces, std::vector<Point>& path) {
    const auto& points = stroke.points;
    const auto last = points.size() - 1;
    const bool closed = points[0].x == points[last].x && points[0].y == points[last].y;
    path.assign(1, points[0]);
    for (std::size_t i = 0; i < last; ++i) {
        const Point p1 = points[i], p2 = points[i + 1];
        const Point p0 = i > 0 ? points[i - 1] : closed ? points[last - 1] : p1;
        const Point p3 = i + 1 < last ? points[i + 2] : closed ? points[1] : p2;
        const Point bend = 2 * p0 - 5 * p1 + 4 * p2 - p3, twist = 3 * (p1 - p2) + p3 - p0;
        for (int k = 1; k <= pieces; ++k) {
            const double t = static_cast<double>(k) / pieces;
            path.push_back(stroke.kind == Stroke::Kind::straight ? p1 + t * (p2 - p1)
                                                                 : p1 + t / 2 * (p2 - p0 + t * (bend + t * twist)));
        }
    }
}

}  // namespace pstar::detail
