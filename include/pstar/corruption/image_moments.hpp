#pragma once

#include <concepts>

#include <pstar/core/view.hpp>
#include <pstar/corruption/corruption.hpp>

namespace pstar {

/// A corruption that knows the first two moments of its images, for predictions of first order: the mean image and the
/// variance along any direction, correlations between pixels included.
///
///     void mean(pstar::View<const double> image, pstar::View<double> out) const;             // out = E[x']
///     double variance_along(pstar::View<const double> image, pstar::View<const double> g) const;   // g^T Cov[x'] g
///
/// `image`, `out` and the direction `g` have the shape (C, H, W), and `out` overlaps neither; pixels lie in [0, 1].
/// Both are exact. See `BlockOcclusion`; `check_corruption_laws` compares them with Monte Carlo.
template <class C>
concept HasImageMoments = Corruption<C> &&
    requires(const C& corruption, View<const double> image, View<double> out, View<const double> direction) {
    corruption.mean(image, out);
    { corruption.variance_along(image, direction) } -> std::convertible_to<double>;
};

}  // namespace pstar
