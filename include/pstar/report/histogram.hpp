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

/// How many values lie in each of `bins` equal parts of their range, as a figure; values that are no finite numbers are
/// left out. Throws `std::invalid_argument` without a finite value, and for no bins.
inline Figure histogram_figure(std::span<const double> values, const std::string& label, std::size_t bins = 30) {
    constexpr auto where = "histogram_figure";
    require(bins >= 1, where, "bins", bins, "be at least 1");
    std::vector<double> finite;
    std::ranges::copy_if(values, std::back_inserter(finite), [](double x) { return std::isfinite(x); });
    require(!finite.empty(), where, "number of finite values", 0, "be at least 1");
    const auto [low, high] = std::ranges::minmax(finite);
    const double width = high > low ? (high - low) / static_cast<double>(bins) : 1;
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < bins; ++i) rows.push_back({low + (static_cast<double>(i) + 0.5) * width, 0});
    for (const double x : finite)
        ++rows[std::min(static_cast<std::size_t>(std::max((x - low) / width, 0.0)), bins - 1)][1];
    Figure figure(520, 340);
    figure.data("bins", rows);
    figure.draw("unset key\nset yrange [0:*]\nset style fill solid 0.6 noborder\nset boxwidth " + shown_number(width) +
                "\nset xlabel '" + shown_text(label) + "'\nset ylabel 'number'");
    figure.draw("plot $bins with boxes linestyle 1");
    return figure;
}

}  // namespace pstar
