#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/core/error.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/margin/detail/value_kernels.hpp>

namespace pstar {

/// One image's gradient g, summed over the pixels of each of the 256 values:
///     sum[v] = sum_{i: x_i = v} g_i,   squares[v] = sum_{i: x_i = v} g_i^2.
/// Channels treat pixels of equal value in the same way and independently, so this is all they need from a gradient:
///     E[<g, x' - x>] = sum_v sum[v] shift[v],   Var[<g, x' - x>] = sum_v squares[v] variance[v].
/// One pass over the gradient serves any number of channels and strengths. Sums are in double.
class GradientByValue {
public:
    /// `gradient` and `pixels` are of one length.
    template <class Scalar>
    void fill(std::span<const Scalar> gradient, std::span<const std::uint8_t> pixels) {
        require(gradient.size() == pixels.size(), "GradientByValue::fill", "gradient.size()", gradient.size(),
                "equal the number of pixels");
        PSTAR_KERNEL(sum_by_value(gradient.data(), pixels.data(), pixels.size(), sum_.data(), squares_.data()));
    }

    /// Sums of gradients, by the byte of the pixel.
    const std::array<double, 256>& sum() const { return sum_; }
    /// Sums of squared gradients, by the byte of the pixel.
    const std::array<double, 256>& squares() const { return squares_; }

    /// E[<g, x' - x>], exact for the channel.
    double mean_change(const PixelMoments& moments) const { return product(sum_, moments.shift); }
    /// Var[<g, x' - x>].
    double variance(const PixelMoments& moments) const { return product(squares_, moments.variance); }

private:
    static double product(const std::array<double, 256>& a, const std::array<double, 256>& b) {
        return PSTAR_KERNEL(dot(a.data(), b.data(), a.size()));
    }

    std::array<double, 256> sum_, squares_;
};

}  // namespace pstar
