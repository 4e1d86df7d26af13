#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/report/figure.hpp>

namespace pstar {

/// A number over two axes: z[i][j] belongs to x[i] and y[j].
struct HeatMap {
    std::vector<double> x;               ///< values of the horizontal axis
    std::vector<double> y;               ///< values of the vertical axis
    std::vector<std::vector<double>> z;  ///< NaN leaves a gap
    std::string x_label = {};            ///< under the horizontal axis
    std::string y_label = {};            ///< beside the vertical axis
    std::string z_label = {};            ///< beside the colours
};

/// A cell with borders of its own; a NaN z leaves it empty.
struct HeatCell {
    double x_low;   ///< left border
    double x_high;  ///< right border
    double y_low;   ///< lower border
    double y_high;  ///< upper border
    double z;       ///< what the colour shows
};

/// A number over two axes, cell by cell: where x or y are not equally spaced, or each y has x of its own.
struct HeatCells {
    std::vector<HeatCell> cells;      ///< in any order
    std::vector<double> y_tics = {};  ///< values named at the axis of y; empty: as gnuplot chooses
    bool log_y = false;               ///< the axis of y is logarithmic
    std::string x_label = {};         ///< under the horizontal axis
    std::string y_label = {};         ///< beside the vertical axis
    std::string z_label = {};         ///< beside the colours
};

/// Where cells around increasing places meet: in the middle of neighbours, the geometric one if `logarithmic`; those at
/// the ends are as wide on both sides. place.size() + 1 borders. Throws `std::invalid_argument` unless the places
/// increase, are positive if `logarithmic`, and are at least two.
inline std::vector<double> cell_borders(std::span<const double> places, bool logarithmic = false) {
    constexpr auto where = "cell_borders";
    require(places.size() >= 2, where, "number of places", places.size(), "be at least 2");
    std::vector<double> at, borders;
    for (const double place : places) {
        require(!logarithmic || place > 0, where, "place", place, "be positive on a logarithmic axis");
        at.push_back(logarithmic ? std::log(place) : place);
        if (at.size() > 1)
            require(at.back() > at[at.size() - 2], where, "place", place, "be larger than the one before");
    }
    borders.push_back(at[0] - (at[1] - at[0]) / 2);
    for (std::size_t i = 1; i < at.size(); ++i) borders.push_back((at[i - 1] + at[i]) / 2);
    borders.push_back(at.back() + (at.back() - at[at.size() - 2]) / 2);
    if (logarithmic)
        for (auto& border : borders) border = std::exp(border);
    return borders;
}

namespace detail {

inline void draw_heat_look(Figure& figure, const std::string& x_label, const std::string& y_label,
                           const std::string& z_label) {
    figure.draw(
        "set palette defined (0 '#08306b', 0.25 '#2171b5', 0.5 '#6baed6', 0.75 '#c6dbef', 1 '#f7fbff')\nset xlabel '" +
        shown_text(x_label) + "'\nset ylabel '" + shown_text(y_label) + "'\nset cblabel '" + shown_text(z_label) +
        "' offset 0.8,0");
}

/// An invisible point in each cell, with the values of these columns - x, y, z - as its text.
inline std::string cell_values(const std::string& columns) {
    return ", $cells using 1:2:(sprintf('%.4g, %.4g: %.4g', " + columns +
           ")) with labels hypertext point pointtype 5 pointsize 2 linecolor rgb '#ff000000' notitle";
}

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
    detail::draw_heat_look(figure, map.x_label, map.y_label, map.z_label);
    figure.draw("plot $cells using 1:2:3 with image pixels" + detail::cell_values("$4, $5, $3"));
    return figure;
}

/// The cells with their true borders; dark is small. `over` is drawn on them, more of gnuplot's `plot`: `$line with
/// lines linestyle 2 title 'knee'`, whose tables are added by `Figure::data`. Throws `std::invalid_argument` without
/// cells.
inline Figure heat_map_figure(const HeatCells& map, const std::string& over = "") {
    require(!map.cells.empty(), "heat_map_figure", "number of cells", map.cells.size(), "be at least 1");
    Figure figure(640, 460);
    std::vector<std::vector<double>> cells;
    auto all = map.cells[0];
    for (const auto& cell : map.cells) {
        cells.push_back({(cell.x_low + cell.x_high) / 2, (cell.y_low + cell.y_high) / 2, cell.x_low, cell.x_high,
                         cell.y_low, cell.y_high, cell.z});
        all.x_low = std::min(all.x_low, cell.x_low), all.x_high = std::max(all.x_high, cell.x_high);
        all.y_low = std::min(all.y_low, cell.y_low), all.y_high = std::max(all.y_high, cell.y_high);
    }
    figure.data("cells", cells);
    const auto range = [](double low, double high) { return "[" + shown_number(low) + ":" + shown_number(high) + "]"; };
    std::string tics;
    for (const double y : map.y_tics)
        tics.append(tics.empty() ? "'" : ", '").append(shown_number(y, 6)).append("' ").append(shown_number(y));
    figure.draw(std::string("unset grid\nset tics scale 0.4\n") + (map.log_y ? "set logscale y\n" : "") +
                (tics.empty() ? "" : "set ytics (" + tics + ")\n") + "set xrange " + range(all.x_low, all.x_high) +
                "\nset yrange " + range(all.y_low, all.y_high) +
                "\nset key above left horizontal maxrows 1 samplen 1.2");
    detail::draw_heat_look(figure, map.x_label, map.y_label, map.z_label);
    figure.draw("plot $cells using 1:2:3:4:5:6:7 with boxxyerror linecolor palette fillstyle solid noborder notitle" +
                detail::cell_values("$1, $2, $7") + (over.empty() ? "" : ", " + over));
    return figure;
}

}  // namespace pstar
