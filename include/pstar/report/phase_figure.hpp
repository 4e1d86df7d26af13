#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/experiment/analysis/phase_map.hpp>
#include <pstar/experiment/analysis/size_trends.hpp>
#include <pstar/report/figure.hpp>
#include <pstar/report/heat_map.hpp>

namespace pstar {

/// Whether such sizes stand on a logarithmic axis: counts do, unless one is 0 (an infinite width); layers and shares do
/// not.
inline bool is_logarithmic(RunSize size) {
    return size != RunSize::depth && size != RunSize::clean_fraction && size != RunSize::label_noise;
}

namespace detail {

/// The cells of every size, whose strengths are its own.
inline HeatCells phase_cells(const PhaseMap& map) {
    HeatCells cells;
    std::vector<double> sizes;
    for (std::size_t row = 0; row < map.curves.size(); ++row) sizes.push_back(map.size_at(row));
    cells.y_tics = sizes;
    cells.log_y = is_logarithmic(map.size) && sizes[0] > 0;
    const auto rows = cell_borders(sizes, cells.log_y);
    for (std::size_t row = 0; row < sizes.size(); ++row) {
        const auto& points = map.curves[row]->points;
        std::vector<double> strengths;
        for (const auto& point : points) strengths.push_back(point.strength);
        if (strengths.size() < 2) continue;
        auto borders = cell_borders(strengths);
        borders.front() = strengths.front(), borders.back() = strengths.back();  // nothing was measured beyond
        for (std::size_t i = 0; i < points.size(); ++i)
            cells.cells.push_back({borders[i], borders[i + 1], rows[row], rows[row + 1], points[i].accuracy});
    }
    return cells;
}

/// The rows {x, y, low, high} of an estimate of every curve; not a number where it is not comparable. Open ends are
/// those of the strengths.
template <class Quantity>
std::vector<std::vector<double>> phase_line(const PhaseMap& map, const Quantity& of) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<std::vector<double>> rows;
    for (std::size_t row = 0; row < map.curves.size(); ++row) {
        const auto& curve = *map.curves[row];
        const Estimate found = curve.comparable() ? of(curve) : Estimate{nan, nan, nan};
        const double first = curve.points.front().strength, last = curve.points.back().strength;
        rows.push_back({found.value, map.size_at(row), std::max(found.low, first), std::min(found.high, last)});
        if (!std::isfinite(found.value)) rows.back() = {nan, map.size_at(row), nan, nan};
    }
    return rows;
}

}  // namespace detail

/// A(p, size) as a heat map whose cells have their true borders, half way between what was measured; on it the contour
/// of `half_height`, the midpoint p* of every size with its 95% interval, and where its curve is steepest. Sizes of
/// curves that are not comparable have no mark. `symbol` names the strength, `size_label` the size. Throws
/// `std::invalid_argument` for maps of fewer than two sizes or without a curve of two strengths.
inline Figure phase_figure(const PhaseMap& map, const std::string& size_label, const std::string& symbol = "p") {
    require(map.curves.size() >= 2, "phase_figure", "number of sizes", map.curves.size(), "be at least 2");
    auto cells = detail::phase_cells(map);
    cells.x_label = symbol, cells.y_label = size_label;
    cells.z_label = "accuracy on " + to_string(map.images) + " test images";
    const double level = map.half_height();
    const auto name = "{/:Italic " + symbol + "}";
    auto figure = heat_map_figure(
        cells, "$contour using 1:2 with lines linecolor rgb '#111111' linewidth 2.5 title '{/:Italic A} = " +
                   shown_number(level, 2) +
                   "', $steepest using 1:2 with linespoints linecolor rgb '#d01c8b' linewidth 2 dashtype (12,6) "
                   "pointtype 9 pointsize 0.8 title 'steepest', $knee using 1:2 with lines linestyle 2 notitle, $knee "
                   "using 1:2:3:4 with xerrorbars linestyle 2 linewidth 1.6 title '" +
                   name + "*, 95%'");
    figure.data("contour", detail::phase_line(map, [&](const FittedCurve& curve) {
                    const double at = crossing(curve, level);
                    return Estimate{at, at, at};
                }));
    figure.data("steepest", detail::phase_line(map, [](const FittedCurve& curve) { return curve.fit.steepest; }));
    figure.data("knee", detail::phase_line(map, [](const FittedCurve& curve) { return curve.fit.p_star; }));
    return figure;
}

}  // namespace pstar
