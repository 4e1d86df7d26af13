#include <pstar/core/random.hpp>
#include <pstar/data/detail/pen.hpp>

#include <array>
#include <numbers>
#include <numeric>

#include "catch.hpp"
#include "instruction_sets.hpp"
#include "reference/pen.hpp"

namespace pen_test {

using namespace pstar;
using detail::Point;
using detail::Stroke;

namespace {

/// The distance from `p` to the line from a to b, by trying 2001 points of it.
double distance_by_search(Point p, Point a, Point b) {
    double nearest = HUGE_VAL;
    for (int k = 0; k <= 2000; ++k) {
        const Point q = a + k / 2000.0 * (b - a) - p;
        nearest = std::min(nearest, std::hypot(q.x, q.y));
    }
    return nearest;
}

}  // namespace

TEST_CASE("a line covers the pixels near it and no others, also where it leaves the image") {
    RandomSequence next({Seed{1}});
    for (const std::size_t size : {1UL, 8UL, 13UL, 28UL})
        for (int trial = 0; trial < 20; ++trial) {
            const double s = static_cast<double>(size);
            const auto anywhere = [&] { return Point{next.uniform(-s, 2 * s), next.uniform(-s, 2 * s)}; };
            const Point a = anywhere(), b = trial == 0 ? a : anywhere();
            const double radius = next.uniform(0.1, 3);
            std::vector<std::uint8_t> image(size * size);
            detail::Pen().draw(image, size, std::array{detail::Line{a, b}}, radius);
            for (std::size_t i = 0; i < size; ++i)
                for (std::size_t j = 0; j < size; ++j) {
                    const Point centre{static_cast<double>(j) + 0.5, static_cast<double>(i) + 0.5};
                    const double d = distance_by_search(centre, a, b);
                    // 1 grey level of rounding, and the search's step: at most 28 * 3 * sqrt(2) / 2000 / 2 pixels.
                    REQUIRE(int{image[i * size + j]} == Approx(255 * std::clamp(radius + 0.5 - d, 0.0, 1.0)).margin(9));
                }
        }
}

TEST_CASE("the ink of a line is its area") {
    std::vector<std::uint8_t> image(64 * 64);
    const Point a{12.3, 20.7}, b{50.1, 41.2};
    const double radius = 3, length = std::hypot(b.x - a.x, b.y - a.y);
    detail::Pen().draw(image, 64, std::array{detail::Line{a, b}}, radius);
    const double ink = std::accumulate(image.begin(), image.end(), 0.0) / 255;
    CHECK(ink == Approx(2 * radius * length + std::numbers::pi * radius * radius).epsilon(0.01));
}

TEST_CASE("lines drawn together are those drawn one after the other, of any size and with any instructions") {
    RandomSequence next({Seed{2}});
    detail::Pen pen;
    for (const std::size_t size : {1UL, 8UL, 27UL, 28UL, 64UL, 150UL, 1030UL}) {  // the last ones in several bands
        const double s = static_cast<double>(size), radius = next.uniform(0.3, 2.5);
        const auto anywhere = [&] { return Point{next.uniform(-0.2 * s, 1.2 * s), next.uniform(-0.2 * s, 1.2 * s)}; };
        std::vector<detail::Line> lines;
        for (int k = 0; k < 12; ++k) lines.push_back({anywhere(), anywhere()});
        lines.push_back({lines[0].to, lines[0].to});  // a point
        std::vector<std::uint8_t> expected(size * size), image(size * size);
        for (const auto& [from, to] : lines) reference::draw_line(expected, size, from, to, radius);
        for_each_instruction_set([&](detail::InstructionSet) {
            std::ranges::fill(image, std::uint8_t{99});  // what was there before
            pen.draw(image, size, lines, radius);
            std::size_t apart = 0;
            for (std::size_t i = 0; i < image.size(); ++i) {
                REQUIRE(std::abs(image[i] - expected[i]) <= 1);
                apart += image[i] != expected[i];
            }
            CHECK(apart <= 1);  // where a multiplication is fused with an addition, a half may be rounded differently
        });
        if (size >= 8) CHECK(std::ranges::max(image) > 0);
    }
}

TEST_CASE("a flattened stroke passes through its points") {
    const Stroke corners{Stroke::Kind::straight, {{0, 0}, {1, 0}, {1, 2}}};
    std::vector<Point> path;
    detail::flatten(corners, 4, path);
    REQUIRE(path.size() == 9);
    CHECK((path[3].x == Approx(0.75) && path[3].y == 0));
    CHECK((path[7].x == Approx(1) && path[7].y == Approx(1.5)));

    const Stroke bow{Stroke::Kind::smooth, {{0, 0}, {1, 0.5}, {1.5, 2}, {0, 3}}};
    detail::flatten(bow, 5, path);
    REQUIRE(path.size() == 16);
    for (std::size_t i = 0; i < bow.points.size(); ++i) {
        CHECK(path[5 * i].x == Approx(bow.points[i].x).margin(1e-14));
        CHECK(path[5 * i].y == Approx(bow.points[i].y).margin(1e-14));
    }
}

TEST_CASE("a smooth stroke through a circle's points is nearly that circle, and closes smoothly") {
    constexpr int n = 12, pieces = 8;
    Stroke circle{Stroke::Kind::smooth, {}};
    for (int k = 0; k < n; ++k) {
        const double angle = 2 * std::numbers::pi * k / n;
        circle.points.push_back({std::cos(angle), std::sin(angle)});
    }
    circle.points.push_back(circle.points[0]);
    std::vector<Point> path;
    detail::flatten(circle, pieces, path);
    REQUIRE(path.size() == n * pieces + 1);
    // Half way between points h = 2 pi / 12 apart the spline's radius is (9 cos(h/2) - cos(3h/2)) / 8 = 0.99828.
    for (const auto p : path) REQUIRE(std::hypot(p.x, p.y) == Approx(1).margin(0.0018));
    const Point first = path[1] - path[0], last = path[n * pieces] - path[n * pieces - 1];
    CHECK(first.x == Approx(-last.x).margin(1e-12));  // the circle's mirror image
    CHECK(first.y == Approx(last.y).margin(1e-12));
}

TEST_CASE("every digit has at least two ways to write it, within its box") {
    for (std::size_t digit = 0; digit < 10; ++digit) {
        CHECK(detail::ways_to_write(digit).size() >= 2);
        for (const auto& glyph : detail::ways_to_write(digit)) {
            double top = 1, bottom = 0;
            std::vector<Point> path;
            for (const auto& stroke : glyph) {
                REQUIRE(stroke.points.size() >= 2);
                detail::flatten(stroke, 8, path);
                for (const auto p : path) {
                    REQUIRE((p.x > -0.08 && p.x < 1.08 && p.y > -0.08 && p.y < 1.08));
                    top = std::min(top, p.y);
                    bottom = std::max(bottom, p.y);
                }
            }
            CHECK(top < 0.05);
            CHECK(bottom > 0.95);
        }
    }
}

}  // namespace pen_test
