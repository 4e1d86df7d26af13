#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <sstream>

#include <pstar/autodiff/im2col.hpp>
#include <pstar/autodiff/sliding.hpp>
#include <pstar/autodiff/tape.hpp>
#include <pstar/core/blas.hpp>
#include <pstar/core/detail/kernels/sum_kernels.hpp>

namespace pstar {

/// How a convolution's kernel moves, the same in both directions.
struct Conv2dOptions {
    std::size_t stride = 1;   ///< step between positions, >= 1
    std::size_t padding = 0;  ///< rows and columns of zeros around the image
};

namespace primitive {

/// Y = X * W + b, a cross-correlation as in PyTorch's Conv2d: X (N, I, H, W), W (O, I, KH, KW), b (O), Y (N, O, OH,
/// OW),
///     Y[n, o, y, x] = b[o] + sum_{i, ky, kx} W[o, i, ky, kx] X[n, i, y s + ky - p, x s + kx - p],
/// X zero outside the image, OH = floor((H + 2p - KH)/s) + 1. Image by image it is the matrix product of W, seen as
/// (O, I KH KW), with the image's columns C_n (`im2col`), and the derivatives are products too:
///     dW = sum_n dY_n C_n^T,   db = sum dY,   dC_n = W^T dY_n, added up where `im2col` had copied from.
/// The workspace is the columns of a single image, whatever the batch.
template <class Scalar>
struct Conv2d {
    static constexpr std::size_t arity = 3;
    Conv2dOptions options;

    Shape shape(const std::array<Shape, 3>& s) const {
        require(s[0].rank() == 4, "conv2d", "the input's shape", s[0], "be (N, C, H, W)");
        require(s[1].rank() == 4, "conv2d", "the weight's shape", s[1], "be (O, I, KH, KW)");
        if (s[1][1] != s[0][1]) {
            std::ostringstream must;
            must << "have as many input channels as the image of shape " << s[0];
            require(false, "conv2d", "the weight's shape", s[1], must.str());
        }
        require(s[2].rank() == 1 && s[2][0] == s[1][0], "conv2d", "the bias's shape", s[2],
                "be (O), one for each output channel");
        const auto slide = sliding(s[0], s[1]);
        slide.check("conv2d", s[0]);
        return {s[0][0], s[1][0], slide.y.positions(), slide.x.positions()};
    }
    std::size_t workspace(const std::array<Shape, 3>& s) const {
        const auto slide = sliding(s[0], s[1]);
        return s[1].columns() * slide.y.positions() * slide.x.positions();
    }
    void forward(const Call<Scalar, 3>& call) const {
        fill_channels(call.x[2], call.y);
        add_products(call, call.x[0], call.x[1], call.y);
    }
    void vjp(const Call<Scalar, 3>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 3>& dx) const {
        const auto slide = sliding(call.x[0].shape, call.x[1].shape);
        const auto [images, out, taps, pixels] = sizes(call);
        const auto channels = call.x[0].shape[1], image_size = call.x[0].shape.columns();
        if (dx[0]) dx[0].scale();
        if (dx[1]) dx[1].scale();
        for (std::size_t n = 0; n < images; ++n) {
            const Scalar* const d = dy.data + n * out * pixels;
            if (dx[0]) {  // dC_n = W^T dY_n
                gemm<Scalar>(Transpose::yes, Transpose::no, taps, pixels, out, 1, call.x[1].data, d, 0, call.workspace);
                col2im(call.workspace, channels, slide, dx[0].into.data + n * image_size);
            }
            if (dx[1]) {  // dW += dY_n C_n^T
                im2col(call.x[0].data + n * image_size, channels, slide, call.workspace);
                gemm<Scalar>(Transpose::no, Transpose::yes, out, taps, pixels, 1, d, call.workspace, 1,
                             dx[1].into.data);
            }
        }
        if (dx[2]) {
            dx[2].scale();
            for (std::size_t row = 0; row < images * out; ++row)
                dx[2].into.data[row % out] += PSTAR_KERNEL(sum(dy.data + row * pixels, pixels));
        }
    }
    void jvp(const Call<Scalar, 3>& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) const {
        if (tx[2])
            fill_channels(tx[2], ty);
        else
            ty.array().setZero();
        if (tx[0]) add_products(call, tx[0], call.x[1], ty);
        if (tx[1]) add_products(call, call.x[0], tx[1], ty);
    }

private:
    struct Sizes {
        std::size_t images, out, taps, pixels;  // N, O, I KH KW, OH OW
    };
    static Sizes sizes(const Call<Scalar, 3>& call) {
        const auto& y = call.y.shape;
        return {y[0], y[1], call.x[1].shape.columns(), y[2] * y[3]};
    }
    Sliding2d sliding(const Shape& x, const Shape& w) const {
        return {{x[2], w[2], options.stride, options.padding}, {x[3], w[3], options.stride, options.padding}};
    }
    static void fill_channels(View<const Scalar> bias, View<Scalar> y) {
        const auto out = y.shape[1], pixels = y.shape[2] * y.shape[3];
        for (std::size_t row = 0; row < y.shape[0] * out; ++row)
            std::fill_n(y.data + row * pixels, pixels, bias.data[row % out]);
    }
    /// Y_n += W C_n for every image
    void add_products(const Call<Scalar, 3>& call, View<const Scalar> x, View<const Scalar> w, View<Scalar> y) const {
        const auto slide = sliding(x.shape, w.shape);
        const auto [images, out, taps, pixels] = sizes(call);
        for (std::size_t n = 0; n < images; ++n) {
            im2col(x.data + n * x.shape.columns(), x.shape[1], slide, call.workspace);
            gemm<Scalar>(Transpose::no, Transpose::no, out, pixels, taps, 1, w.data, call.workspace, 1,
                         y.data + n * out * pixels);
        }
    }
};

}  // namespace primitive

/// Two-dimensional convolution of images (N, I, H, W) with a weight (O, I, KH, KW) and a bias (O): (N, O, OH, OW).
/// Throws std::invalid_argument where the shapes do not fit, e.g. a kernel larger than the padded image.
template <class Scalar>
Variable<Scalar> conv2d(Variable<Scalar> x, Variable<Scalar> weight, Variable<Scalar> bias,
                        const Conv2dOptions& options = {}) {
    return x.tape->record(primitive::Conv2d<Scalar>{options}, {x, weight, bias});
}

}  // namespace pstar
