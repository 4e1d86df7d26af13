#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/corruption/pixel_likelihood.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar {

/// A corruption whose type is chosen when the program runs: it holds one of any type, and does exactly what that one
/// does, to the last bit. It is a `Corruption` itself, but not a `Channel`, even if it holds one: see `pixel_moments`.
/// A batch costs one virtual call; the loop over its images is that of the type held. Copies share the corruption,
/// which never changes, so they may be used from several threads at once.
///
///     const pstar::AnyCorruption corruption = by_name == "blur" ? pstar::AnyCorruption(Blur{2.0})
///                                                               : pstar::AnyCorruption(pstar::Replacement{0.5});
class AnyCorruption {
public:
    /// Holds a corruption of any type.
    template <class C>
    requires(!std::same_as<C, AnyCorruption>) && Corruption<C> AnyCorruption(C corruption)
        : held_(std::make_shared<const Held<C>>(std::move(corruption))) {}

    void validate() const { held_->validate(); }
    double strength() const { return held_->strength(); }
    /// Whether a `Channel` is held: a corruption of independent pixels, whose moments are known.
    bool is_pixelwise() const { return held_->is_pixelwise(); }
    /// The moments of the channel that is held; nothing for a spatial corruption.
    /// Throws std::invalid_argument as `PixelMoments` does.
    std::optional<PixelMoments> pixel_moments() const { return held_->pixel_moments(); }
    /// The likelihood of the channel that is held; nothing where it has none: see `HasLikelihood`.
    std::optional<PixelLikelihood> pixel_likelihood() const { return held_->pixel_likelihood(); }

    /// Writes the corrupted image to `out`: both (C, H, W), which do not overlap; pixels lie in [0, 1].
    void apply(View<const float> image, View<float> out, const RandomStream& noise) const {
        held_->corrupt(image.elements(), image.shape, out.elements(), noise);
    }
    void apply(View<const double> image, View<double> out, const RandomStream& noise) const {
        held_->corrupt(image.elements(), image.shape, out.elements(), noise);
    }

private:
    friend detail::ImagePass<AnyCorruption>;
    template <class Scalar>
    friend void corrupt_images(const Dataset&, std::span<const std::uint32_t>, const AnyCorruption&, const NoisePlace&,
                               View<Scalar>);

    using Bytes = std::span<const std::uint8_t>;
    using Indices = std::span<const std::uint32_t>;

    struct Interface {
        virtual ~Interface() = default;
        virtual void validate() const = 0;
        virtual double strength() const = 0;
        virtual bool is_pixelwise() const = 0;
        virtual std::optional<PixelMoments> pixel_moments() const = 0;
        virtual std::optional<PixelLikelihood> pixel_likelihood() const = 0;
        virtual void corrupt(Bytes, const Shape&, std::span<float>, const RandomStream&) const = 0;
        virtual void corrupt(Bytes, const Shape&, std::span<double>, const RandomStream&) const = 0;
        virtual void corrupt(std::span<const float>, const Shape&, std::span<float>, const RandomStream&) const = 0;
        virtual void corrupt(std::span<const double>, const Shape&, std::span<double>, const RandomStream&) const = 0;
        virtual void corrupt_images(const Dataset&, Indices, const NoisePlace&, View<float>) const = 0;
        virtual void corrupt_images(const Dataset&, Indices, const NoisePlace&, View<double>) const = 0;
    };

    template <class C>
    struct Held final : Interface {
        explicit Held(C held) : corruption(std::move(held)) {}
        void validate() const override { corruption.validate(); }
        double strength() const override { return static_cast<double>(corruption.strength()); }
        bool is_pixelwise() const override { return Channel<C>; }
        std::optional<PixelMoments> pixel_moments() const override {
            if constexpr (Channel<C>)
                return PixelMoments(corruption);
            else
                return std::nullopt;
        }
        std::optional<PixelLikelihood> pixel_likelihood() const override {
            if constexpr (HasLikelihood<C>)
                return PixelLikelihood(corruption);
            else
                return std::nullopt;
        }
        void corrupt(Bytes pixels, const Shape& shape, std::span<float> out, const RandomStream& noise) const override {
            pstar::corrupt(corruption, pixels, shape, out, noise);
        }
        void corrupt(Bytes pixels, const Shape& shape, std::span<double> out,
                     const RandomStream& noise) const override {
            pstar::corrupt(corruption, pixels, shape, out, noise);
        }
        void corrupt(std::span<const float> pixels, const Shape& shape, std::span<float> out,
                     const RandomStream& noise) const override {
            pstar::corrupt(corruption, pixels, shape, out, noise);
        }
        void corrupt(std::span<const double> pixels, const Shape& shape, std::span<double> out,
                     const RandomStream& noise) const override {
            pstar::corrupt(corruption, pixels, shape, out, noise);
        }
        void corrupt_images(const Dataset& data, Indices indices, const NoisePlace& place,
                            View<float> out) const override {
            pstar::corrupt_images(data, indices, corruption, place, out);
        }
        void corrupt_images(const Dataset& data, Indices indices, const NoisePlace& place,
                            View<double> out) const override {
            pstar::corrupt_images(data, indices, corruption, place, out);
        }
        C corruption;
    };

    std::shared_ptr<const Interface> held_;
};

namespace detail {

template <>
struct ImagePass<AnyCorruption> {
    template <class Pixel, class Scalar>
    static void run(const AnyCorruption& any, std::span<const Pixel> pixels, const Shape& shape, std::span<Scalar> out,
                    const RandomStream& noise, std::vector<Scalar>&) {
        if constexpr (std::is_same_v<Pixel, std::uint8_t> || std::is_same_v<Pixel, Scalar>) {
            any.held_->corrupt(pixels, shape, out, noise);
        } else {
            scale_pixels(pixels, out);
            any.held_->corrupt(std::span<const Scalar>(out), shape, out, noise);
        }
    }
};

}  // namespace detail

/// A batch through the corruption that is held: one virtual call.
template <class Scalar>
void corrupt_images(const Dataset& data, std::span<const std::uint32_t> indices, const AnyCorruption& any,
                    const NoisePlace& place, View<Scalar> out) {
    any.held_->corrupt_images(data, indices, place, out);
}

}  // namespace pstar
