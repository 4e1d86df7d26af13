#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// The derivatives of a `conv_pool` around the outputs that won: each window's winner has a patch of the image, and all
/// that the derivatives need of the rest is nothing. Images are kept as (H, W, C) inside their border of zeros, weights
/// as (O, KH, padded KW C).
template <class Scalar>
class ConvPoolPatches {
public:
    ConvPoolPatches(const ConvPoolSizes& sizes, const std::uint8_t* winner, Pieces<Scalar>& scratch)
        : s_(sizes),
          winner_(winner),
          shape_{s_.kernel_h, s_.kernel_w * s_.channels, s_.padded_w * s_.channels},
          planes_(scratch.take(s_.input_size())),
          terms_(scratch.template take<PatchTerm<Scalar>>(s_.windows)),
          corners_(scratch.template take<std::uint32_t>(s_.windows)) {
        if (!corners_) return;
        for (std::size_t y = 0, window = 0; y < s_.pooled_h; ++y)
            for (std::size_t x = 0; x < s_.pooled_w; ++x)
                corners_[window++] = static_cast<std::uint32_t>(2 * (y * shape_.image_row + x * s_.channels));
    }

    std::size_t image_size() const { return s_.padded_h * shape_.image_row + 16; }  // 16: what the last vector reads on
    std::size_t kernel_size() const { return s_.kernel_h * shape_.padded_run(); }

    /// One image (C, H, W) into the inside of `image`.
    void load_image(const Scalar* x, Scalar* image) {
        const auto pixels = s_.height * s_.width, line = s_.width * s_.channels;
        transpose(x, pixels, s_.channels, pixels, planes_, s_.channels);
        for (std::size_t y = 0; y < s_.height; ++y) std::copy_n(planes_ + y * line, line, image + inside(y));
    }
    /// The inside of `image` as (C, H, W), added to beta times what is in `x`.
    void unload_image(const Scalar* image, Scalar* x, Scalar beta) {
        const auto pixels = s_.height * s_.width, line = s_.width * s_.channels;
        for (std::size_t y = 0; y < s_.height; ++y) std::copy_n(image + inside(y), line, planes_ + y * line);
        if (beta == 0) return transpose(planes_, s_.channels, pixels, s_.channels, x, pixels);
        for (std::size_t c = 0; c < s_.channels; ++c)
            for (std::size_t i = 0; i < pixels; ++i, ++x) *x = beta * *x + planes_[i * s_.channels + c];
    }
    /// Weights (O, I, KH, KW) into `kernels`, whose padding must be zero already.
    void load_kernels(const Scalar* w, Scalar* kernels) const {
        for_each_weight([&](std::size_t at, std::size_t i) { kernels[at] = w[i]; });
    }
    void unload_kernels(const Scalar* kernels, Scalar* w, Scalar beta) const {
        for_each_weight([&](std::size_t at, std::size_t i) { w[i] = kernels[at] + (beta == 0 ? 0 : beta * w[i]); });
    }

    /// The patches of the winners in channel o of image n, with the cotangents (windows) there, zeros left out.
    std::span<const PatchTerm<Scalar>> terms(std::size_t n, std::size_t o, const Scalar* cotangent) const {
        std::size_t count = 0;
        for_each_winner(n, o, [&](std::size_t window, std::uint32_t offset) {
            terms_[count] = {cotangent[window], offset};
            count += cotangent[window] != 0;
        });
        return {terms_, count};
    }
    /// body(window, offset of its winner's patch) for every window of channel o of image n.
    template <class Body>
    void for_each_winner(std::size_t n, std::size_t o, const Body& body) const {
        const auto row = s_.padded_out<Scalar>();
        const auto right = static_cast<std::uint32_t>(s_.channels), down = static_cast<std::uint32_t>(shape_.image_row);
        const std::array<std::uint32_t, 4> steps{0, right, down, down + right};
        const std::uint8_t* const winner = winner_ + n * s_.windows * row + o;
        for (std::size_t w = 0; w < s_.windows; ++w) body(w, corners_[w] + steps[winner[w * row]]);
    }
    const PatchShape& shape() const { return shape_; }

private:
    std::size_t inside(std::size_t y) const { return (y + s_.padding) * shape_.image_row + s_.padding * s_.channels; }
    /// body(place in the kernels, place in (O, I, KH, KW))
    template <class Body>
    void for_each_weight(const Body& body) const {
        std::size_t i = 0;
        for (std::size_t o = 0; o < s_.out; ++o)
            for (std::size_t c = 0; c < s_.channels; ++c)
                for (std::size_t ky = 0; ky < s_.kernel_h; ++ky)
                    for (std::size_t kx = 0; kx < s_.kernel_w; ++kx)
                        body((o * s_.kernel_h + ky) * shape_.padded_run() + kx * s_.channels + c, i++);
    }

    const ConvPoolSizes& s_;
    const std::uint8_t* winner_;
    PatchShape shape_;
    Scalar* planes_;
    PatchTerm<Scalar>* terms_;
    std::uint32_t* corners_;
};

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_CONV_POOL_PATCHES_HPP)
#define PSTAR_AUTODIFF_DETAIL_CONV_POOL_PATCHES_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/autodiff/detail/conv_patches.hpp>
#include <pstar/autodiff/detail/conv_pool_sizes.hpp>
#include <pstar/core/detail/kernels/transpose_kernel.hpp>

#define PSTAR_KERNELS <pstar/autodiff/detail/conv_pool_patches.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
