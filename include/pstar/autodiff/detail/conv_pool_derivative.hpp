#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// Both derivatives of a `conv_pool`, image by image, by sums over its winners.
template <class Scalar>
class ConvPoolDerivative {
public:
    ConvPoolDerivative(const ConvPoolSizes& sizes, Activation phi, const ConvPoolMemory<Scalar>& memory,
                       Pieces<Scalar>& scratch)
        : s_(sizes),
          phi_(phi),
          memory_(memory),
          patches_(sizes, memory.winner, scratch),
          image_(scratch.take(patches_.image_size())),
          image_derivative_(scratch.take(patches_.image_size())),
          kernels_(scratch.take(kernels_size())),
          kernels_derivative_(scratch.take(kernels_size())),
          winners_(scratch.take(s_.output_size())) {}

    /// For another thread, in memory of its own: the same derivative, with the same kernels.
    ConvPoolDerivative(const ConvPoolDerivative& other, Pieces<Scalar>& scratch)
        : s_(other.s_),
          phi_(other.phi_),
          memory_(other.memory_),
          patches_(s_, memory_.winner, scratch),
          image_(scratch.take(patches_.image_size())),
          image_derivative_(scratch.take(patches_.image_size())),
          kernels_(other.kernels_),
          kernels_derivative_(other.kernels_derivative_),
          winners_(scratch.take(s_.output_size())) {}

    using Inputs = Call<Scalar, 3>;

    void vjp(const Inputs& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 3>& dx) {
        if (dx[0]) clear(kernels_), patches_.load_kernels(call.x[1].data, kernels_);
        if (dx[1]) clear(kernels_derivative_);
        if (dx[2]) dx[2].scale();
        with_lanes<Scalar>(patches_.shape().run, [&]<class L>(L) {
            if (thread_budget().threads <= 1 || s_.images * s_.work() < 2 * gemm_grain)
                return pull_back<L>({0, s_.images}, {0, s_.out}, call, dy, dx);
            // The sums over images are split by output channels: each is added up in the order of the images.
            const std::array<Cotangent<Scalar>, 3> of_parameters{{{}, dx[1], dx[2]}}, of_images{{dx[0], {}, {}}};
            if (dx[1] || dx[2])
                for_ranges(s_.out, 1, 1, [&](std::size_t first, std::size_t last) {
                    with_own([&](auto& own) {
                        own.template pull_back<L>({0, s_.images}, {first, last}, call, dy, of_parameters);
                    });
                });
            if (dx[0])
                for_ranges(s_.images, 1, 1, [&](std::size_t first, std::size_t last) {
                    with_own([&](auto& own) {
                        own.template pull_back<L>({first, last}, {0, s_.out}, call, dy, of_images);
                    });
                });
        });
        if (dx[1]) patches_.unload_kernels(kernels_derivative_, dx[1].into.data, dx[1].beta);
    }

    void jvp(const Inputs& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) {
        if (tx[0]) load_kernels(call.x[1], kernels_);
        if (tx[1]) load_kernels(tx[1], kernels_derivative_);
        for_ranges(s_.images, 1, gemm_grain / s_.work() + 1, [&](std::size_t first, std::size_t last) {
            if (last - first == s_.images) return push_forward(Range{first, last}, call, tx, ty);
            with_own([&](auto& own) { own.push_forward(Range{first, last}, call, tx, ty); });
        });
    }

private:
    struct Range {
        std::size_t first, last;
    };
    /// `body(own)` with one for the calling thread.
    template <class Body>
    void with_own(const Body& body) const {
        in_own_memory<Scalar>([&](Pieces<Scalar>& counted) { ConvPoolDerivative(*this, counted); },
                              [&](Pieces<Scalar>& pieces) {
                                  ConvPoolDerivative own(*this, pieces);
                                  body(own);
                              });
    }
    std::size_t kernels_size() const { return s_.out * patches_.kernel_size(); }
    void clear(Scalar* kernels) { std::fill_n(kernels, kernels_size(), Scalar{0}); }
    void clear_image(Scalar* image) { std::fill_n(image, patches_.image_size(), Scalar{0}); }
    void load_kernels(View<const Scalar> w, Scalar* kernels) {
        clear(kernels);
        patches_.load_kernels(w.data, kernels);
    }
    const Scalar* image_of(View<const Scalar> x, std::size_t n) const { return x.data + n * s_.input_size(); }

