#pragma once

#include <algorithm>
#include <cstddef>
#include <sstream>

#include <pstar/core/error.hpp>
#include <pstar/core/view.hpp>

namespace pstar {

/// How a kernel slides along one axis of an image: position o covers input elements o stride - padding + 0 .. kernel-1;
/// those outside [0, extent) are zeros.
struct Sliding {
    std::size_t extent, kernel, stride, padding;

    /// Whether the kernel fits at all; `positions` asks for it.
    bool fits() const { return stride >= 1 && kernel >= 1 && kernel <= extent + 2 * padding; }
    /// floor((extent + 2 padding - kernel)/stride) + 1
    std::size_t positions() const { return (extent + 2 * padding - kernel) / stride + 1; }
    /// The positions [first, last) at which the kernel's element `k` lies inside the image.
    struct Range {
        std::size_t first, last;
    };
    /// Where the kernel's element k reads pixels, not padding.
    Range inside(std::size_t k) const {
        const auto first = k >= padding ? 0 : (padding - k + stride - 1) / stride;
        const auto end = extent + padding;  // o stride + k < end
        const auto last = k >= end ? 0 : (end - k - 1) / stride + 1;
        const auto all = positions();
        return {std::min(first, all), std::max(std::min(first, all), std::min(last, all))};
    }
};

/// The two axes of an image (.., H, W) under a kernel.
struct Sliding2d {
    Sliding y, x;

    /// Throws std::invalid_argument, with the shapes, unless the kernel fits in the padded image.
    void check(const char* where, const Shape& image) const {
        require(y.stride >= 1 && x.stride >= 1, where, "stride", std::min(y.stride, x.stride), "be at least 1");
        if (y.fits() && x.fits()) [[likely]]
            return;
        std::ostringstream must;
        must << "fit into the image of shape " << image << ", which with padding " << y.padding << " is "
             << Shape{y.extent + 2 * y.padding, x.extent + 2 * x.padding} << ", and have an element";
        require(false, where, "the kernel's shape", Shape{y.kernel, x.kernel}, must.str());
    }
};

}  // namespace pstar
