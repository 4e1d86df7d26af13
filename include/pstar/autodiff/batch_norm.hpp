#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/core/error.hpp>

namespace pstar {

/// Where the statistics of a batch go, one number per channel: into <- kept into + (1 - kept) statistic. The variance
/// is the unbiased one, as in PyTorch's running statistics. Not wanted where null.
template <class Scalar>
struct RunningStatistics {
    Scalar* mean = nullptr;      ///< (C)
    Scalar* variance = nullptr;  ///< (C)
    Scalar kept = 0;             ///< in [0, 1); PyTorch's 1 - momentum

    /// Adds one batch's mean and variance of channel c to the running ones.
    void take(std::size_t c, Scalar batch_mean, Scalar batch_variance) const {
        const auto add = [&](Scalar& into, Scalar value) { into = kept * into + (1 - kept) * value; };
        if (mean) add(mean[c], batch_mean);
        if (variance) add(variance[c], batch_variance);
    }
};

namespace detail {

/// A tensor (N, C) or (N, C, H, W) as N C rows of H W numbers; row r belongs to channel r mod C.
struct ChannelRows {
    std::size_t images, channels, pixels;

    explicit ChannelRows(const Shape& x) : images(x[0]), channels(x[1]), pixels(x.size() / (x[0] * x[1])) {}

    /// Numbers that belong to one channel.
    std::size_t count() const { return images * pixels; }
    template <class Scalar>
    auto row(View<Scalar> x, std::size_t r) const {
        return View<Scalar>{x.data + r * pixels, Shape{pixels}}.array();
    }
    /// The sum of row r.
    template <class Scalar>
    auto total(View<Scalar> x, std::size_t r) const {
        return PSTAR_KERNEL(sum(static_cast<const Scalar*>(x.data) + r * pixels, pixels));
    }
    /// body(row, its channel)
    template <class Body>
    void for_each(const Body& body) const {
        for (std::size_t r = 0; r < images * channels; ++r) body(r, r % channels);
    }
    /// sums_c = sum of term(row, channel) over the rows of channel c
    template <class Scalar, class Term>
    void sum(Scalar* sums, const Term& term) const {
        std::fill_n(sums, channels, Scalar{0});
        for_each([&](std::size_t r, std::size_t c) { sums[c] += term(r, c); });
    }
    static Shape check(const char* where, const std::array<Shape, 3>& s) {
        require((s[0].rank() == 2 || s[0].rank() == 4) && s[0].size() > 0, where, "the input's shape", s[0],
                "be (N, C) or (N, C, H, W), none of them 0");
        for (const auto i : {std::size_t{1}, std::size_t{2}})
            require(s[i] == Shape{s[0][1]}, where, i == 1 ? "the weight's shape" : "the bias's shape", s[i],
                    "be (C), one for each channel of the input");
        return s[0];
    }
};

}  // namespace detail

namespace primitive {

/// y = w (x - mean_c)/sqrt(var_c + eps) + b over each channel c of the batch: X (N, C) or (N, C, H, W), w (C), b (C).
/// The mean and the (biased) variance are over the M = N H W numbers of the channel. With h = (x - mean)/sqrt(var +
/// eps):
///     db = sum dy,   dw = sum dy h,   dx = w/sqrt(var + eps) (dy - db/M - h dw/M)
///     ty = w/sqrt(var + eps) (tx - mean(tx) - h mean(h tx)) + tw h + tb
/// The workspace keeps mean and 1/sqrt(var + eps), and has room for two sums per channel.
/// Source: Ioffe & Szegedy, arXiv:1502.03167, algorithm 1 and section 3.
template <class Scalar>
struct BatchNorm {
    static constexpr std::size_t arity = 3;
    Scalar eps;
    RunningStatistics<Scalar> statistics;

    Shape shape(const std::array<Shape, 3>& s) const {
        const auto x = detail::ChannelRows::check("batch_norm", s);
        require(detail::ChannelRows(x).count() >= 2, "batch_norm", "the input's shape", x,
                "have at least 2 numbers per channel; in training, leave no batch of one sample");
        return x;
    }
    std::size_t workspace(const std::array<Shape, 3>& s) const { return 4 * s[0][1]; }

