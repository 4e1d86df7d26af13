#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>

namespace pstar {

/// A square block of `side` x `side` pixels is hidden behind one value, in all colour channels, at a place that is
/// uniform among those where it lies in the image as a whole. With rows t, ..., t + side - 1 and columns l, ..., l +
/// side - 1 hidden, t uniform on {0, ..., H - side} and l on {0, ..., W - side}:
///     x'_i = value where pixel i is hidden, else x_i
///     E[x'_i] = x_i + q_i (value - x_i),   q_i = P(pixel i is hidden)
///     g^T Cov[x'] g = Var[S],   S = sum_{i hidden} g_i (value - x_i), over all (H - side + 1) (W - side + 1) places
///
/// Two words per image choose the place, whatever the side, and the hidden set at one side is part of that at any
/// larger one: common random numbers. Source: Zeiler & Fergus, arXiv:1311.2901, section 4.2, who move such a block over
/// images.
struct BlockOcclusion {
    double side = 0;     ///< of the block, in pixels: a whole number, at most the image's height and width
    double value = 0.5;  ///< of hidden pixels, in [0, 1]; 0.5 is halfway between black and white

    void validate() const {
        require(side >= 0 && std::isfinite(side) && side == std::floor(side), "BlockOcclusion", "side", side,
                "be a whole number of pixels, not negative");
        require(value >= 0 && value <= 1, "BlockOcclusion", "value", value, "lie in [0, 1]");
    }
    double strength() const { return side; }

    /// Throws std::invalid_argument for a block that is larger than the image.
    template <class Scalar>
    void apply(View<const Scalar> image, View<Scalar> out, const RandomStream& noise) const {
        const auto places = places_in(image.shape);
        std::copy_n(image.data, image.size(), out.data);
        const auto top = places.one_of(places.rows, noise.word(0)), left = places.one_of(places.columns, noise.word(1));
        for (std::size_t c = 0; c < image.shape[0]; ++c)
            for (std::size_t y = top; y < top + places.side; ++y)
                std::fill_n(out.data + (c * image.shape[1] + y) * image.shape[2] + left, places.side,
                            static_cast<Scalar>(value));
    }

    void mean(View<const double> image, View<double> out) const {
        const auto places = places_in(image.shape);
        for (std::size_t c = 0, i = 0; c < image.shape[0]; ++c)
            for (std::size_t y = 0; y < image.shape[1]; ++y)
                for (std::size_t x = 0; x < image.shape[2]; ++x, ++i) {
                    const double hidden = places.covering(places.rows, y) * places.covering(places.columns, x);
                    out.data[i] = image.data[i] + hidden * (value - image.data[i]);
                }
    }
    double variance_along(View<const double> image, View<const double> direction) const {
        const auto places = places_in(image.shape);
        const auto sums = sums_above_left(image, direction);
        const auto stride = image.shape[2] + 1, side_of = places.side;
        std::vector<double> changes;  // S at every place
        for (std::size_t top = 0; top < places.rows; ++top)
            for (std::size_t left = 0; left < places.columns; ++left) {
                const double* const a = sums.data() + top * stride + left;
                const double* const b = a + side_of * stride;
                changes.push_back((b[side_of] - b[0]) - (a[side_of] - a[0]));
            }
        double mean_change = 0, variance = 0;
        const auto count = static_cast<double>(changes.size());
        for (const double s : changes) mean_change += s / count;
        for (const double s : changes) variance += (s - mean_change) * (s - mean_change) / count;
        return variance;
    }

private:
    struct Places {
        std::size_t side, rows, columns;  // how many rows and columns the block may begin in

        static std::size_t one_of(std::size_t count, std::uint32_t word) {
            return static_cast<std::size_t>((std::uint64_t{word} * count) >> 32);
        }
        /// P(line `at` is covered) for a first line that is uniform on 0, ..., first_lines - 1.
        double covering(std::size_t first_lines, std::size_t at) const {
            const auto begin = at + 1 > side ? at + 1 - side : 0, end = std::min(at + 1, first_lines);
            return begin < end ? static_cast<double>(end - begin) / static_cast<double>(first_lines) : 0;
        }
    };
    Places places_in(const Shape& shape) const {
        require(side <= static_cast<double>(std::min(shape[1], shape[2])), "BlockOcclusion", "side", side,
                "be at most the height and the width of the image");
        const auto pixels = static_cast<std::size_t>(side);
        return {pixels, shape[1] - pixels + 1, shape[2] - pixels + 1};
    }
    /// (H + 1, W + 1): at (y, x) the sum of g_i (value - x_i) over rows below y, columns below x and all colours.
    std::vector<double> sums_above_left(View<const double> image, View<const double> direction) const {
        const auto height = image.shape[1], width = image.shape[2], stride = width + 1;
        std::vector<double> sums((height + 1) * stride);
        for (std::size_t y = 0; y < height; ++y) {
            double row = 0;
            for (std::size_t x = 0; x < width; ++x) {
                for (std::size_t c = 0; c < image.shape[0]; ++c) {
                    const auto i = (c * height + y) * width + x;
                    row += direction.data[i] * (value - image.data[i]);
                }
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
            }
        }
        return sums;
    }
};

}  // namespace pstar
