#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pstar/core/compiled.hpp>
#include <pstar/report/estimate_text.hpp>

namespace pstar {

namespace detail {

/// Numbers of rows and columns of a figure's tables, by name.
struct TableSize {
    std::size_t rows, columns;
};
using TableSizes = std::map<std::string, TableSize, std::less<>>;

}  // namespace detail

/// Whether the program gnuplot is on the PATH.
bool has_gnuplot();

/// A figure in the look that all figures share, drawn by gnuplot as SVG and as PNG of twice the size in pixels:
///
///     pstar::Figure figure(520, 400);
///     figure.data("points", {{0.1, 2.5, 0.2}, {0.2, 3.1, 0.3}});          // x, y, standard error
///     figure.draw("set xlabel 'p'\nplot $points with yerrorbars linestyle 1 title 'measured'");
///     if (const auto problem = figure.write("out", "points")) std::puts(problem->c_str());
///
/// The script, with its data inside, stays beside them as `<name>.gnuplot`: edit it and run gnuplot on it to change the
/// figure. Points, error bars and cells of tables show their values under the pointer where a browser shows the SVG, if
/// the columns are drawn as they are and the table was there before the plot. Colours of paper and ink follow a
/// reader's preference for dark surroundings. Line styles 1 to 7 are the Okabe-Ito palette, safe for colour-blind
/// readers, each with a point type of its own; 10 is the grey of reference lines.
class Figure {
public:
    /// Size in pixels of the SVG.
    Figure(std::size_t width, std::size_t height) : width_(width), height_(height) {}

    /// Adds a table under a name (`curve` becomes $curve); NaN leaves a gap.
    void data(const std::string& name, const std::vector<std::vector<double>>& rows);
    /// Adds gnuplot commands; each call is a line or several. Text that comes from elsewhere goes through `shown_text`.
    void draw(std::string_view commands);
    /// Starts the next of `count` panels side by side.
    void panel(std::size_t index, std::size_t count, const std::string& title);

    /// Writes `<folder>/<name>.gnuplot`, `.svg` and `.png`; nothing else in the folder is changed. Where gnuplot is
    /// missing or fails there is no picture, and a sentence that says why, with gnuplot's own words: no study should
    /// end for it. Throws `std::system_error` if the script cannot be written.
    std::optional<std::string> write(const std::filesystem::path& folder, const std::string& name) const;

private:
    std::string script(const std::string& name) const;

    std::size_t width_, height_;
    std::string tables_, commands_;
    detail::TableSizes sizes_;
};

/// Text from a file or a flag as a figure shows it, for use between single quotes in gnuplot commands: quotes become
/// apostrophes, what gnuplot's enhanced text takes for markup is escaped, control characters are spaces.
std::string shown_text(std::string_view text);

/// The style of the i-th of several curves, as gnuplot knows it: 1, ..., 7 and again.
inline std::size_t line_style(std::size_t index) {
    return 1 + index % 7;
}

}  // namespace pstar

#ifndef PSTAR_COMPILED
#include <pstar/report/detail/figure.hpp>
#endif
