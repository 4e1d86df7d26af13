#if defined(PSTAR_SET)

namespace pstar::detail::PSTAR_SET {

/// What `primitive::ConvPool` does.
template <class Scalar>
struct ConvPoolPasses {
    const ConvPoolSizes& sizes;
    Activation phi;

    /// The numbers of workspace: what is remembered, and scratch memory for one image that serves all modes in turn.
    std::size_t workspace() const {
        Pieces<Scalar> forward(nullptr), backward(nullptr);
        const ConvPoolMemory<Scalar> first(forward, sizes, needs_argument(phi));
        const ConvPoolMemory<Scalar> again(backward, sizes, needs_argument(phi));
        with_forward<FullLanes<Scalar>>(forward, [](const auto&) {});
        ConvPoolDerivative<Scalar>(sizes, phi, again, backward);
        return std::max(forward.taken(), backward.taken());
    }
    void forward(const Call<Scalar, 3>& call) const {
        Pieces<Scalar> scratch(call.workspace);
        const ConvPoolMemory<Scalar> memory(scratch, sizes, needs_argument(phi));
        const auto run = [&](Pieces<Scalar>& own, std::size_t first, std::size_t last) {
            with_lanes<Scalar>(sizes.out, [&]<class L>(L) {
                with_forward<L>(own, [&](auto pass) {
                    pass.run(call.x[0].data, call.x[1].data, call.x[2].data, call.y.data, memory, first, last);
                });
            });
        };
        for_ranges(sizes.images, 1, gemm_grain / sizes.work() + 1, [&](std::size_t first, std::size_t last) {
            if (last - first == sizes.images) return run(scratch, first, last);
            in_own_memory<Scalar>(
                [&](Pieces<Scalar>& counted) { with_forward<FullLanes<Scalar>>(counted, [](const auto&) {}); },
                [&](Pieces<Scalar>& own) { run(own, first, last); });
        });
    }
    void vjp(const Call<Scalar, 3>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 3>& dx) const {
        with_derivative(call, [&](auto derivative) { derivative.vjp(call, dy, dx); });
    }
    void jvp(const Call<Scalar, 3>& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) const {
        with_derivative(call, [&](auto derivative) { derivative.jvp(call, tx, ty); });
    }

private:
    /// body(forward pass), with the faster way to convolve.
    template <class L, class Body>
    void with_forward(Pieces<Scalar>& scratch, const Body& body) const {
        if (WinogradTiles<L>::suits(sizes))
            body(ConvPoolForward<L, WinogradTiles<L>>(sizes, phi, scratch));
        else
            body(ConvPoolForward<L, DirectTiles<L>>(sizes, phi, scratch));
    }
    template <class Body>
    void with_derivative(const Call<Scalar, 3>& call, const Body& body) const {
        Pieces<Scalar> scratch(call.workspace);
        const ConvPoolMemory<Scalar> memory(scratch, sizes, needs_argument(phi));
        body(ConvPoolDerivative<Scalar>(sizes, phi, memory, scratch));
    }
};

}  // namespace pstar::detail::PSTAR_SET

#elif !defined(PSTAR_AUTODIFF_DETAIL_CONV_POOL_PASSES_HPP)
#define PSTAR_AUTODIFF_DETAIL_CONV_POOL_PASSES_HPP

#include <algorithm>
#include <array>
#include <cstddef>

#include <pstar/autodiff/detail/conv_pool_derivative.hpp>
#include <pstar/autodiff/detail/conv_pool_forward.hpp>
#include <pstar/autodiff/detail/conv_pool_sizes.hpp>
#include <pstar/autodiff/detail/direct_tiles.hpp>
#include <pstar/autodiff/detail/winograd_tiles.hpp>
#include <pstar/autodiff/primitive.hpp>
#include <pstar/core/threads.hpp>

#define PSTAR_KERNELS <pstar/autodiff/detail/conv_pool_passes.hpp>
#include <pstar/core/detail/kernels/for_each_set.hpp>

#endif
