#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include <pstar/autodiff/im2col.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/autodiff/tape.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/ntk/detail/layer_call.hpp>
#include <pstar/ntk/subject.hpp>

namespace pstar::detail {

/// How many images a kernel pairs, for counting operations: N of them in so many pairs.
struct ImageCount {
    double images, pairs;
};

/// A layer's share of the kernel is a sum over its parameters. With patches a_p (taps) of an image at pixels p and
/// cotangents d_p (out) of the layer's outputs there, the gradient of its weight is G = sum_p d_p a_p^T, of its bias
/// g = sum_p d_p, and
///     <G, G'> + <g, g'> = sum_pq (a_p . a'_q + 1) (d_p . d'_q).
/// So either G and g are formed and multiplied, or the patches among each other and the cotangents among each other. A
/// dense layer has one pixel, the latter is (A A^T + 1) o (D D^T).
struct LayerPlan {
    std::size_t taps, out, pixels;
    std::size_t sweeps, rows_per_image;
    bool as_gradients;

    /// Multiplications of both ways, all images and pairs together; the cheaper one is chosen.
    template <class Scalar>
    LayerPlan(const LayerCall<Scalar>& call, const Sweeps& subject, const ImageCount& count)
        : taps(call.taps()),
          out(call.out()),
          pixels(call.pixels()),
          sweeps(subject.count()),
          rows_per_image(subject.rows_per_image()) {
        const auto real = [](std::size_t value) { return static_cast<double>(value); };
        const double blocks = real(sweeps) * real(rows_per_image);  // of a pair: S^2, or S if they are summed
        const double gradients = count.images * real(sweeps * call.busy_pixels() * taps * out) +
                                 count.pairs * blocks * real(call.parameters());
        const double products = count.pairs * real(pixels * pixels) *
                                (real(taps) + blocks * real(out) + real(rows_per_image * rows_per_image));
        as_gradients = gradients < products;
    }
    bool summed() const { return rows_per_image != sweeps; }
    /// Of a row of `LayerFactors::rows` for one sweep, and how many such rows an image and sweep have.
    std::size_t width() const { return as_gradients ? out * (taps + 1) : out; }
    std::size_t depth() const { return as_gradients ? 1 : pixels; }
    std::size_t columns() const { return width() * (summed() ? sweeps : 1); }
    /// Elements that one image's factors have.
    std::size_t size() const { return rows_per_image * depth() * columns() + (as_gradients ? 0 : pixels * taps); }
};

/// One layer's factors for a block of images.
template <class Element>
struct LayerFactors {
    LayerPlan plan;
    Matrix<Element> inputs;  ///< a: (images pixels, taps); empty where gradients are formed
    Matrix<Element>
        rows;  ///< d: (images rows_per_image pixels, columns), or G with g: (images rows_per_image, columns)

