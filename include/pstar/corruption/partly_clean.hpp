#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <pstar/core/random.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/corruption.hpp>

namespace pstar {

template <Corruption C>
class PartlyClean;

/// An image that stays clean is scaled alone; the others pass as through the corruption itself.
template <class C>
struct detail::ImagePass<PartlyClean<C>> {
    template <class Pixel, class Scalar>
    static void run(const PartlyClean<C>& partly, std::span<const Pixel> pixels, const Shape& shape,
                    std::span<Scalar> out, const RandomStream& noise, std::vector<Scalar>& clean) {
        if (partly.stays_clean(noise))
            scale_pixels(pixels, out);
        else
            ImagePass<C>::run(partly.corruption(), pixels, shape, out, noise, clean);
    }
};

/// A corruption that some training images do not pass through: image i of the training set, whose noise is that of
/// `Stream::train_noise` and sample i, stays as it is in every epoch where clean[i]. All other images, and all those
/// whose noise is that of another stream (test images), are corrupted, to the last bit as by the corruption alone. A
/// spatial `Corruption`: whether a pixel changes depends on its image.
///
///     const pstar::PartlyClean through(pstar::Replacement{.p = 0.9}, {true, false, false});  // image 0 stays clean
///     pstar::train(net, three_images, through);
template <Corruption C>
class PartlyClean {
public:
    /// `clean[i]` says whether image i of the data set stays as it is.
    PartlyClean(C corruption, std::vector<bool> clean)
        : corruption_(std::move(corruption)), clean_(std::make_shared<const std::vector<bool>>(std::move(clean))) {}

    void validate() const { corruption_.validate(); }
    /// That of the corruption.
    double strength() const { return static_cast<double>(corruption_.strength()); }
    /// What the other images pass through.
    const C& corruption() const { return corruption_; }
    /// Whether the image with that noise is a training image that stays clean.
    bool stays_clean(const RandomStream& noise) const {
        return noise.stream == Stream::train_noise && noise.sample < clean_->size() && (*clean_)[noise.sample];
    }

    /// Writes the image, corrupted or not, to `out`: both (C, H, W), which do not overlap; pixels lie in [0, 1].
    template <class Scalar>
    void apply(View<const Scalar> image, View<Scalar> out, const RandomStream& noise) const {
        std::vector<Scalar> clean;
        detail::ImagePass<PartlyClean>::run(*this, image.elements(), image.shape, out.elements(), noise, clean);
    }

private:
    C corruption_;
    std::shared_ptr<const std::vector<bool>> clean_;  // copies share it
};

}  // namespace pstar
