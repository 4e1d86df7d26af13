#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/math.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/detail/image_change.hpp>
#include <pstar/margin/gradient_by_value.hpp>

/// First order for any score of an image that one can write down on a tape.
namespace pstar {

/// A score of images: called with x (N, pixels) in [0, 1] and labels (N), it records s (N) on x's tape. Row n of s may
/// depend on row n of x alone, as a network's does: then one reverse sweep gives every image its own gradient.
template <class S, class Scalar>
concept ImageScore = requires(const S& score, Variable<Scalar> x, std::span<const Label> labels) {
    { score(x, labels) } -> std::same_as<Variable<Scalar>>;
};

/// An image's score s(x) and what a corruption does to it, to first order in the change of the pixels, g = grad_x s:
///     ds = <g, x' - x>,   E[ds] = sum_i g_i (E[x'_i] - x_i),   Var[ds] = g^T Cov[x'] g.
struct LinearisedScore {
    double score = 0;        ///< s(x) on the clean image
    double mean_change = 0;  ///< E[ds], exact for the corruption, clipping included
    double sd_change = 0;    ///< sqrt(Var[ds])

    /// P(s + ds < threshold), taking ds as normal (many pixels). With sd = 0 it is 1 or 0; reaching the threshold is
    /// not being below it. A score or mean that is NaN, or an sd that is not finite, counts as below.
    double probability_below(double threshold) const {
        const double excess = score + mean_change - threshold;
        if (std::isnan(excess) || !std::isfinite(sd_change)) return 1;
        return sd_change > 0 ? normal_cdf(-excess / sd_change) : excess >= 0 ? 0 : 1;
    }
};

/// A batch of clean images on a tape: images first, first + 1, ... of a data set as the differentiable input x.
template <class Scalar>
struct CleanBatch {
    std::size_t first;
    std::span<const Label> labels;
    Variable<Scalar> x;  ///< (N, pixels)
};

/// Calls `body(batch)` for batch after batch of `batch_size` clean images, in the data's order; one tape, reused.
template <class Scalar, class Body>
void for_each_clean_batch(const Dataset& data, std::size_t batch_size, const Body& body) {
    Tape<Scalar> tape;
    for_each_batch<Scalar>(data, Identity{}, {}, batch_size, [&](std::size_t first, const Batch<Scalar>& batch) {
        tape.clear();
        body(CleanBatch<Scalar>{first, batch.labels(), tape.input(batch.images())});
    });
}

/// Images whose scores and gradients are computed at once.
inline constexpr std::size_t score_batch = 256;

/// Calls `body(i, s, g)` for image after image: its score s(x_i) and gradient g (pixels) with respect to its pixels in
/// [0, 1]. One forward pass and one vjp a batch. `g` is the tape's memory: copy what is to be kept.
template <class Scalar, ImageScore<Scalar> Score, class Body>
void for_each_score_gradient(const Dataset& data, const Score& score, const Body& body) {
    const std::vector<Scalar> ones(score_batch, Scalar{1});
    data.validate();
    for_each_clean_batch<Scalar>(data, score_batch, [&](const CleanBatch<Scalar>& batch) {
        auto& tape = *batch.x.tape;
        const auto s = score(batch.x, batch.labels);
        const auto size = batch.labels.size(), pixels = data.pixels();
        require(s.shape() == Shape{size}, "for_each_score_gradient", "the score's shape", s.shape(),
                "be (N): one number per image");
        tape.backward(s, {ones.data(), s.shape()});
        const auto gradients = tape.gradient(batch.x).elements();
        for (std::size_t n = 0; n < size; ++n)
            body(batch.first + n, s.value().data[n], gradients.subspan(n * pixels, pixels));
    });
}

/// The linearised scores of all images under each of the channels: result[c][i]. Gradients do not depend on the
/// channel and are computed once. Throws std::invalid_argument where the score is not one number per image.
template <class Scalar, ImageScore<Scalar> Score>
std::vector<std::vector<LinearisedScore>> score_reports(const Dataset& data, const Score& score,
                                                        std::span<const PixelMoments> channels) {
    std::vector<std::vector<LinearisedScore>> reports(channels.size());
    for (auto& report : reports) report.reserve(data.size());
    GradientByValue by_value;
    for_each_score_gradient<Scalar>(data, score, [&](std::size_t i, Scalar s, std::span<const Scalar> gradient) {
        by_value.fill(gradient, data.image(i));
        for (std::size_t c = 0; c < channels.size(); ++c)
            reports[c].push_back({.score = static_cast<double>(s),
                                  .mean_change = by_value.mean_change(channels[c]),
                                  .sd_change = std::sqrt(by_value.variance(channels[c]))});
    });
    return reports;
}

/// The linearised scores of all images under one corruption, a `Channel` or one that `HasImageMoments`; e.g. of the
/// true class's log-probability:
///     score_report<float>(data, [&](auto x, auto labels) { return pick(log_softmax(net(x)), labels); }, channel)
template <class Scalar, ImageScore<Scalar> Score, class C>
std::vector<LinearisedScore> score_report(const Dataset& data, const Score& score, const C& corruption) {
    static_assert(detail::HasMoments<C>,
                  "score_report needs a pstar::Channel, or a corruption with the moments of whole images; see "
                  "pstar::HasImageMoments");
    if constexpr (Channel<C>)
        if (!data.has_floats()) {
            const PixelMoments moments(corruption);
            return score_reports<Scalar>(data, score, {&moments, 1}).front();
        }
    corruption.validate();
    std::vector<LinearisedScore> report;
    detail::ImageChange change(data);
    for_each_score_gradient<Scalar>(data, score, [&](std::size_t i, Scalar s, std::span<const Scalar> gradient) {
        change.fill(gradient, i);
        report.push_back({.score = static_cast<double>(s),
                          .mean_change = change.mean_change(corruption),
                          .sd_change = std::sqrt(change.variance(corruption))});
    });
    return report;
}

}  // namespace pstar
