#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reference {

/// A grey image that may be asked for any pixel: those outside are the nearest ones.
struct GreyImage {
    std::ptrdiff_t height, width;
    std::vector<double> values;

    double at(std::ptrdiff_t i, std::ptrdiff_t j) const {
        i = std::clamp<std::ptrdiff_t>(i, 0, height - 1), j = std::clamp<std::ptrdiff_t>(j, 0, width - 1);
        return values[static_cast<std::size_t>(i * width + j)];
    }
    double between(double y, double x) const {
        y = std::clamp(y, 0.0, static_cast<double>(height - 1)), x = std::clamp(x, 0.0, static_cast<double>(width - 1));
        const auto i = static_cast<std::ptrdiff_t>(y), j = static_cast<std::ptrdiff_t>(x);
        const double v = y - static_cast<double>(i), u = x - static_cast<double>(j);
        return (1 - v) * ((1 - u) * at(i, j) + u * at(i, j + 1)) + v * ((1 - u) * at(i + 1, j) + u * at(i + 1, j + 1));
    }
};

/// See `pstar::detail::move_edges`.
inline GreyImage move_edges(const GreyImage& in, double distance) {
    auto out = in;
    const double sign = distance < 0 ? -1 : 1;
    for (std::ptrdiff_t i = 0; i < in.height; ++i)
        for (std::ptrdiff_t j = 0; j < in.width; ++j) {
            const auto rise = [&](std::ptrdiff_t di, std::ptrdiff_t dj) {
                const double here = sign * in.at(i, j);
                return std::max({0.0, sign * in.at(i + di, j + dj) - here, sign * in.at(i - di, j - dj) - here});
            };
            out.values[static_cast<std::size_t>(i * in.width + j)] =
                in.at(i, j) + distance * std::hypot(rise(0, 1), rise(1, 0));
        }
    return out;
}

/// The uniform cubic B-spline centred at 0: not zero for |t| < 2.
inline double b_spline(double t) {
    t = std::abs(t);
    if (t < 1) return (4 - 6 * t * t + 3 * t * t * t) / 6;
    return t < 2 ? (2 - t) * (2 - t) * (2 - t) / 6 : 0;
}

}  // namespace reference
