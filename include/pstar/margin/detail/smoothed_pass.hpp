#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <deque>
#include <span>
#include <variant>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/activation_moments.hpp>
#include <pstar/margin/detail/smoothed_steps.hpp>
#include <pstar/margin/logit_law.hpp>
#include <pstar/margin/max_moments.hpp>

namespace pstar::detail {

/// An activation's mean value and slope, both computed before: y = value, dx = slope dy.
template <class Scalar>
struct SmoothedActivate {
    static constexpr std::size_t arity = 1;
    const Scalar *values, *slopes;

    Shape shape(const std::array<Shape, 1>& s) const { return s[0]; }
    void forward(const Call<Scalar, 1>& call) const { std::copy_n(values, call.y.size(), call.y.data); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (dx[0]) dx[0].accumulate(dy.array() * View<const Scalar>{slopes, call.y.shape}.array());
    }
    void jvp(const Call<Scalar, 1>&, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        ty.array() = tx[0].array() * View<const Scalar>{slopes, ty.shape}.array();
    }
};

/// The mean of each window's maximum, and for each element the share with which it is the largest, both computed
/// before: y = value, dx_k = share_k dy.
template <class Scalar>
struct SmoothedMaxPool2d {
    static constexpr std::size_t arity = 1;
    Pool2dOptions options;
    const Scalar *values, *shares;  // (windows), (windows, elements)

    Shape shape(const std::array<Shape, 1>& s) const { return PoolWindows::output("max_pool2d", s[0], options); }
    void forward(const Call<Scalar, 1>& call) const { std::copy_n(values, call.y.size(), call.y.data); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        dx[0].scale();
        for_each_share(call, [&](std::size_t window, std::size_t i, Scalar share) {
            dx[0].into.data[i] += share * dy.data[window];
        });
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        ty.array().setZero();
        for_each_share(
            call, [&](std::size_t window, std::size_t i, Scalar share) { ty.data[window] += share * tx[0].data[i]; });
    }

private:
    template <class Body>
    void for_each_share(const Call<Scalar, 1>& call, const Body& body) const {
        const auto& image = call.x[0].shape;
        const PoolWindows windows(image, options);
        const Scalar* share = shares;
        windows.for_each(image[0] * image[1], [&](std::size_t window, std::size_t first) {
            windows.for_each_element(first, [&](std::size_t i) { body(window, i, *share++); });
        });
    }
};

/// Passes means and variances of batches of images through the steps of a network. What is recorded on the tape is the
/// network with mean slopes and shares in place of slopes and winners: its value is the mean, its Jacobian J.
template <class Scalar>
class SmoothedPass {
public:
    /// Refers to all of its arguments.
    SmoothedPass(const std::vector<SmoothedStep<Scalar>>& steps, const PixelMoments& channel)
        : steps_(steps), channel_(channel) {}

    /// Calls `body(i, LogitLaw)` for the images first <= i < last.
    template <class Body>
    void run(const Dataset& data, std::size_t first, std::size_t last, const Body& body) {
        const auto images = last - first, pixels = data.pixels();
        tape_.clear();
        used_ = 0;
        auto& mean = memory(images * pixels);
        auto& variance = memory(images * pixels);
        for (std::size_t i = 0; i < images; ++i) {
            const auto image = data.image(first + i);
            for (std::size_t j = 0; j < pixels; ++j) {
                mean[i * pixels + j] = static_cast<Scalar>(image[j] / 255.0 + channel_.shift[image[j]]);
                variance[i * pixels + j] = static_cast<Scalar>(channel_.variance[image[j]]);
            }
        }
        const auto x = mean_ = tape_.input({mean.data(), {images, pixels}});
        variance_ = {variance.data(), mean_.shape()};
        covariance_ = {};
        for (const auto& step : steps_) std::visit([&](const auto& op) { apply(op, step); }, step.op);
        const auto classes = mean_.shape().columns();
        find_jacobians(x, images, classes);
        LogitLaw law{Vector<double>(static_cast<Eigen::Index>(classes)), {}};
        for (std::size_t i = 0; i < images; ++i) {
            for (std::size_t k = 0; k < classes; ++k)
                law.mean[static_cast<Eigen::Index>(k)] = static_cast<double>(mean_.value().data[i * classes + k]);
            sums_.covariance(jacobian_.data() + i * classes * pixels, variance.data() + i * pixels, pixels, law);
            body(first + i, law);
        }
    }

private:
    using Step = SmoothedStep<Scalar>;

