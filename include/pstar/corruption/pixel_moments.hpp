#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/detail/pixel_kernels.hpp>

namespace pstar {

/// What a channel does to each of the 256 values of a pixel, on average: with x = v/255,
///     shift[v] = E[x'] - x,   variance[v] = Var[x'].
/// All that first-order predictions need from a channel, whatever its type: a list of these may mix channels.
struct PixelMoments {
    std::array<double, 256> shift, variance;
    double strength;

    /// Throws std::invalid_argument for an impossible strength, or moments that are not those of any distribution.
    template <class C>
    requires(!std::same_as<C, PixelMoments>) && Channel<C> explicit PixelMoments(const C& channel)
        : strength(static_cast<double>(channel.strength())) {
        channel.validate();
        PSTAR_KERNEL(moments_by_value(channel, shift.data(), variance.data()));
        for (std::size_t v = 0; v < 256; ++v) {
            shift[v] -= static_cast<double>(v) / 255;
            require(std::isfinite(shift[v]), "PixelMoments", "the channel's mean - x", shift[v], "be finite");
            const double spread = variance[v];
            require(spread >= -rounding && std::isfinite(spread), "PixelMoments", "the channel's variance", spread,
                    "be finite and not negative");
            variance[v] = std::max(spread, 0.0);
        }
    }

private:
    static constexpr double rounding = 1e-12;  // what integrals of compositions may miss zero by
};

/// The moments of each channel of a range, in its order.
template <std::ranges::input_range Channels>
requires Channel<std::ranges::range_value_t<Channels>> std::vector<PixelMoments> pixel_moments(
    const Channels& channels) {
    std::vector<PixelMoments> result;
    for (const auto& channel : channels) result.emplace_back(channel);
    return result;
}

}  // namespace pstar
