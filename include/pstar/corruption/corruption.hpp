#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>

namespace pstar {

namespace detail {

/// Whether class C has a member named `apply`, whatever its signature: then the name is ambiguous in a class that
/// derives from C and from another one with that name.
struct OtherApply {
    void apply();
};
template <class C>
struct BothApply : C, OtherApply {};
template <class C>
concept HasMemberApply = std::is_class_v<C> && !std::is_final_v<C> && !requires {
    &BothApply<C>::apply;
};

template <class C>
concept HasStrength = std::copyable<C> && requires(const C& corruption) {
    { corruption.strength() } -> std::convertible_to<double>;
    corruption.validate();
};

/// A map of single pixels with its moments.
template <class C>
concept MapsPixels = requires(const C& corruption, std::uint32_t word) {
    { corruption(0.5F, word) } -> std::convertible_to<float>;
    { corruption(0.5, word) } -> std::convertible_to<double>;
    { corruption.mean(0.5) } -> std::convertible_to<double>;
    { corruption.variance(0.5) } -> std::convertible_to<double>;
};

/// A map of whole images.
template <class C>
concept MapsImages = requires(const C& corruption, const RandomStream& noise, View<const float> image, View<float> out,
                              View<const double> double_image, View<double> double_out) {
    corruption.apply(image, out, noise);
    corruption.apply(double_image, double_out, noise);
};

}  // namespace detail

/// A spatial corruption: a random map of a whole image, whose pixels may depend on one another, e.g. a blur.
///
///     struct Mirror {                                            // each image is mirrored with probability p
///         double p = 0;
///         void validate() const { pstar::require(p >= 0 && p <= 1, "Mirror", "p", p, "lie in [0, 1]"); }
///         double strength() const { return p; }
///         template <class Scalar>
///         void apply(pstar::View<const Scalar> image, pstar::View<Scalar> out,
///                    const pstar::RandomStream& noise) const {
///             const bool mirrored = pstar::unit_interval<double>(noise.word(0)) < p;
///             const std::size_t width = image.shape[2];
///             for (std::size_t i = 0; i < image.size(); ++i)
///                 out.data[i] = image.data[mirrored ? i - i % width + width - 1 - i % width : i];
///         }
///     };
///
/// `apply` writes the corrupted image to `out`. Both have the shape (C, H, W) and do not overlap; pixels lie in [0, 1].
/// All that is random comes from `noise`, a stream of the image's own; take the same number of words at every strength,
/// so that runs at different strengths can share them. It is called with float and with double.
template <class C>
concept SpatialCorruption = detail::HasStrength<C> && detail::MapsImages<C>;

/// A corruption: a random map of images, independent between images. Every corruption has `strength()`, the parameter
/// that a sweep varies, and `validate()`, which throws std::invalid_argument for a bad one. It is of one of two kinds:
/// - pixelwise, a `Channel`: independent between pixels, with exact moments;
/// - spatial, a `SpatialCorruption`: it has `apply(image, out, noise)`.
/// Training, evaluation, kernels and RBMs take both; what needs moments of single pixels takes a `Channel`.
/// A type with a member `apply` is never pixelwise, even if it has all members of a channel: independent pixels would
/// then not be what it does.
template <class C>
concept Corruption = detail::HasStrength<C> &&
    (detail::MapsImages<C> || (detail::MapsPixels<C> && !detail::HasMemberApply<C>));

/// Whether runs at different strengths share their uniforms (nested masks, the smoother difference between strengths)
/// or draw afresh at each strength (independent errors along a curve).
enum class Noise { common, independent };

/// The seed under which a corruption's noise is drawn: the experiment's own, or one derived from it and the strength.
template <Corruption C>
Seed noise_seed(Seed seed, const C& corruption, Noise noise) {
    if (noise == Noise::common) return seed;
    return derive(seed, std::bit_cast<std::uint64_t>(static_cast<double>(corruption.strength())));
}

}  // namespace pstar
