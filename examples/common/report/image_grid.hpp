#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/report/figure.hpp"

namespace study {

/// Pictures side by side, pixel after pixel from 0, black, to 1, white; with a word on their left.
struct ImageRow {
    std::string label;
    std::vector<std::vector<float>> images;
};

/// Rows of as many pictures each, all of one size.
Figure image_grid(std::span<const ImageRow> rows, std::size_t height, std::size_t width);

/// At most `most` of the strengths: first, last, and evenly between.
std::vector<double> some_of(std::span<const double> strengths, std::size_t most);

}  // namespace study