    void forward(const Call<Scalar, 3>& call) const {
        const auto x = call.x[0], w = call.x[1], b = call.x[2];
        const detail::ChannelRows rows(x.shape);
        const Memory m(call);
        const auto count = static_cast<Scalar>(rows.count());
        rows.sum(m.mean, [&](std::size_t r, std::size_t) { return rows.total(x, r); });
        for (std::size_t c = 0; c < rows.channels; ++c) m.mean[c] /= count;
        rows.sum(m.scale, [&](std::size_t r, std::size_t c) { return (rows.row(x, r) - m.mean[c]).square().sum(); });
        for (std::size_t c = 0; c < rows.channels; ++c) {
            statistics.take(c, m.mean[c], m.scale[c] / (count - 1));
            m.scale[c] = 1 / std::sqrt(m.scale[c] / count + eps);
        }
        rows.for_each([&](std::size_t r, std::size_t c) {
            rows.row(call.y, r) = (rows.row(x, r) - m.mean[c]) * (m.scale[c] * w.data[c]) + b.data[c];
        });
    }
    void vjp(const Call<Scalar, 3>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 3>& dx) const {
        const auto x = call.x[0], w = call.x[1];
        const detail::ChannelRows rows(x.shape);
        const Memory m(call);
        const auto count = static_cast<Scalar>(rows.count());
        rows.sum(m.first, [&](std::size_t r, std::size_t) { return rows.total(dy, r); });
        rows.sum(m.second, [&](std::size_t r, std::size_t c) {
            return (rows.row(dy, r) * (rows.row(x, r) - m.mean[c])).sum() * m.scale[c];
        });
        if (dx[0])
            rows.for_each([&](std::size_t r, std::size_t c) {
                const Scalar factor = w.data[c] * m.scale[c], slope = m.scale[c] * m.second[c] / count;
                const Cotangent<Scalar> to{{dx[0].into.data + r * rows.pixels, {rows.pixels}}, dx[0].beta};
                to.accumulate(factor * (rows.row(dy, r) - m.first[c] / count - (rows.row(x, r) - m.mean[c]) * slope));
            });
        if (dx[1]) dx[1].accumulate(View<const Scalar>{m.second, w.shape}.array());
        if (dx[2]) dx[2].accumulate(View<const Scalar>{m.first, w.shape}.array());
    }
    void jvp(const Call<Scalar, 3>& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) const {
        const auto x = call.x[0], w = call.x[1];
        const detail::ChannelRows rows(x.shape);
        const Memory m(call);
        const auto count = static_cast<Scalar>(rows.count());
        if (tx[0]) {
            rows.sum(m.first, [&](std::size_t r, std::size_t) { return rows.total(tx[0], r); });
            rows.sum(m.second, [&](std::size_t r, std::size_t c) {
                return (rows.row(tx[0], r) * (rows.row(x, r) - m.mean[c])).sum() * m.scale[c];
            });
        }
        rows.for_each([&](std::size_t r, std::size_t c) {
            auto to = rows.row(ty, r);
            const auto h = (rows.row(x, r) - m.mean[c]) * m.scale[c];
            to.setConstant(tx[2] ? tx[2].data[c] : Scalar{0});
            if (tx[1]) to += tx[1].data[c] * h;
            if (tx[0])
                to += w.data[c] * m.scale[c] * (rows.row(tx[0], r) - m.first[c] / count - h * (m.second[c] / count));
        });
    }

private:
    struct Memory {
        Scalar *mean, *scale, *first, *second;  // (C) each; scale = 1/sqrt(var + eps)
        explicit Memory(const Call<Scalar, 3>& call)
            : mean(call.workspace),
              scale(mean + call.x[1].size()),
              first(scale + call.x[1].size()),
              second(first + call.x[1].size()) {}
    };
};

/// The same with a mean and a variance that are given: y = w (x - mean_c)/sqrt(var_c + eps) + b, sample by sample.
///     db = sum dy,   dw = sum dy h,   dx = w/sqrt(var + eps) dy;   ty = w/sqrt(var + eps) tx + tw h + tb
template <class Scalar>
struct Normalise {
    static constexpr std::size_t arity = 3;
    Scalar eps;
    const Scalar *mean, *variance;  // (C)

