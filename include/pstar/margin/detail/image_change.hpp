#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/view.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/image_moments.hpp>
#include <pstar/data/dataset.hpp>

namespace pstar::detail {

/// What first-order predictions need from a corruption.
template <class C>
concept HasMoments = Channel<C> || HasImageMoments<C>;

/// What a corruption does to <g, x' - x>, on average, for one image after another: with the mean image m and the
/// covariance matrix V of x',
///     E = <g, m - x>,   Var = g^T V g.
/// For corruptions of whole images, and for channels on images that are not bytes (`GradientByValue` needs bytes).
class ImageChange {
public:
    /// Refers to the data.
    explicit ImageChange(const Dataset& data)
        : data_(data), shape_{data.channels(), data.height(), data.width()}, image_(data.pixels()), mean_(image_) {}

    /// Image `i` and the gradient g (pixels) of its score.
    template <class Scalar>
    void fill(std::span<const Scalar> gradient, std::size_t i) {
        require(gradient.size() == image_.size(), "ImageChange::fill", "gradient.size()", gradient.size(),
                "equal the number of pixels");
        const std::uint32_t index[] = {static_cast<std::uint32_t>(i)};
        corrupt_images(data_, index, Identity{}, {}, View<double>{image_.data(), {1, image_.size()}});
        gradient_.assign(gradient.begin(), gradient.end());
        square_ = 0;
        for (const double g : gradient_) square_ += g * g;
    }
    template <HasMoments C>
    double mean_change(const C& corruption) {
        if constexpr (Channel<C>)
            for (std::size_t p = 0; p < image_.size(); ++p) mean_[p] = corruption.mean(image_[p]);
        else
            corruption.mean(View<const double>{image_.data(), shape_}, View<double>{mean_.data(), shape_});
        double sum = 0;
        for (std::size_t p = 0; p < image_.size(); ++p) sum += gradient_[p] * (mean_[p] - image_[p]);
        require(std::isfinite(sum) || !std::isfinite(square_), "margins", "the corruption's <g, mean image - x>", sum,
                "be finite");
        return sum;
    }
    template <HasMoments C>
    double variance(const C& corruption) const {
        double sum = 0;
        if constexpr (Channel<C>)
            for (std::size_t p = 0; p < image_.size(); ++p)
                sum += gradient_[p] * gradient_[p] * corruption.variance(image_[p]);
        else
            sum = static_cast<double>(corruption.variance_along(View<const double>{image_.data(), shape_},
                                                                View<const double>{gradient_.data(), shape_}));
        require((sum >= -rounding * square_ && std::isfinite(sum)) || !std::isfinite(square_), "margins",
                "the corruption's variance along a gradient", sum, "be finite and not negative");
        return sum < 0 ? 0 : sum;
    }

private:
    static constexpr double rounding = 1e-12;
    const Dataset& data_;
    Shape shape_;
    std::vector<double> image_, mean_, gradient_;
    double square_ = 0;  // |g|^2; not finite where g is not
};

}  // namespace pstar::detail
