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

/// What one image's margin does under a channel, to first order in the change of its pixels. With logits f, label y:
///     gamma(x) = f_y - max_{k != y} f_k,   g = grad_x gamma,   d gamma = <g, x' - x>
///     E[d gamma] = sum_i g_i (E[x'_i] - x_i),   Var[d gamma] = sum_i g_i^2 Var[x'_i]
///     P(flip) = Phi(-(gamma + E[d gamma])/sd[d gamma])
/// P(flip) takes d gamma as normal (many pixels) and is the probability of ending on the wrong side, wherever the image
/// starts: images that are wrong already are no exception. With sd = 0 the ratios are +-infinity and P(flip) is 1 or 0,
/// by the sign of the numerator and, where that is zero, by the rule of `is_misclassified`; likewise for a margin that
/// is NaN.
struct ImageMargin {
    double margin = 0;            ///< gamma on the clean image; negative where the image is already wrong
    Label label = 0;              ///< y
    Label runner_up = 0;          ///< the best other class, the first of equal ones
    double mean_change = 0;       ///< E[d gamma], exact for the channel, clipping included
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
        if (sd_change > 0 && !std::isnan(expected)) return expected / sd_change;
        const double infinity = std::numeric_limits<double>::infinity();
        return is_misclassified(expected, label, runner_up) ? -infinity : infinity;
    }
};

/// The margins of all images of a data set under one channel, in the data's order.
struct MarginReport {
    double strength = 0;  ///< of the channel
    std::vector<ImageMargin> images;

    /// The share of clean images that are classified correctly, ties by the rule of `is_misclassified`: that of
    /// `accuracy`.
    double clean_accuracy() const {
        return mean_of([](const ImageMargin& image) { return image.wrong() ? 0.0 : 1.0; });
    }
    /// The accuracy through the channel that the linearised margins predict: the mean of 1 - P(flip).
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

/// One image's margin before any channel, for `for_each_margin_gradient`.
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

/// All margins' gradients (N, pixels): 784 numbers an image of 28 x 28, so for data that are small.
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

}  // namespace detail

/// Margins on clean images and what each of the channels does to them, a report a channel. The gradients do not depend
/// on the channel: one forward pass and one vjp a batch serve all. See `ImageMargin`.
/// Throws std::invalid_argument where the data do not fit the network.
template <Network Net>
std::vector<MarginReport> margin_reports(const Net& net, const Dataset& data, std::span<const PixelMoments> channels) {
    using Scalar = typename Net::scalar_type;
    std::vector<MarginReport> reports(channels.size());
    for (std::size_t c = 0; c < channels.size(); ++c) {
        reports[c].strength = channels[c].strength;
        reports[c].images.reserve(data.size());
    }
    GradientByValue by_value;
    for_each_margin_gradient(net, data, [&](const MarginGradient<Scalar>& image) {
        by_value.fill(image.gradient, data.image(image.image));
        for (std::size_t c = 0; c < channels.size(); ++c)
            reports[c].images.push_back(detail::image_margin(static_cast<double>(image.margin), image.label,
                                                             image.runner_up, by_value.mean_change(channels[c]),
                                                             by_value.variance(channels[c])));
    });
    return reports;
}

/// The same for a range of channels of one type, e.g. std::vector{Replacement{0.3}, Replacement{0.6}}.
template <Network Net, std::ranges::input_range Channels>
requires Channel<std::ranges::range_value_t<Channels>> std::vector<MarginReport> margin_reports(
    const Net& net, const Dataset& data, const Channels& channels) {
    return margin_reports(net, data, std::span<const PixelMoments>(pixel_moments(channels)));
}

/// The same for one channel.
template <Network Net, Channel C>
MarginReport margin_report(const Net& net, const Dataset& data, const C& channel) {
    const PixelMoments moments(channel);
    return margin_reports(net, data, std::span<const PixelMoments>(&moments, 1)).front();
}

}  // namespace pstar
