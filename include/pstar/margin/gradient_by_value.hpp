#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/core/error.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/pixel_moments.hpp>

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
        partial_.fill({});
        const Scalar* const g = gradient.data();
        const std::uint8_t* const x = pixels.data();
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            const auto value = static_cast<double>(g[i]);
            Sums& sums = partial_[lanes * x[i] + i % lanes];
            sums.first += value;
            sums.square += value * value;
        }
        for (std::size_t v = 0; v < 256; ++v) {
            Sums total;
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                total.first += partial_[lanes * v + lane].first;
                total.square += partial_[lanes * v + lane].square;
            }
            sum_[v] = total.first;
            squares_[v] = total.square;
        }
    }

    const std::array<double, 256>& sum() const { return sum_; }
    const std::array<double, 256>& squares() const { return squares_; }

    /// E[<g, x' - x>], exact for the channel.
    double mean_change(const PixelMoments& moments) const { return product(sum_, moments.shift); }
    /// Var[<g, x' - x>].
    double variance(const PixelMoments& moments) const { return product(squares_, moments.variance); }

private:
    static double product(const std::array<double, 256>& a, const std::array<double, 256>& b) {
        return ConstVectorMap<double>(a.data(), 256).dot(ConstVectorMap<double>(b.data(), 256));
    }

    // Neighbouring pixels are often equal (black): several sums of each value, or every addition waits for the last.
    static constexpr std::size_t lanes = 4;
    struct Sums {
        double first = 0, square = 0;
    };
    std::array<Sums, 256 * lanes> partial_;
    std::array<double, 256> sum_, squares_;
};

}  // namespace pstar
