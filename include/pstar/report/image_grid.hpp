#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/report/figure.hpp>

/// Pictures of images.
namespace pstar {

/// Pictures side by side, pixel after pixel from 0, black, to 1, white; with a word on their left.
struct ImageRow {
    std::string label;
    std::vector<std::vector<float>> images;
};

/// Rows of pictures, all of one size, from the left. Throws `std::invalid_argument` without any, and for pictures of
/// another size.
inline Figure image_grid(std::span<const ImageRow> rows, std::size_t height, std::size_t width) {
    std::size_t most = 0;
    for (const auto& row : rows) most = std::max(most, row.images.size());
    require(most > 0, "image_grid", "number of pictures", most, "be at least 1");
    constexpr std::size_t gap = 2;
    const auto tall = height + gap, wide = width + gap;
    const auto pixels_wide = most * wide, pixels_tall = rows.size() * tall;
    std::vector<std::vector<double>> canvas(pixels_tall - gap, std::vector<double>(pixels_wide - gap, std::nan("")));
    std::string labels;
    std::size_t letters = 0;  // of the longest label
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto& images = rows[row].images;
        for (std::size_t column = 0; column < images.size(); ++column) {
            require(images[column].size() == height * width, "image_grid", "pixels of a picture", images[column].size(),
                    "be height * width, " + std::to_string(height * width));
            for (std::size_t y = 0; y < height; ++y)
                for (std::size_t x = 0; x < width; ++x)
                    canvas[row * tall + y][column * wide + x] = static_cast<double>(images[column][y * width + x]);
        }
        letters = std::max(letters, rows[row].label.size());
        const double middle = static_cast<double>(row * tall) + static_cast<double>(height) / 2;
        labels.append(row == 0 ? "'" : ", '").append(shown_text(rows[row].label)).append("' ");
        labels += shown_number(middle);
    }
    constexpr double right = 0.99, whole = 900;
    const double left = std::max(0.1, (8.0 * static_cast<double>(letters) + 16) / whole);
    const double scale = (right - left) * whole / static_cast<double>(pixels_wide);
    Figure figure(static_cast<std::size_t>(whole),
                  static_cast<std::size_t>(scale * static_cast<double>(pixels_tall)) + 10);
    figure.data("pixels", canvas);
    figure.draw(
        "unset key\nunset border\nunset xtics\nunset grid\nunset colorbox\nset palette gray\nset cbrange [0:1]");
    figure.draw("set ytics scale 0 (" + labels + ")");
    figure.draw("set lmargin at screen " + shown_number(left) + "\nset rmargin at screen " + shown_number(right) +
                "\nset tmargin at screen 0.99\nset bmargin at screen 0.01\nset xrange [-0.5:" +
                std::to_string(pixels_wide - gap) + "-0.5]\nset yrange [" + std::to_string(pixels_tall - gap) +
                "-0.5:-0.5]");
    figure.draw("plot $pixels matrix with image");
    return figure;
}

/// Image i of the data as a picture: the mean over its channels, in [0, 1].
inline std::vector<float> picture_of(const Dataset& data, std::size_t i) {
    require(i < data.size(), "picture_of", "i", i, "be below the number of images, " + std::to_string(data.size()));
    const auto area = data.height() * data.width();
    std::vector<float> pixels(data.pixels()), picture(area);
    const auto index = static_cast<std::uint32_t>(i);
    corrupt_images(data, std::span(&index, 1), Identity{}, {}, View<float>{pixels.data(), {1, pixels.size()}});
    for (std::size_t k = 0; k < pixels.size(); ++k)
        picture[k % area] += pixels[k] / static_cast<float>(data.channels());
    return picture;
}

/// At most `most` of the values: first, last, and evenly between.
inline std::vector<double> some_of(std::span<const double> values, std::size_t most) {
    if (values.size() <= most) return {values.begin(), values.end()};
    std::vector<double> result;
    for (std::size_t i = 0; i < most; ++i)
        result.push_back(values[most > 1 ? i * (values.size() - 1) / (most - 1) : 0]);
    return result;
}

/// One image of every class (columns) at up to six of the strengths (rows), as a network sees them; `corruption` gives
/// that of a strength, `symbol` names it. Throws `std::invalid_argument` without images.
inline Figure corruption_strip(const Dataset& data, const std::function<AnyCorruption(double strength)>& corruption,
                               std::span<const double> strengths, const std::string& symbol = "p") {
    std::vector<ImageRow> rows;
    for (const double strength : some_of(strengths, 6)) {
        rows.push_back({symbol + " = " + shown_number(strength, 6), {}});
        for (std::size_t label = 0; label < data.classes; ++label) {
            std::uint32_t index = 0;  // the first image of the class
            while (index < data.size() && data.label(index) != label) ++index;
            if (index == data.size()) continue;
            auto& seen = rows.back().images.emplace_back(data.pixels());
            corrupt_images(data, std::span(&index, 1), corruption(strength), {Seed{0}, Stream::test_noise},
                           View<float>{seen.data(), {1, data.pixels()}});
        }
    }
    return image_grid(rows, data.height(), data.width());
}

}  // namespace pstar
