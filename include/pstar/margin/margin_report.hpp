#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>
#include <span>
#include <vector>

#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/core/math.hpp>
#include <pstar/core/tensor.hpp>
#include <pstar/corruption/channel.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/detail/image_change.hpp>
#include <pstar/margin/detail/in_parts.hpp>
#include <pstar/margin/gradient_by_value.hpp>
#include <pstar/margin/score_report.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>

namespace pstar {

/// Whether an image with margin `margin` = f_y - f_k over runner-up k is misclassified. Where logits are equal the
/// first class wins, as in `predicted_class`: a margin of exactly zero is lost if and only if k < y. NaN is always
/// lost.
inline bool is_misclassified(double margin, std::size_t label, std::size_t runner_up) {
    return !(margin > 0) && !(margin == 0 && label < runner_up);
}

/// What one image's margin does under a corruption, to first order in the change of its pixels. With logits f, label y:
///     gamma(x) = f_y - max_{k != y} f_k,   g = grad_x gamma,   d gamma = <g, x' - x>
///     E[d gamma] = sum_i g_i (E[x'_i] - x_i),   Var[d gamma] = g^T Cov[x'] g
/// (of a channel sum_i g_i^2 Var[x'_i])
///     P(flip) = Phi(-(gamma + E[d gamma])/sd[d gamma])
/// P(flip) takes d gamma as normal (many pixels) and is the probability of ending on the wrong side, wherever the image
/// starts: images that are wrong already are no exception. With sd = 0 the ratios are +-infinity and P(flip) is 1 or 0,
/// by the sign of the numerator and, where that is zero, by the rule of `is_misclassified`. What is no number counts as
/// lost, as in `accuracy`: a margin or mean that is NaN, an sd that is not finite (weights or gradients that overflow).
struct ImageMargin {
    double margin = 0;            ///< gamma on the clean image; negative where the image is already wrong
    Label label = 0;              ///< y
    Label runner_up = 0;          ///< the best other class, the first of equal ones
    double mean_change = 0;       ///< E[d gamma], exact for the corruption, clipping included
    double sd_change = 0;         ///< sqrt(Var[d gamma])
    double flip_probability = 0;  ///< Phi(-shifted_ratio())

    /// Whether the clean image is misclassified.
    bool wrong() const { return is_misclassified(margin, label, runner_up); }
    /// gamma/sd, the zero-shift criterion: it leaves the mean out.
    double zero_shift_ratio() const { return over_sd(margin); }
    /// (gamma + E[d gamma])/sd.
    double shifted_ratio() const { return over_sd(margin + mean_change); }
    /// Phi(-gamma/sd): what the zero-shift criterion makes of P(flip).
    double zero_shift_probability() const { return normal_cdf(-zero_shift_ratio()); }

private:
    double over_sd(double expected) const {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        if (std::isnan(expected) || !std::isfinite(sd_change)) return -infinity;
        if (sd_change > 0) return expected / sd_change;
        return is_misclassified(expected, label, runner_up) ? -infinity : infinity;
    }
};

/// The margins of all images of a data set under one corruption, in the data's order.
struct MarginReport {
    double strength = 0;  ///< of the corruption
    std::vector<ImageMargin> images;

