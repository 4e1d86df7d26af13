#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>

namespace own_study {

/// A spatial corruption: a square of `side` pixels at a random place becomes black. Two words per image, at any side.
struct Occlusion {
    double side = 0;  ///< in pixels, a whole number of at least 0

    void validate() const {
        pstar::require(side >= 0 && side == std::floor(side), "Occlusion", "side", side,
                       "be a whole number of at least 0");
    }
    double strength() const { return side; }

    template <class Scalar>
    void apply(pstar::View<const Scalar> image, pstar::View<Scalar> out, const pstar::RandomStream& noise) const {
        const auto [channels, height, width] = std::array{image.shape[0], image.shape[1], image.shape[2]};
        const auto edge = static_cast<std::size_t>(side);
        const auto rows = std::min(edge, height), columns = std::min(edge, width);
        const auto place = [&](std::size_t position, std::size_t choices) {
            return static_cast<std::size_t>(pstar::unit_interval<double>(noise.word(position)) *
                                            static_cast<double>(choices));
        };
        const auto top = place(0, height - rows + 1), left = place(1, width - columns + 1);
        std::copy(image.elements().begin(), image.elements().end(), out.data);
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t y = top; y < top + rows; ++y)
                std::fill_n(out.data + (c * height + y) * width + left, columns, Scalar{0});
    }
};

}  // namespace own_study
