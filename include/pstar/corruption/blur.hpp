#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>

namespace pstar {

/// Gaussian blur, the same for every image: nothing is random. Rows and then columns of each colour channel become
///     x'_j = sum_d w_d x_{j+d},   w_d = exp(-d^2/(2 sigma^2)) / sum_e exp(-e^2/(2 sigma^2)),   |d| <= R,
/// with R = 4 sigma, rounded. Beyond its edges the image is mirrored, edge pixels included:
///     d c b a | a b c d | d c b a
/// So a uniform image stays as it is, but for rounding, and [0, 1] is not left. This is `scipy.ndimage.gaussian_filter`
/// with its defaults.
struct Blur {
    double sigma = 0;  ///< standard deviation in pixels, in [0, 1000]

    void validate() const { require(sigma >= 0 && sigma <= 1000, "Blur", "sigma", sigma, "lie in [0, 1000]"); }
    double strength() const { return sigma; }

    template <class Scalar>
    void apply(View<const Scalar> image, View<Scalar> out, const RandomStream&) const {
        const auto weights = kernel<Scalar>();
        const auto height = image.shape[1], width = image.shape[2];
        std::vector<Scalar> line, rows(height * width);
        for (std::size_t c = 0; c < image.shape[0]; ++c) {
            const Scalar* const in = image.data + c * height * width;
            Scalar* const to = out.data + c * height * width;
            for (std::size_t y = 0; y < height; ++y)
                blur_line(weights, {in + y * width, width, 1}, rows.data() + y * width, line);
            for (std::size_t x = 0; x < width; ++x) blur_line(weights, {rows.data() + x, height, width}, to + x, line);
        }
    }
    /// The blurred image itself.
    void mean(View<const double> image, View<double> out) const { apply(image, out, {}); }
    double variance_along(View<const double>, View<const double>) const { return 0; }

private:
    template <class Scalar>
    struct Line {
        const Scalar* first;
        std::size_t size, stride;
    };
    /// w_0, w_1, ..., w_R; the others are symmetric.
    template <class Scalar>
    std::vector<Scalar> kernel() const {
        const auto radius = static_cast<std::size_t>(4 * sigma + 0.5);
        std::vector<double> weights(radius + 1, 1.0);
        double sum = 1;
        for (std::size_t d = 1; d <= radius; ++d) {
            weights[d] = std::exp(-0.5 * std::pow(static_cast<double>(d) / sigma, 2));
            sum += 2 * weights[d];
        }
        std::vector<Scalar> result;
        for (const double w : weights) result.push_back(static_cast<Scalar>(w / sum));
        return result;
    }
    /// Writes the blurred line to out[0], out[stride], ...; `mirrored` is memory.
    template <class Scalar>
    static void blur_line(const std::vector<Scalar>& weights, const Line<Scalar>& line, Scalar* out,
                          std::vector<Scalar>& mirrored) {
        const auto radius = weights.size() - 1, period = 2 * line.size;
        mirrored.resize(line.size + 2 * radius);
        const auto start = (period - radius % period) % period;  // of the mirrored line, which repeats
        for (std::size_t j = 0; j < mirrored.size(); ++j) {
            const auto at = (start + j) % period;
            mirrored[j] = line.first[std::min(at, period - 1 - at) * line.stride];
        }
        for (std::size_t j = 0; j < line.size; ++j) {
            const Scalar* const centre = mirrored.data() + j + radius;
            Scalar sum = weights[0] * centre[0];
            for (std::size_t d = 1; d <= radius; ++d) sum += weights[d] * (*(centre - d) + centre[d]);
            out[j * line.stride] = std::clamp(sum, Scalar{0}, Scalar{1});  // rounding may leave [0, 1]
        }
    }
};

}  // namespace pstar
