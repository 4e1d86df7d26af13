#pragma once

#include <array>
#include <cstddef>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/detail/conv_pool_passes.hpp>
#include <pstar/autodiff/detail/conv_pool_sizes.hpp>
#include <pstar/autodiff/pool2d.hpp>

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
        const detail::ConvPoolSizes sizes(s[0], s[1], padding);
        return PSTAR_KERNEL(ConvPoolPasses<Scalar>{sizes, phi}.workspace());
    }
    void forward(const Call<Scalar, 3>& call) const {
        const auto sizes = sizes_of(call);
        PSTAR_KERNEL(ConvPoolPasses<Scalar>{sizes, phi}.forward(call));
    }
    void vjp(const Call<Scalar, 3>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 3>& dx) const {
        const auto sizes = sizes_of(call);
        PSTAR_KERNEL(ConvPoolPasses<Scalar>{sizes, phi}.vjp(call, dy, dx));
    }
    void jvp(const Call<Scalar, 3>& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) const {
        const auto sizes = sizes_of(call);
        PSTAR_KERNEL(ConvPoolPasses<Scalar>{sizes, phi}.jvp(call, tx, ty));
    }

private:
    detail::ConvPoolSizes sizes_of(const Call<Scalar, 3>& call) const {
        return {call.x[0].shape, call.x[1].shape, padding};
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
