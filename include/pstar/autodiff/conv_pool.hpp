#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/detail/conv_pool_derivative.hpp>
#include <pstar/autodiff/detail/conv_pool_forward.hpp>
#include <pstar/autodiff/detail/conv_pool_sizes.hpp>
#include <pstar/autodiff/detail/direct_tiles.hpp>
#include <pstar/autodiff/detail/winograd_tiles.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/core/threads.hpp>

namespace pstar {

namespace primitive {

/// Y = max_pool2d(phi(conv2d(X, W, b))) with stride 1 and windows of 2 x 2, in one pass over the images:
/// X (N, I, H, W), W (O, I, KH, KW), b (O), Y (N, O, PH, PW), PH = floor((H + 2 padding - KH + 1)/2).
/// Of the convolution's outputs, four times as many as Y's elements, none is kept: one byte for each element of Y says
/// which of its four won. The derivatives go through the winners alone,
///     dz = dY phi'(z) at each winner,   dW_o = sum dz patch,   db_o = sum dz,   dX's patch += dz W_o,
/// a quarter of a convolution's work each, and less where dz = 0.
template <class Scalar>
struct ConvPool {
    static constexpr std::size_t arity = 3;
    Activation phi;
    std::size_t padding;

    Shape shape(const std::array<Shape, 3>& s) const {
        return MaxPool2d<Scalar>{{.kernel = 2}}.shape({Conv2d<Scalar>{{.padding = padding}}.shape(s)});
    }
    std::size_t workspace(const std::array<Shape, 3>& s) const {
        const Sizes sizes(s[0], s[1], padding);
        Pieces forward(nullptr), backward(nullptr);
        const Memory first(forward, sizes, detail::needs_argument(phi));
        const Memory again(backward, sizes, detail::needs_argument(phi));
        with_forward<simd::FullLanes<Scalar>>(sizes, forward, [](const auto&) {});
        detail::ConvPoolDerivative<Scalar>(sizes, phi, again, backward);
        return std::max(forward.taken(), backward.taken());
    }
    void forward(const Call<Scalar, 3>& call) const {
        with_pieces(call, [&](const Sizes& sizes, const Memory& memory, Pieces& scratch) {
            const auto run = [&](Pieces& memory_to_work_in, std::size_t first, std::size_t last) {
                simd::with_lanes<Scalar>(sizes.out, [&]<class L>(L) {
                    with_forward<L>(sizes, memory_to_work_in, [&](auto pass) {
                        pass.run(call.x[0].data, call.x[1].data, call.x[2].data, call.y.data, memory, first, last);
                    });
                });
            };
            const auto part = [&](std::size_t first, std::size_t last) {
                if (last - first == sizes.images) return run(scratch, first, last);
                detail::in_own_memory<Scalar>(
                    [&](Pieces& counted) { with_forward<simd::FullLanes<Scalar>>(sizes, counted, [](const auto&) {}); },
                    [&](Pieces& own) { run(own, first, last); });
            };
            detail::for_ranges(sizes.images, 1, detail::gemm_grain / sizes.work() + 1, part);
        });
    }
    void vjp(const Call<Scalar, 3>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 3>& dx) const {
        with_pieces(call, [&](const Sizes& sizes, const Memory& memory, Pieces& scratch) {
            detail::ConvPoolDerivative<Scalar>(sizes, phi, memory, scratch).vjp(call, dy, dx);
        });
    }
    void jvp(const Call<Scalar, 3>& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) const {
        with_pieces(call, [&](const Sizes& sizes, const Memory& memory, Pieces& scratch) {
            detail::ConvPoolDerivative<Scalar>(sizes, phi, memory, scratch).jvp(call, tx, ty);
        });
    }

private:
    using Sizes = detail::ConvPoolSizes;
    using Memory = detail::ConvPoolMemory<Scalar>;
    using Pieces = detail::Pieces<Scalar>;

    /// body(forward pass), with the faster way to convolve.
    template <class L, class Body>
    void with_forward(const Sizes& sizes, Pieces& scratch, const Body& body) const {
        if (detail::WinogradTiles<L>::suits(sizes))
            body(detail::ConvPoolForward<L, detail::WinogradTiles<L>>(sizes, phi, scratch));
        else
            body(detail::ConvPoolForward<L, detail::DirectTiles<L>>(sizes, phi, scratch));
    }
    /// The workspace as what is remembered and scratch memory for one image; the latter serves all modes in turn.
    template <class Body>
    void with_pieces(const Call<Scalar, 3>& call, const Body& body) const {
        const Sizes sizes(call.x[0].shape, call.x[1].shape, padding);
        Pieces pieces(call.workspace);
        const Memory memory(pieces, sizes, detail::needs_argument(phi));
        body(sizes, memory, pieces);
    }
};

}  // namespace primitive

/// max_pool2d(activate(conv2d(x, weight, bias, {.padding = padding}), phi)) with windows of 2 x 2, the block that
/// convolutional networks are made of, faster and in less memory than the three one after the other.
/// Throws std::invalid_argument as they do.
template <class Scalar>
Variable<Scalar> conv_pool(Variable<Scalar> x, Variable<Scalar> weight, Variable<Scalar> bias, Activation phi,
                           std::size_t padding = 0) {
    return x.tape->record(primitive::ConvPool<Scalar>{phi, padding}, {x, weight, bias});
}

#ifdef PSTAR_COMPILED
extern template Variable<float> conv_pool(Variable<float>, Variable<float>, Variable<float>, Activation, std::size_t);
#endif

}  // namespace pstar
