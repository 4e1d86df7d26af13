#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/report/figure.hpp>

namespace pstar {

/// A number over two axes: z[i][j] belongs to x[i] and y[j].
struct HeatMap {
    std::vector<double> x, y;
    std::vector<std::vector<double>> z;  ///< NaN leaves a gap
    std::string x_label, y_label, z_label;
};

namespace detail {

/// Labels of cells for gnuplot's `set xtics`: as many as stand side by side in `room` pixels, the first among them.
/// Each takes `size` pixels, a letter of it where they are `along` the axis.
inline std::string cell_labels(const std::vector<double>& values, double room, double size, bool along = true) {
    std::size_t longest = 1;
    for (const double value : values) longest = std::max(longest, shown_number(value, 4).size());
    const double each = along ? size * static_cast<double>(longest + 1) : size;
    const auto step =
        static_cast<std::size_t>(std::max(1.0, std::ceil(each * static_cast<double>(values.size()) / room)));
    std::string labels;
    for (std::size_t i = 0; i < values.size(); i += step)
        labels.append(i == 0 ? "'" : ", '").append(shown_number(values[i], 4)).append("' ").append(std::to_string(i));
    return labels;
}

}  // namespace detail

/// The map as a figure: one cell for each pair, all of one size and with its values at the axes, whatever their
/// distances; dark is small. Throws `std::invalid_argument` unless there is a z for every pair.
inline Figure heat_map_figure(const HeatMap& map) {
    constexpr auto where = "heat_map_figure";
    require(!map.x.empty() && !map.y.empty(), where, "number of cells", map.x.size() * map.y.size(), "be at least 1");
    require(map.z.size() == map.x.size(), where, "z.size()", map.z.size(), "equal x.size()");
    Figure figure(640, 460);
    std::vector<std::vector<double>> cells;
    for (std::size_t i = 0; i < map.x.size(); ++i) {
        require(map.z[i].size() == map.y.size(), where, "size of a row of z", map.z[i].size(), "equal y.size()");
        for (std::size_t j = 0; j < map.y.size(); ++j)
            cells.push_back({static_cast<double>(i), static_cast<double>(j), map.z[i][j], map.x[i], map.y[j]});
    }
    const auto x_tics = detail::cell_labels(map.x, 470, 8), y_tics = detail::cell_labels(map.y, 360, 18, false);
    figure.data("cells", cells);
    figure.draw("unset key\nunset grid\nset xtics scale 0 (" + x_tics + ")\nset ytics scale 0 (" + y_tics +
                ")\nset xrange [-0.5:" + shown_number(static_cast<double>(map.x.size()) - 0.5) +
                "]\nset yrange [-0.5:" + shown_number(static_cast<double>(map.y.size()) - 0.5) + "]");
    figure.draw(
        "set palette defined (0 '#08306b', 0.25 '#2171b5', 0.5 '#6baed6', 0.75 '#c6dbef', 1 '#f7fbff')\nset xlabel '" +
        shown_text(map.x_label) + "'\nset ylabel '" + shown_text(map.y_label) + "'\nset cblabel '" +
        shown_text(map.z_label) + "'");
    figure.draw(
        "plot $cells using 1:2:3 with image pixels, $cells using 1:2:(sprintf('%.4g, %.4g: %.4g', $4, $5, $3)) with "
        "labels hypertext point pointtype 5 pointsize 2 linecolor rgb '#ff000000' notitle");
    return figure;
}

}  // namespace pstar
