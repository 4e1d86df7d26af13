#pragma once

#include <algorithm>
#include <cstddef>

#include <pstar/autodiff/sliding.hpp>

/// One image as the matrix whose products with the weights are a convolution, and back.
namespace pstar {

/// Calls `body(element, row)` for each row of the column matrix of one image (C, H, W): element (c, ky, kx) of the
/// kernel, in this order, and the index of the row.
template <class Body>
void for_each_kernel_element(std::size_t channels, const Sliding2d& s, const Body& body) {
    std::size_t row = 0;
    for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t ky = 0; ky < s.y.kernel; ++ky)
            for (std::size_t kx = 0; kx < s.x.kernel; ++kx) body(c, ky, kx, row++);
}

/// columns[(c, ky, kx), (oy, ox)] = image[c, oy stride + ky - padding, ox stride + kx - padding], zero outside.
/// image (C, H, W), columns (C KH KW, OH OW).
template <class Scalar>
void im2col(const Scalar* image, std::size_t channels, const Sliding2d& s, Scalar* columns) {
    const auto rows = s.y.positions(), width = s.x.positions();
    for_each_kernel_element(channels, s, [&](std::size_t c, std::size_t ky, std::size_t kx, std::size_t row) {
        Scalar* out = columns + row * rows * width;
        const auto y = s.y.inside(ky), x = s.x.inside(kx);
        std::fill(out, out + y.first * width, Scalar{0});
        for (auto oy = y.first; oy < y.last; ++oy) {
            Scalar* const line = out + oy * width;
            const Scalar* const from = image + (c * s.y.extent + oy * s.y.stride + ky - s.y.padding) * s.x.extent;
            std::fill(line, line + x.first, Scalar{0});
            if (s.x.stride == 1 && x.first < x.last)
                std::copy_n(from + x.first + kx - s.x.padding, x.last - x.first, line + x.first);
            else
                for (auto ox = x.first; ox < x.last; ++ox) line[ox] = from[ox * s.x.stride + kx - s.x.padding];
            std::fill(line + x.last, line + width, Scalar{0});
        }
        std::fill(out + y.last * width, out + rows * width, Scalar{0});
    });
}

/// The transpose of `im2col`: image[c, y, x] += the columns' elements that were read from there.
template <class Scalar>
void col2im(const Scalar* columns, std::size_t channels, const Sliding2d& s, Scalar* image) {
    const auto rows = s.y.positions(), width = s.x.positions();
    for_each_kernel_element(channels, s, [&](std::size_t c, std::size_t ky, std::size_t kx, std::size_t row) {
        const auto y = s.y.inside(ky), x = s.x.inside(kx);
        for (auto oy = y.first; oy < y.last; ++oy) {
            const Scalar* const line = columns + (row * rows + oy) * width;
            Scalar* const to = image + (c * s.y.extent + oy * s.y.stride + ky - s.y.padding) * s.x.extent;
            for (auto ox = x.first; ox < x.last; ++ox) to[ox * s.x.stride + kx - s.x.padding] += line[ox];
        }
    });
}

}  // namespace pstar