    /// Adds the images of another report on the same corruption.
    void append(const MarginReport& other) { images.insert(images.end(), other.images.begin(), other.images.end()); }
    /// The share of clean images that are classified correctly, ties by the rule of `is_misclassified`: that of
    /// `accuracy`.
    double clean_accuracy() const {
        return mean_of([](const ImageMargin& image) { return image.wrong() ? 0.0 : 1.0; });
    }
    /// The accuracy through the corruption that the linearised margins predict: the mean of 1 - P(flip).
    double predicted_accuracy() const {
        return mean_of([](const ImageMargin& image) { return 1 - image.flip_probability; });
    }
    /// The same with the zero-shift criterion, which leaves the mean shift out: the mean of Phi(gamma/sd).
    double zero_shift_accuracy() const {
        return mean_of([](const ImageMargin& image) { return 1 - image.zero_shift_probability(); });
    }

private:
    template <class Function>
    double mean_of(const Function& f) const {
        double sum = 0;
        for (const auto& image : images) sum += f(image);
        return images.empty() ? 0 : sum / static_cast<double>(images.size());
    }
};

/// How `margin_report` is computed; no option changes a number.
struct MarginOptions {
    std::size_t threads = 1;  ///< 0: all cores; see `with_threads`. In float no bit depends on it
};

/// One image's margin before any corruption, for `for_each_margin_gradient`.
template <class Scalar>
struct MarginGradient {
    std::size_t image;
    Label label, runner_up;
    Scalar margin;                     ///< NaN where any logit is
    std::span<const Scalar> gradient;  ///< (pixels), d gamma / d pixel in [0, 1]; valid until the next image
};

/// Calls `body(MarginGradient)` for image after image of `data`: one forward pass and one vjp a batch.
/// Throws std::invalid_argument where the data do not fit the network or the network has one output.
template <Network Net, class Body>
void for_each_margin_gradient(const Net& net, const Dataset& data, const Body& body) {
    using Scalar = typename Net::scalar_type;
    detail::check_fit("for_each_margin_gradient", net, data);
    Variable<Scalar> logits;
    std::size_t start = 0;  // of the batch in hand
    const auto margin = [&](Variable<Scalar> x, std::span<const Label> labels) {
        logits = net(x, net.parameters().record_constant(*x.tape));
        return pick(logits, labels) - max_except(logits, labels);
    };
    for_each_score_gradient<Scalar>(data, margin, [&](std::size_t i, Scalar gamma, std::span<const Scalar> gradient) {
        const auto rows = logits.value();
        if (i >= start + rows.shape[0]) start = i;
        const primitive::BestOther best_other{{data.labels.data() + start, rows.shape[0]}};
        const auto runner_up = static_cast<Label>(best_other.column(i - start, rows));
        const auto row = rows.elements().subspan((i - start) * net.outputs(), net.outputs());
        const bool lost = predicted_class(row) == row.size();  // some logit is NaN, not necessarily one of the two
        body(MarginGradient<Scalar>{i, data.label(i), runner_up,
                                    lost ? std::numeric_limits<Scalar>::quiet_NaN() : gamma, gradient});
    });
}

/// All margins' gradients (N, pixels): 784 numbers per image of 28 x 28, so for small data sets.
template <Network Net>
Tensor<typename Net::scalar_type, 2> margin_gradients(const Net& net, const Dataset& data) {
    using Scalar = typename Net::scalar_type;
    auto result = Tensor<Scalar, 2>::from_shape({data.size(), data.pixels()});
    for_each_margin_gradient(net, data, [&](const MarginGradient<Scalar>& image) {
        std::copy(image.gradient.begin(), image.gradient.end(), result.data() + image.image * data.pixels());
    });
    return result;
}

namespace detail {

inline ImageMargin image_margin(double margin, Label label, Label runner_up, double mean, double variance) {
    ImageMargin image{margin, label, runner_up, mean, std::sqrt(variance), 0};
    image.flip_probability = normal_cdf(-image.shifted_ratio());
    return image;
}

/// A report for each of `strengths`. `look_at(image)` is called with the `MarginGradient` of image after image, and
/// then `mean_change(c)` and `variance(c)` for corruption after corruption.
template <Network Net, class LookAt, class MeanChange, class Variance>
std::vector<MarginReport> collect_margins(const Net& net, const Dataset& data, std::span<const double> strengths,
                                          const LookAt& look_at, const MeanChange& mean_change,
                                          const Variance& variance) {
    std::vector<MarginReport> reports(strengths.size());
    for (std::size_t c = 0; c < strengths.size(); ++c) {
        reports[c].strength = strengths[c];
        reports[c].images.reserve(data.size());
    }
    for_each_margin_gradient(net, data, [&](const MarginGradient<typename Net::scalar_type>& image) {
        look_at(image);
        for (std::size_t c = 0; c < strengths.size(); ++c)
            reports[c].images.push_back(image_margin(static_cast<double>(image.margin), image.label, image.runner_up,
                                                     mean_change(c), variance(c)));
    });
    return reports;
}

}  // namespace detail

/// Margins on clean images and what each of the channels does to them, one report per channel. The gradients do not
/// depend on the channel: one forward pass and one vjp a batch serve all. See `ImageMargin`.
/// Throws std::invalid_argument where the data do not fit the network, or are not bytes.
template <Network Net>
std::vector<MarginReport> margin_reports(const Net& net, const Dataset& data, std::span<const PixelMoments> channels,
                                         const MarginOptions& options = {}) {
    std::vector<double> strengths;
    for (const auto& channel : channels) strengths.push_back(channel.strength);
    return detail::in_parts(data, score_batch, options.threads, [&](const Dataset& part) {
        GradientByValue by_value;
        return detail::collect_margins(
            net, part, strengths, [&](const auto& image) { by_value.fill(image.gradient, part.image(image.image)); },
            [&](std::size_t c) { return by_value.mean_change(channels[c]); },
            [&](std::size_t c) { return by_value.variance(channels[c]); });
    });
}

/// The same for a range of corruptions of one type, e.g. std::vector{Replacement{0.3}, Replacement{0.6}}: channels, or
/// corruptions that know the moments of whole images.
template <Network Net, std::ranges::input_range Corruptions>
requires detail::HasMoments<std::ranges::range_value_t<Corruptions>> std::vector<MarginReport> margin_reports(
    const Net& net, const Dataset& data, const Corruptions& corruptions, const MarginOptions& options = {}) {
    using C = std::ranges::range_value_t<Corruptions>;
    if constexpr (Channel<C>)
        if (!data.has_floats())
            return margin_reports(net, data, std::span<const PixelMoments>(pixel_moments(corruptions)), options);
    std::vector<C> all;
    std::vector<double> strengths;
    for (const C& corruption : corruptions) {
        corruption.validate();
        all.push_back(corruption);
        strengths.push_back(static_cast<double>(corruption.strength()));
    }
    return detail::in_parts(data, score_batch, options.threads, [&](const Dataset& part) {
        detail::ImageChange change(part);
        return detail::collect_margins(
            net, part, strengths, [&](const auto& image) { change.fill(image.gradient, image.image); },
            [&](std::size_t c) { return change.mean_change(all[c]); },
            [&](std::size_t c) { return change.variance(all[c]); });
    });
}

/// The same for one corruption: a `Channel`, or one that `HasImageMoments`.
template <Network Net, class C>
MarginReport margin_report(const Net& net, const Dataset& data, const C& corruption,
                           const MarginOptions& options = {}) {
    static_assert(
        detail::HasMoments<C>,
        "margin_report needs the moments of what the corruption does. Pixelwise: make it a pstar::Channel, with "
        "corruption(x, word), mean(x), variance(x), and without a member `apply`. Spatial: its pixels depend on "
        "one another, so give it the moments of whole images, mean(image, out) and variance_along(image, "
        "direction); see pstar::HasImageMoments. From an AnyCorruption take pixel_moments().");
    if constexpr (detail::HasMoments<C>)
        return margin_reports(net, data, std::span<const C>(&corruption, 1), options).front();
    else
        return {};
}

}  // namespace pstar