    /// (images, K, pixels), by one vjp for each logit.
    void find_jacobians(Variable<Scalar> x, std::size_t images, std::size_t classes) {
        const auto pixels = x.shape().columns();
        jacobian_.resize(images * classes * pixels);
        std::vector<Scalar> seed;
        for (std::size_t k = 0; k < classes; ++k) {
            seed.assign(images * classes, Scalar{0});
            for (std::size_t i = 0; i < images; ++i) seed[i * classes + k] = 1;
            tape_.backward(mean_, {seed.data(), mean_.shape()});
            const Scalar* const gradient = tape_.gradient(x).data;
            for (std::size_t i = 0; i < images; ++i)
                std::copy_n(gradient + i * pixels, pixels, jacobian_.data() + (i * classes + k) * pixels);
        }
    }

    // Memory that lives until the next batch.
    std::vector<Scalar>& memory(std::size_t size) {
        if (used_ == memory_.size()) memory_.emplace_back();
        auto& next = memory_[used_++];
        next.assign(size, Scalar{0});
        return next;
    }
    Variable<Scalar> constant(View<const Scalar> view) { return tape_.constant(view); }
    /// The outputs of a layer with `kernels` in place of its weight and no bias, for inputs `variance_`.
    template <class Op>
    View<const Scalar> through(const Op& op, const Step& step, const std::vector<Scalar>& kernels) {
        auto shape = step.weight.shape;
        const auto out = kernels.size() / shape.columns();
        shape = shape.rank() == 2 ? Shape{out, shape[1]} : Shape{out, shape[1], shape[2], shape[3]};
        return tape_
            .record(op, {constant(variance_), constant({kernels.data(), shape}), constant({memory(out).data(), {out}})})
            .value();
    }
    void record_affine(const auto& op, const Step& step) {
        mean_ = tape_.record(op, {mean_, constant(step.weight), constant(step.bias)});
    }
    /// view <- factor(c) view in the planes of channel c
    template <class Factor>
    View<const Scalar> scaled(View<const Scalar> view, std::size_t channels, const Factor& factor) {
        if (!view) return view;
        auto& result = memory(view.size());
        const auto blocks = view.shape.rank() == 4 ? view.shape[1] / channels : 1;
        const auto planes = view.shape.rows() * blocks * channels, size = view.size() / planes;
        for (std::size_t plane = 0; plane < planes; ++plane)
            for (std::size_t i = plane * size; i < (plane + 1) * size; ++i)
                result[i] = factor(plane % channels) * view.data[i];
        return {result.data(), view.shape};
    }

