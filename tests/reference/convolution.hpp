#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

/// Convolution and pooling as their definitions say, element by element, in double.
namespace reference {

struct Image {
    std::size_t n, c, h, w;
    std::vector<double> values;
    double at(std::size_t i, std::size_t ch, std::size_t y, std::size_t x) const {
        return values[((i * c + ch) * h + y) * w + x];
    }
};

/// weight (O, I, KH, KW)
inline Image conv2d(const Image& x, const Image& weight, const std::vector<double>& bias, std::size_t stride,
                    std::size_t padding) {
    const auto out_h = (x.h + 2 * padding - weight.h) / stride + 1, out_w = (x.w + 2 * padding - weight.w) / stride + 1;
    Image y{x.n, weight.n, out_h, out_w, {}};
    for (std::size_t n = 0; n < x.n; ++n)
        for (std::size_t o = 0; o < weight.n; ++o)
            for (std::size_t oy = 0; oy < out_h; ++oy)
                for (std::size_t ox = 0; ox < out_w; ++ox) {
                    double sum = bias[o];
                    for (std::size_t i = 0; i < x.c; ++i)
                        for (std::size_t ky = 0; ky < weight.h; ++ky)
                            for (std::size_t kx = 0; kx < weight.w; ++kx) {
                                const auto iy = oy * stride + ky, ix = ox * stride + kx;  // in the padded image
                                if (iy < padding || ix < padding || iy >= x.h + padding || ix >= x.w + padding)
                                    continue;
                                sum += weight.at(o, i, ky, kx) * x.at(n, i, iy - padding, ix - padding);
                            }
                    y.values.push_back(sum);
                }
    return y;
}

/// Windows of size kernel, step stride; `fold(window's elements, row by row)` gives one element.
template <class Fold>
Image pool2d(const Image& x, std::size_t kernel, std::size_t stride, const Fold& fold) {
    Image y{x.n, x.c, (x.h - kernel) / stride + 1, (x.w - kernel) / stride + 1, {}};
    for (std::size_t n = 0; n < x.n; ++n)
        for (std::size_t c = 0; c < x.c; ++c)
            for (std::size_t oy = 0; oy < y.h; ++oy)
                for (std::size_t ox = 0; ox < y.w; ++ox) {
                    std::vector<double> window;
                    for (std::size_t ky = 0; ky < kernel; ++ky)
                        for (std::size_t kx = 0; kx < kernel; ++kx)
                            window.push_back(x.at(n, c, oy * stride + ky, ox * stride + kx));
                    y.values.push_back(fold(window));
                }
    return y;
}
inline double largest(const std::vector<double>& window) {
    double best = -std::numeric_limits<double>::infinity();
    for (const double v : window) {
        if (std::isnan(v)) return v;
        if (v > best) best = v;
    }
    return best;
}
inline double average(const std::vector<double>& window) {
    double sum = 0;
    for (const double v : window) sum += v;
    return sum / static_cast<double>(window.size());
}

}  // namespace reference