    LayerFactors(const LayerPlan& layer, std::size_t images) : plan(layer) {
        const auto size = [](std::size_t extent) { return static_cast<Eigen::Index>(extent); };
        rows.resize(size(images * plan.rows_per_image * plan.depth()), size(plan.columns()));
        if (!plan.as_gradients) inputs.resize(size(images * plan.pixels), size(plan.taps));
    }
    /// Where sweep `s` of image `n` goes, at pixel `p`: width() elements.
    Element* place(std::size_t n, std::size_t s, std::size_t p = 0) {
        const auto row = ((plan.summed() ? n : n * plan.sweeps + s) * plan.depth() + p) * plan.columns();
        return rows.data() + row + (plan.summed() ? s * plan.width() : 0);
    }
};

/// Brings one layer's inputs and the cotangents of its outputs into the form that its plan needs. With `only_dense`
/// nothing is compiled for convolutions.
template <class Scalar, class Element, bool only_dense>
class LayerDigest {
public:
    /// The inputs of `call` are those of images first, first + 1, ... of the factors.
    LayerDigest(const LayerCall<Scalar>& call, std::size_t first, LayerFactors<Element>& factors)
        : call_(call), first_(first), images_(call.x.shape()[0]), factors_(factors) {
        const auto& plan = factors.plan;
        if (!call.is_dense()) kept_.resize(images_ * plan.sweeps * call.y.shape().columns());
        if (plan.as_gradients) return;
        if (call.is_dense())
            std::copy_n(call.x.value().data, images_ * plan.taps, factors.inputs.data() + first * plan.taps);
        else if constexpr (!only_dense)
            copy_patches();
    }
    /// The cotangents (images, ...) of the layer's outputs in sweep `s`.
    void take(std::size_t s, View<const Scalar> cotangents) {
        const auto& plan = factors_.plan;
        const auto size = cotangents.shape.columns();
        for (std::size_t n = 0; n < images_; ++n) {
            const Scalar* const d = cotangents.data + n * size;
            if (!call_.is_dense())  // convolutions look at them image by image, below
                std::copy_n(d, size, kept_.data() + (n * plan.sweeps + s) * size);
            else if (plan.as_gradients)
                outer_product(d, call_.x.value().data + n * plan.taps, factors_.place(first_ + n, s));
            else
                std::copy_n(d, size, factors_.place(first_ + n, s));
        }
    }
    /// After the last sweep. `tape` is scratch.
    void finish([[maybe_unused]] Tape<Scalar>& tape) {
        if constexpr (!only_dense) {
            if (call_.is_dense()) return;
            for (std::size_t n = 0; n < images_; ++n) {
                if (factors_.plan.as_gradients)
                    std::visit([&](const auto& op) { replay_gradients(op, n, tape); }, call_.op);
                else
                    replay_cotangents(n, tape);
            }
        }
    }

private:
    /// d a^T and d, as one row.
    void outer_product(const Scalar* d, const Scalar* a, Element* to) const {
        const auto& plan = factors_.plan;
        for (std::size_t o = 0; o < plan.out; ++o)
            for (std::size_t i = 0; i < plan.taps; ++i) to[o * plan.taps + i] = static_cast<Element>(d[o]) * a[i];
        std::copy_n(d, plan.out, to + plan.out * plan.taps);
    }
    View<const Scalar> image(std::size_t n) const {
        const auto x = call_.x.value();
        return {x.data + n * x.shape.columns(), {1, x.shape[1], x.shape[2], x.shape[3]}};
    }
    View<const Scalar> kept(std::size_t n, std::size_t s) const {
        const auto& y = call_.y.shape();
        return {kept_.data() + (n * factors_.plan.sweeps + s) * y.columns(), {1, y[1], y[2], y[3]}};
    }
    /// a: the columns of `im2col`, transposed.
    void copy_patches() {
        const auto& plan = factors_.plan;
        Matrix<Scalar> columns(static_cast<Eigen::Index>(plan.taps), static_cast<Eigen::Index>(plan.pixels));
        for (std::size_t n = 0; n < images_; ++n) {
            im2col(image(n).data, call_.x.shape()[1], call_.sliding(), columns.data());
            factors_.inputs.middleRows(static_cast<Eigen::Index>((first_ + n) * plan.pixels), columns.cols()) =
                columns.transpose().template cast<Element>();
        }
    }
    /// The layer alone, on one image: its weight's and bias's gradients for each sweep, by its own vjp.
    template <class Op>
    void replay_gradients(const Op& op, std::size_t n, Tape<Scalar>& tape) {
        tape.clear();
        const auto w = tape.input(call_.weight.value()), b = tape.input(call_.bias.value());
        const auto y = tape.record(op, {tape.constant(image(n)), w, b});
        for (std::size_t s = 0; s < factors_.plan.sweeps; ++s) {
            tape.backward(y, kept(n, s));
            Element* const to = factors_.place(first_ + n, s);
            const auto weight = tape.gradient(w).elements(), bias = tape.gradient(b).elements();
            std::copy(bias.begin(), bias.end(), std::copy(weight.begin(), weight.end(), to));
        }
    }
    /// The layer alone, on one image and step by step: the cotangents of its convolution.
    void replay_cotangents(std::size_t n, Tape<Scalar>& tape) {
        const auto& plan = factors_.plan;
        tape.clear();
        const auto z = conv2d(tape.constant(image(n)), tape.constant(call_.weight.value()),
                              tape.input(call_.bias.value()), call_.convolution());
        const auto* const fused = std::get_if<primitive::ConvPool<Scalar>>(&call_.op);
        const auto y = fused ? max_pool2d(activate(z, fused->phi)) : z;
        for (std::size_t s = 0; s < plan.sweeps; ++s) {
            tape.backward(y, kept(n, s));
            const Scalar* const d = tape.gradient(z).data;
            for (std::size_t p = 0; p < plan.pixels; ++p)
                for (std::size_t o = 0; o < plan.out; ++o)
                    factors_.place(first_ + n, s, p)[o] = static_cast<Element>(d[o * plan.pixels + p]);
        }
    }

    LayerCall<Scalar> call_;
    std::size_t first_, images_;
    LayerFactors<Element>& factors_;
    std::vector<Scalar> kept_;  // (images, sweeps, outputs of one image)
};

}  // namespace pstar::detail