    /// The activation of image n's winners: its argument, where it is kept, and its value.
    Call<Scalar, 1> activation(const Inputs& call, std::size_t n) const {
        const auto at = n * s_.output_size();
        const Shape shape{s_.output_size()};
        const View<Scalar> value{call.y.data + at, shape};
        return {{memory_.argument ? View<const Scalar>{memory_.argument + at, shape} : View<const Scalar>(value)},
                value,
                nullptr};
    }

    /// The share of some images in dW and db of some output channels; their dX, for which all channels are needed.
    template <class L>
    void pull_back(Range images, Range channels, const Inputs& call, View<const Scalar> dy,
                   const std::array<Cotangent<Scalar>, 3>& dx) {
        const auto& shape = patches_.shape();
        if (dx[1]) clear_image(image_);
        for (auto n = images.first; n < images.last; ++n) {
            const auto phi = activation(call, n);
            const View<Scalar> dz{winners_, phi.y.shape};
            primitive::Activate<Scalar>{phi_}.vjp(phi, {dy.data + n * s_.output_size(), dz.shape}, {{{dz, 0}}});
            if (dx[0]) clear_image(image_derivative_);
            if (dx[1]) patches_.load_image(image_of(call.x[0], n), image_);
            for (auto o = channels.first; o < channels.last; ++o) {
                const auto terms = patches_.terms(n, o, dz.data + o * s_.windows);
                const auto kernel = o * patches_.kernel_size();
                if (dx[0]) scatter_patches<L>(shape, terms, image_derivative_, kernels_ + kernel);
                if (dx[1]) gather_patches<L>(shape, terms, image_, kernels_derivative_ + kernel);
                if (dx[2]) dx[2].into.data[o] += sum(dz.data + o * s_.windows, s_.windows);
            }
            if (dx[0]) patches_.unload_image(image_derivative_, dx[0].into.data + n * s_.input_size(), dx[0].beta);
        }
    }

    /// tY of image n: phi'(z) (<tX's patch, W_o> + <X's patch, tW_o> + tb_o) at each winner.
    void push_forward(Range images, const Inputs& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) {
        if (tx[0]) clear_image(image_derivative_);
        if (tx[1]) clear_image(image_);
        for (auto n = images.first; n < images.last; ++n) push_forward(n, call, tx, ty);
    }
    void push_forward(std::size_t n, const Inputs& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) {
        const auto& shape = patches_.shape();
        if (tx[0]) patches_.load_image(image_of(tx[0], n), image_derivative_);
        if (tx[1]) patches_.load_image(image_of(call.x[0], n), image_);
        for (std::size_t o = 0; o < s_.out; ++o) {
            const auto kernel = o * patches_.kernel_size();
            patches_.for_each_winner(n, o, [&](std::size_t window, std::uint32_t offset) {
                Scalar sum = tx[2] ? tx[2].data[o] : Scalar{0};
                if (tx[0]) sum += patch_product(shape, image_derivative_ + offset, kernels_ + kernel);
                if (tx[1]) sum += patch_product(shape, image_ + offset, kernels_derivative_ + kernel);
                winners_[o * s_.windows + window] = sum;
            });
        }
        const auto phi = activation(call, n);
        primitive::Activate<Scalar>{phi_}.jvp(phi, {View<const Scalar>{winners_, phi.y.shape}},
                                              {ty.data + n * s_.output_size(), phi.y.shape});
    }

    const ConvPoolSizes& s_;
    Activation phi_;
    ConvPoolMemory<Scalar> memory_;
    ConvPoolPatches<Scalar> patches_;
    Scalar *image_, *image_derivative_, *kernels_, *kernels_derivative_, *winners_;
};

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_CONV_POOL_DERIVATIVE_HPP)
#define PSTAR_AUTODIFF_DETAIL_CONV_POOL_DERIVATIVE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/detail/conv_pool_patches.hpp>
#include <pstar/autodiff/detail/conv_pool_sizes.hpp>
#include <pstar/autodiff/primitive.hpp>
#include <pstar/core/blas.hpp>
#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/core/threads.hpp>

#define PSTAR_KERNELS <pstar/autodiff/detail/conv_pool_derivative.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