    void apply(const primitive::Dense<Scalar>& op, const Step& step) {
        record_affine(op, step);
        variance_ = through(op, step, step.squares);
        covariance_ = {};
    }
    void apply(const primitive::Conv2d<Scalar>& op, const Step& step) {
        record_affine(op, step);
        covariance_ = step.products.empty() ? View<const Scalar>{} : through(op, step, step.products);
        variance_ = through(op, step, step.squares);
    }
    void apply(const primitive::Normalise<Scalar>& op, const Step& step) {
        record_affine(op, step);
        const auto factor = [&](std::size_t c) {
            return step.weight.data[c] * step.weight.data[c] / (op.variance[c] + op.eps);
        };
        variance_ = scaled(variance_, step.weight.size(), factor);
        covariance_ = scaled(covariance_, step.weight.size(), factor);
    }
    void apply(const primitive::Standardise<Scalar>& op, const Step&) {
        mean_ = tape_.record(op, {mean_});
        variance_ = scaled(variance_, op.mean.size(), [&](std::size_t c) { return 1 / (op.stddev[c] * op.stddev[c]); });
        covariance_ = {};
    }
    /// It was recorded for one image.
    void apply(const primitive::Reshape<Scalar>& op, const Step&) {
        std::array<std::size_t, Shape::max_rank> extents{mean_.shape().rows()};
        for (std::size_t axis = 1; axis < op.to.rank(); ++axis) extents[axis] = op.to[axis];
        mean_ = reshape(mean_, Shape(std::span<const std::size_t>(extents.data(), op.to.rank())));
        variance_.shape = mean_.shape();
        covariance_ = {};
    }
    void apply(const primitive::AvgPool2d<Scalar>& op, const Step&) {
        const PoolWindows windows(mean_.shape(), op.options);
        mean_ = tape_.record(op, {mean_});
        const auto pooled = tape_.record(op, {constant(variance_)}).value();
        const auto share = Scalar{1} / static_cast<Scalar>(windows.elements());
        variance_ = scaled(pooled, pooled.shape[1], [&](std::size_t) { return share; });
        covariance_ = {};
    }
    void apply(const primitive::Activate<Scalar>& op, const Step&) {
        covariance_ = {};
        if (op.phi.kind() == ActivationKind::linear) return;
        const auto size = variance_.size();
        auto &values = memory(size), &slopes = memory(size), &variances = memory(size);
        const Scalar* const mean = mean_.value().data;
        for (std::size_t i = 0; i < size; ++i) {
            const double sd = std::sqrt(std::max(static_cast<double>(variance_.data[i]), 0.0));
            const auto moments = activation_moments(op.phi, static_cast<double>(mean[i]), sd);
            values[i] = not_subnormal<Scalar>(moments.mean);
            variances[i] = not_subnormal<Scalar>(moments.variance);
            slopes[i] = not_subnormal<Scalar>(moments.slope);
        }
        mean_ = tape_.record(SmoothedActivate<Scalar>{values.data(), slopes.data()}, {mean_});
        variance_ = {variances.data(), mean_.shape()};
    }
    void apply(const primitive::MaxPool2d<Scalar>& op, const Step&) {
        const auto shape = mean_.shape();
        const PoolWindows windows(shape, op.options);
        const auto planes = shape[0] * shape[1], elements = windows.elements();
        const auto count = planes * windows.slide.y.positions() * windows.slide.x.positions();
        auto &values = memory(count), &variances = memory(count), &shares = memory(count * elements);
        const Scalar* const mean = mean_.value().data;
        std::vector<double> m(elements), c(elements * elements), share(elements);
        const auto neighbours = covariance_ ? covariances_of(windows, shape) : std::vector<std::size_t>{};
        const auto plane_size = shape[2] * shape[3], offsets = covariance_ ? covariance_.shape[1] / shape[1] : 0;
        windows.for_each(planes, [&](std::size_t window, std::size_t first) {
            const auto plane = first / plane_size;
            // of the first offset; those of the next are shape[1] planes behind
            const auto shift = (plane / shape[1] * (offsets - (offsets > 0)) * shape[1]) * plane_size;
            std::size_t k = 0;
            windows.for_each_element(first, [&](std::size_t i) {
                m[k] = static_cast<double>(mean[i]);
                c[k * elements + k] = std::max(static_cast<double>(variance_.data[i]), 0.0);
                for (std::size_t j = 0; covariance_ && j < k; ++j)
                    c[j * elements + k] =
                        static_cast<double>(covariance_.data[first + shift + neighbours[j * elements + k]]);
                ++k;
            });
            const auto largest = max_moments(
                m, [&](std::size_t j, std::size_t l) { return c[j * elements + l]; }, share);
            values[window] = static_cast<Scalar>(largest.mean);
            variances[window] = not_subnormal<Scalar>(largest.variance);
            for (std::size_t e = 0; e < elements; ++e) shares[window * elements + e] = not_subnormal<Scalar>(share[e]);
        });
        mean_ = tape_.record(SmoothedMaxPool2d<Scalar>{op.options, values.data(), shares.data()}, {mean_});
        variance_ = {variances.data(), mean_.shape()};
        covariance_ = {};
    }
    /// Where `covariance_` has the covariance of elements j < k of a window, counted from the window's first element in
    /// the image's first offset: (elements, elements).
    static std::vector<std::size_t> covariances_of(const PoolWindows& windows, const Shape& shape) {
        const auto side = windows.slide.x.kernel, elements = windows.elements();
        const auto offsets = window_offsets(side);
        std::vector<std::size_t> places(elements * elements);
        for (std::size_t k = 0; k < elements; ++k)
            for (std::size_t j = 0; j < k; ++j) {
                const std::pair apart(k / side - j / side,
                                      static_cast<std::ptrdiff_t>(k % side) - static_cast<std::ptrdiff_t>(j % side));
                const auto offset = static_cast<std::size_t>(std::ranges::find(offsets, apart) - offsets.begin());
                places[j * elements + k] =
                    offset * shape[1] * shape[2] * shape[3] + j / side * windows.row() + j % side;
            }
        return places;
    }

    const std::vector<Step>& steps_;
    const PixelMoments& channel_;
    Tape<Scalar> tape_;
    Variable<Scalar> mean_;
    View<const Scalar> variance_, covariance_;  // (N, ...); (N, offsets C, H, W), or nothing: independent
    std::deque<std::vector<Scalar>> memory_;
    std::size_t used_ = 0;
    std::vector<Scalar> jacobian_;
    IndependentSums<Scalar> sums_;
};

}  // namespace pstar::detail