    Shape shape(const std::array<Shape, 3>& s) const { return detail::ChannelRows::check("normalise", s); }

    void forward(const Call<Scalar, 3>& call) const {
        const auto x = call.x[0], w = call.x[1], b = call.x[2];
        const detail::ChannelRows rows(x.shape);
        rows.for_each([&](std::size_t r, std::size_t c) {
            rows.row(call.y, r) = (rows.row(x, r) - mean[c]) * (scale(c) * w.data[c]) + b.data[c];
        });
    }
    void vjp(const Call<Scalar, 3>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 3>& dx) const {
        const auto x = call.x[0], w = call.x[1];
        const detail::ChannelRows rows(x.shape);
        for (const auto i : {std::size_t{1}, std::size_t{2}})
            if (dx[i]) dx[i].scale();
        rows.for_each([&](std::size_t r, std::size_t c) {
            if (dx[0])
                Cotangent<Scalar>{{dx[0].into.data + r * rows.pixels, {rows.pixels}}, dx[0].beta}.accumulate(
                    rows.row(dy, r) * (w.data[c] * scale(c)));
            if (dx[1]) dx[1].into.data[c] += (rows.row(dy, r) * (rows.row(x, r) - mean[c])).sum() * scale(c);
            if (dx[2]) dx[2].into.data[c] += rows.total(dy, r);
        });
    }
    void jvp(const Call<Scalar, 3>& call, const std::array<View<const Scalar>, 3>& tx, View<Scalar> ty) const {
        const auto x = call.x[0], w = call.x[1];
        const detail::ChannelRows rows(x.shape);
        rows.for_each([&](std::size_t r, std::size_t c) {
            auto to = rows.row(ty, r);
            to.setConstant(tx[2] ? tx[2].data[c] : Scalar{0});
            if (tx[1]) to += (rows.row(x, r) - mean[c]) * (scale(c) * tx[1].data[c]);
            if (tx[0]) to += rows.row(tx[0], r) * (w.data[c] * scale(c));
        });
    }

private:
    Scalar scale(std::size_t c) const { return 1 / std::sqrt(variance[c] + eps); }
};

}  // namespace primitive

/// Batch normalisation with the statistics of the batch, which also go to `statistics` (PyTorch's BatchNorm in
/// training): x (N, C) or (N, C, H, W), weight (C), bias (C), eps > 0. A sample's result depends on the whole batch.
/// Throws std::invalid_argument where the shapes do not fit or a channel has a single number.
template <class Scalar>
Variable<Scalar> batch_norm(Variable<Scalar> x, Variable<Scalar> weight, Variable<Scalar> bias,
                            std::type_identity_t<Scalar> eps = static_cast<Scalar>(1e-5),
                            const RunningStatistics<Scalar>& statistics = {}) {
    require(eps > 0, "batch_norm", "eps", eps, "be positive");
    return x.tape->record(primitive::BatchNorm<Scalar>{eps, statistics}, {x, weight, bias});
}

/// The same with given statistics, mean (C) and variance (C) (PyTorch's BatchNorm in evaluation). Refers to both.
template <class Scalar>
Variable<Scalar> normalise(Variable<Scalar> x, Variable<Scalar> weight, Variable<Scalar> bias,
                           View<const std::type_identity_t<Scalar>> mean,
                           View<const std::type_identity_t<Scalar>> variance,
                           std::type_identity_t<Scalar> eps = static_cast<Scalar>(1e-5)) {
    require(eps > 0, "normalise", "eps", eps, "be positive");
    for (const auto& [name, view] : {std::pair{"the mean's shape", mean}, {"the variance's shape", variance}})
        require(view.shape == weight.shape(), "normalise", name, view.shape, "equal the weight's");
    return x.tape->record(primitive::Normalise<Scalar>{eps, mean.data, variance.data}, {x, weight, bias});
}

}  // namespace pstar
