#include "common/report/image_grid.hpp"

#include <cmath>

#include <fmt/format.h>

namespace study {

Figure image_grid(std::span<const ImageRow> rows, std::size_t height, std::size_t width) {
    constexpr std::size_t gap = 2;
    const auto tall = height + gap, wide = width + gap;
    const auto pixels_wide = rows[0].images.size() * wide, pixels_tall = rows.size() * tall;
    std::vector<std::vector<double>> canvas(pixels_tall - gap, std::vector<double>(pixels_wide - gap, std::nan("")));
    std::string labels;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto& images = rows[row].images;
        for (std::size_t column = 0; column < images.size(); ++column)
            for (std::size_t y = 0; y < height; ++y)
                for (std::size_t x = 0; x < width; ++x)
                    canvas[row * tall + y][column * wide + x] = static_cast<double>(images[column][y * width + x]);
        labels += fmt::format("{}'{}' {}", row == 0 ? "" : ", ", rows[row].label,
                              static_cast<double>(row * tall) + static_cast<double>(height) / 2);
    }
    const double scale = 800.0 / static_cast<double>(pixels_wide);
    Figure figure(900, static_cast<std::size_t>(scale * static_cast<double>(pixels_tall)) + 10);
    figure.data("pixels", canvas);
    figure.draw(
        "unset key\nunset border\nunset xtics\nunset grid\nunset colorbox\nset palette gray\nset cbrange [0:1]");
    figure.draw("set ytics scale 0 (" + labels + ")");
    figure.draw(
        fmt::format("set lmargin at screen 0.1\nset rmargin at screen 0.99\nset tmargin at screen 0.99\n"
                    "set bmargin at screen 0.01\nset xrange [-0.5:{}-0.5]\nset yrange [{}-0.5:-0.5]",
                    pixels_wide - gap, pixels_tall - gap));
    figure.draw("plot $pixels matrix with image");
    return figure;
}

std::vector<double> some_of(std::span<const double> strengths, std::size_t most) {
    if (strengths.size() <= most) return {strengths.begin(), strengths.end()};
    std::vector<double> result;
    for (std::size_t i = 0; i < most; ++i) result.push_back(strengths[i * (strengths.size() - 1) / (most - 1)]);
    return result;
}

}  // namespace study
