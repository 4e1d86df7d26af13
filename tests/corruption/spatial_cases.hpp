#pragma once

#include <cstddef>

#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>

/// Spatial corruptions that a user may bring, for tests.
namespace corruption_case {

/// Each image is mirrored with probability p: the corrupted pixels depend on one another.
struct Mirror {
    double p = 0;
    void validate() const { pstar::require(p >= 0 && p <= 1, "Mirror", "p", p, "lie in [0, 1]"); }
    double strength() const { return p; }
    template <class Scalar>
    void apply(pstar::View<const Scalar> image, pstar::View<Scalar> out, const pstar::RandomStream& noise) const {
        const bool mirrored = pstar::unit_interval<double>(noise.word(0)) < p;
        const std::size_t width = image.shape[2];
        for (std::size_t i = 0; i < image.size(); ++i)
            out.data[i] = image.data[mirrored ? i - i % width + width - 1 - i % width : i];
    }
};

}  // namespace corruption_case
