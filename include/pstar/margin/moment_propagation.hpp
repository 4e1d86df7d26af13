#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/matrix.hpp>
#include <pstar/corruption/pixel_moments.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/margin/activation_moments.hpp>
#include <pstar/margin/detail/in_parts.hpp>
#include <pstar/margin/detail/smoothed_pass.hpp>
#include <pstar/margin/detail/smoothed_steps.hpp>
#include <pstar/margin/failure_prediction.hpp>
#include <pstar/margin/logit_law.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/margin/runner_ups.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/network.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/statistics/orthant.hpp>

/// The law of a network's logits when the pixels of an image are random, from means and variances passed through the
/// layers.
namespace pstar {

/// What of the law of pre-activations is kept. In all of them the first layer is exact, mean W m + b and variance
/// W^2 v, each pre-activation is taken as normal, and an activation's mean, variance and mean slope are exact for that
/// (`activation_moments`).
///
/// - `diagonal`: the units of a layer are taken as independent, so variances alone pass on ("fast dropout": Wang &
///   Manning, ICML 2013; assumed density filtering: Minka 2001; Hernandez-Lobato & Adams, ICML 2015);
/// - `smoothed_jacobian`: variances as before; the logits' covariance is J diag(v) J^T with J = W_L D_{L-1} ... D_1
/// W_1,
///   D_l the mean slopes of layer l;
/// - `full`: covariances of units, too: W C W^T through a layer, and through an activation the sum of
///   `ActivationMoments` up to the sixth order (Mehler's formula).
///
/// The first and the last are of MLPs. `smoothed_jacobian` is also of networks that are a chain of dense and
/// convolutional layers, activations by name, pooling, batch normalisation (with its running statistics), dropout
/// (which passes images on), standardisation and reshaping: `Cnn`, a `Sequential` or your own, also within `AnyNetwork`
/// and `Standardised`. There, J is the Jacobian with mean slopes, and for max pooling the probabilities of each element
/// to be the largest (`max_moments`), with the covariances of neighbours that share inputs; max pooling comes before an
/// activation that keeps the order, which changes no value. Nothing but the logits' covariance knows of other
/// correlations: with convolutions, linear activations and average pooling it is exact. What fluctuates about mean
/// slopes and shares is left out: behind a layer of max pooling over near equals the variance is too small, by half in
/// the tests.
///
/// What they cost: see docs/margins.md.
enum class MomentMethod { diagonal, smoothed_jacobian, full };

namespace detail {

/// Passes the moments of a batch of images through the layers of an MLP.
template <class Scalar>
class MomentPropagation {
public:
    MomentPropagation(const Mlp<Scalar>& net, const PixelMoments& channel, MomentMethod method)
        : net_(net), channel_(channel), method_(method) {
        for (std::size_t l = 0; l < net.layers(); ++l) {
            const auto weight = net.parameters()[2 * l].elements();
            squares_.emplace_back(weight.begin(), weight.end());
            for (Scalar& w : squares_.back()) w *= w;
        }
        if (method == MomentMethod::full) prepare_first_layer();
    }

    /// Calls `body(i, LogitLaw)` for the images first <= i < last.
    template <class Body>
    void run(const Dataset& data, std::size_t first, std::size_t last, const Body& body) {
        const auto images = last - first, pixels = net_.inputs();
        mean_.resize(images * pixels);
        variance_.resize(images * pixels);
        for (std::size_t i = 0; i < images; ++i) {
            const auto image = data.image(first + i);
            for (std::size_t j = 0; j < pixels; ++j) {
                mean_[i * pixels + j] = static_cast<Scalar>(image[j] / 255.0 + channel_.shift[image[j]]);
                variance_[i * pixels + j] = static_cast<Scalar>(channel_.variance[image[j]]);
            }
        }
        if (method_ == MomentMethod::full)
            for (std::size_t i = 0; i < images; ++i) body(first + i, full_law(data.image(first + i), i));
        else
            batch_laws(images, [&](std::size_t i, const LogitLaw& law) { body(first + i, law); });
    }

private:
    std::size_t width(std::size_t l) const { return net_.widths()[l]; }
    const Scalar* weights(std::size_t l) const { return net_.parameters()[2 * l].data; }

    /// to (rows, width(l + 1)) <- from (rows, width(l)) W_l^T + b_l
    void affine(std::size_t l, std::size_t rows, const Scalar* from, std::vector<Scalar>& to) const {
        const auto bias = net_.parameters()[2 * l + 1].elements();
        to.resize(rows * bias.size());
        for (std::size_t i = 0; i < rows; ++i)
            std::copy(bias.begin(), bias.end(), to.begin() + static_cast<std::ptrdiff_t>(i * bias.size()));
        gemm(Transpose::no, Transpose::yes, rows, bias.size(), width(l), Scalar{1}, from, weights(l), Scalar{1},
             to.data());
    }
    ActivationMoments moments_at(Scalar mean, Scalar variance) const {
        return activation_moments(net_.activation(), static_cast<double>(mean),
                                  std::sqrt(std::max(static_cast<double>(variance), 0.0)));
    }

    // Unit by unit, for a batch.
    template <class Body>
    void batch_laws(std::size_t images, const Body& body) {
        const auto hidden = net_.layers() - 1;
        slopes_.resize(hidden);
        auto mean = mean_, variance = variance_;
        std::vector<Scalar> next_mean, next_variance;
        for (std::size_t l = 0; l < hidden; ++l) {
            affine(l, images, mean.data(), next_mean);
            next_variance.assign(next_mean.size(), Scalar{0});
            gemm(Transpose::no, Transpose::yes, images, width(l + 1), width(l), Scalar{1}, variance.data(),
                 squares_[l].data(), Scalar{0}, next_variance.data());
            slopes_[l].resize(next_mean.size());
            for (std::size_t i = 0; i < next_mean.size(); ++i) {
                const auto moments = moments_at(next_mean[i], next_variance[i]);
                next_mean[i] = not_subnormal<Scalar>(moments.mean);
                next_variance[i] = not_subnormal<Scalar>(moments.variance);
                slopes_[l][i] = not_subnormal<Scalar>(moments.slope);
            }
            mean.swap(next_mean);
            variance.swap(next_variance);
        }
        std::vector<Scalar> logits;
        affine(hidden, images, mean.data(), logits);
        const bool through_all = method_ == MomentMethod::smoothed_jacobian;
        if (through_all) jacobians(images);
        const auto classes = net_.outputs();
        LogitLaw law{Vector<double>(static_cast<Eigen::Index>(classes)), {}};
        for (std::size_t i = 0; i < images; ++i) {
            for (std::size_t k = 0; k < classes; ++k)
                law.mean[static_cast<Eigen::Index>(k)] = static_cast<double>(logits[i * classes + k]);
            if (through_all)
                sums_.covariance(jacobian_.data() + i * classes * net_.inputs(), variance_.data() + i * net_.inputs(),
                                 net_.inputs(), law);
            else
                sums_.covariance(weights(hidden), variance.data() + i * width(hidden), width(hidden), law);
            body(i, law);
        }
    }
    /// jacobian_ (images * K, pixels)
    void jacobians(std::size_t images) {
        const auto classes = net_.outputs();
        auto l = net_.layers() - 1;
        jacobian_.resize(images * classes * width(l));
        for (std::size_t i = 0; i < images; ++i)
            std::copy_n(weights(l), classes * width(l),
                        jacobian_.begin() + static_cast<std::ptrdiff_t>(i * classes * width(l)));
        std::vector<Scalar> next;
        while (l-- > 0) {
            const auto units = width(l + 1);
            for (std::size_t row = 0; row < images * classes; ++row)
                for (std::size_t u = 0; u < units; ++u)
                    jacobian_[row * units + u] *= slopes_[l][row / classes * units + u];
            next.assign(images * classes * width(l), Scalar{0});
            gemm(Transpose::no, Transpose::no, images * classes, width(l), units, Scalar{1}, jacobian_.data(),
                 weights(l), Scalar{0}, next.data());
            jacobian_.swap(next);
        }
    }

    // With covariances, image by image.

    /// Most pixels are black and have one variance v_0: C = v_0 W W^T and what the others have beside it.
    void prepare_first_layer() {
        const auto units = width(1), pixels = width(0);
        all_black_.assign(units * units, Scalar{0});
        gemm(Transpose::no, Transpose::yes, units, units, pixels, static_cast<Scalar>(channel_.variance[0]), weights(0),
             weights(0), Scalar{0}, all_black_.data());
        columns_.resize(pixels * units);
        for (std::size_t u = 0; u < units; ++u)
            for (std::size_t j = 0; j < pixels; ++j) columns_[j * units + u] = weights(0)[u * pixels + j];
    }
    void first_covariance(std::span<const std::uint8_t> image) {
        const auto units = width(1);
        covariance_ = all_black_;
        some_.clear(), weighted_.clear();
        std::size_t others = 0;
        for (std::size_t j = 0; j < image.size(); ++j) {
            const auto beside = static_cast<Scalar>(channel_.variance[image[j]] - channel_.variance[0]);
            if (image[j] == 0 || beside == 0) continue;
            const auto* const column = columns_.data() + j * units;
            some_.insert(some_.end(), column, column + units);
            for (std::size_t u = 0; u < units; ++u) weighted_.push_back(beside * column[u]);
            ++others;
        }
        if (others > 0)
            gemm(Transpose::yes, Transpose::no, units, units, others, Scalar{1}, weighted_.data(), some_.data(),
                 Scalar{1}, covariance_.data());
    }
    /// covariance_ of pre-activations becomes that of activations; `mean` as well.
    void through_activation(std::vector<Scalar>& mean) {
        using Row = Eigen::Array<Scalar, 1, Eigen::Dynamic>;
        constexpr auto orders = ActivationMoments::orders;
        const auto units = static_cast<Eigen::Index>(mean.size());
        Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> c(covariance_.data(), units,
                                                                                            units);
        std::array<Row, orders> hermite;
        for (auto& row : hermite) row = Row::Zero(units);
        Row variance(units), inverse(units);
        for (Eigen::Index u = 0; u < units; ++u) {
            auto& unit_mean = mean[static_cast<std::size_t>(u)];
            const auto moments = moments_at(unit_mean, c(u, u));
            const double sd = std::sqrt(std::max(static_cast<double>(c(u, u)), 0.0)), nothing = 1e-6 * sd;  // likewise
            double factorial = 1;
            for (std::size_t n = 1; n < orders; ++n) {
                factorial *= static_cast<double>(n);
                const double coefficient = moments.hermite[n] / std::sqrt(factorial);
                if (!(std::abs(coefficient) < nothing)) hermite[n][u] = static_cast<Scalar>(coefficient);
            }
            unit_mean = not_subnormal<Scalar>(moments.mean);
            variance[u] = not_subnormal<Scalar>(moments.variance);
            inverse[u] = sd > 0 ? static_cast<Scalar>(1 / sd) : Scalar{0};
        }
        Row rho(units), sum(units);
        for (Eigen::Index u = 0; u < units; ++u) {
            const auto before = [u](Row& row) { return row.head(u + 1); };
            before(rho) = (c.row(u).head(u + 1) * inverse.head(u + 1) * inverse[u]).max(Scalar{-1}).min(Scalar{1});
            before(sum) = before(rho) * hermite[orders - 1][u] * before(hermite[orders - 1]);
            for (std::size_t n = orders - 1; n-- > 1;)
                before(sum) = before(rho) * (before(sum) + hermite[n][u] * before(hermite[n]));
            c.row(u).head(u + 1) = before(sum);
            c(u, u) = variance[u];
        }
        for (Eigen::Index u = 0; u < units; ++u)
            c.row(u).tail(units - u - 1) = c.col(u).tail(units - u - 1).transpose();
    }
    LogitLaw full_law(std::span<const std::uint8_t> image, std::size_t i) {
        const auto layers = net_.layers();
        std::vector<Scalar> mean, next, half;
        affine(0, 1, mean_.data() + i * width(0), mean);
        first_covariance(image);
        for (std::size_t l = 1; l < layers; ++l) {
            through_activation(mean);
            affine(l, 1, mean.data(), next);
            mean.swap(next);
            const auto in = width(l), out = width(l + 1);
            half.assign(out * in, Scalar{0});
            gemm(Transpose::no, Transpose::no, out, in, in, Scalar{1}, weights(l), covariance_.data(), Scalar{0},
                 half.data());
            covariance_.assign(out * out, Scalar{0});
            gemm(Transpose::no, Transpose::yes, out, out, in, Scalar{1}, half.data(), weights(l), Scalar{0},
                 covariance_.data());
        }
        LogitLaw law{Vector<double>(static_cast<Eigen::Index>(mean.size())), {}};
        for (std::size_t k = 0; k < mean.size(); ++k)
            law.mean[static_cast<Eigen::Index>(k)] = static_cast<double>(mean[k]);
        set_covariance(covariance_, law);
        return law;
    }

    const Mlp<Scalar>& net_;
    const PixelMoments& channel_;
    MomentMethod method_;
    std::vector<std::vector<Scalar>> squares_, slopes_;
    std::vector<Scalar> mean_, variance_, jacobian_;
    IndependentSums<Scalar> sums_;
    std::vector<Scalar> all_black_, columns_, covariance_, some_, weighted_;
};

/// The steps of a network that moments pass through.
template <Network Net>
auto require_smoothed_steps(const char* where, const Net& net, MomentMethod method) {
    require(method == MomentMethod::smoothed_jacobian, where, "method", static_cast<int>(method),
            "be MomentMethod::smoothed_jacobian (= 1) where the network is no Mlp with an Activation");
    auto steps = smoothed_steps(net);
    require(steps.has_value(), where, "net", "a network with other layers",
            "be a chain of dense and convolutional layers, activations by name, pooling, batch normalisation, dropout "
            "and reshaping: linear_at_mean takes any network");
    return std::move(*steps);
}
template <class Scalar, class Body>
void for_each_smoothed_law(const std::vector<SmoothedStep<Scalar>>& steps, const Dataset& data,
                           const PixelMoments& channel, const Body& body) {
    SmoothedPass<Scalar> pass(steps, channel);
    for (std::size_t first = 0; first < data.size(); first += runner_up_batch)
        pass.run(data, first, std::min(first + runner_up_batch, data.size()), body);
}

/// P(failure) of an image of label y: that some margin f_y - f_k of the normal law is lost.
inline double failure_probability(const LogitLaw& logits, Label label, RunnerUpLaw& margins) {
    const auto y = static_cast<Eigen::Index>(label), others = logits.mean.size() - 1;
    margins.mean.resize(others);
    margins.covariance.resize(others, others);
    const auto other = [&](Eigen::Index k) { return k < y ? k : k + 1; };
    for (Eigen::Index k = 0; k < others; ++k) {
        margins.mean[k] = logits.mean[y] - logits.mean[other(k)];
        for (Eigen::Index l = 0; l < others; ++l)
            margins.covariance(k, l) = logits.covariance(y, y) - logits.covariance(y, other(k)) -
                                       logits.covariance(y, other(l)) + logits.covariance(other(k), other(l));
        margins.covariance(k, k) = std::max(margins.covariance(k, k), 0.0);
    }
    return any_below_zero(margins.mean, margins.covariance,
                          [&](std::size_t k) { return other(static_cast<Eigen::Index>(k)) < y; });
}

}  // namespace detail

/// Calls `body(image, LogitLaw)` for image after image. Throws std::invalid_argument where the data do not fit the
/// network, or are not bytes.
template <class Scalar, class Body>
void for_each_logit_law(const Mlp<Scalar>& net, const Dataset& data, const PixelMoments& channel, MomentMethod method,
                        const Body& body) {
    detail::check_fit("for_each_logit_law", net, data);
    detail::MomentPropagation<Scalar> propagation(net, channel, method);
    for (std::size_t first = 0; first < data.size(); first += runner_up_batch)
        propagation.run(data, first, std::min(first + runner_up_batch, data.size()), body);
}

/// The same for a network of another type, with `MomentMethod::smoothed_jacobian`: one pass of means and variances and
/// K vjps a batch, K the number of logits. Throws std::invalid_argument for another method, and where the network is no
/// chain of layers that moments pass through, see `MomentMethod`.
template <Network Net, class Body>
void for_each_logit_law(const Net& net, const Dataset& data, const PixelMoments& channel, MomentMethod method,
                        const Body& body) {
    detail::check_fit("for_each_logit_law", net, data);
    const auto steps = detail::require_smoothed_steps("for_each_logit_law", net, method);
    detail::for_each_smoothed_law(steps, data, channel, body);
}

namespace detail {

/// `for_each_law(part, channel, body)` calls `body(i, LogitLaw)` for the images of a part.
template <class ForEachLaw>
std::vector<FailurePrediction> predict_by_laws(const Dataset& data, std::span<const PixelMoments> channels,
                                               const MarginOptions& options, const ForEachLaw& for_each_law) {
    return in_parts(data, runner_up_batch, options.threads, [&](const Dataset& part) {
        std::vector<FailurePrediction> found;
        RunnerUpLaw margins;
        for (const auto& channel : channels) {
            auto& prediction = found.emplace_back(FailurePrediction{channel.strength, {}});
            for_each_law(part, channel, [&](std::size_t i, const LogitLaw& law) {
                prediction.probability.push_back(failure_probability(law, part.label(i), margins));
            });
        }
        return found;
    });
}

}  // namespace detail

/// The failure probabilities under each of the channels, from the law of the logits: P(some other logit wins), the
/// margins taken as jointly normal (`any_below_zero`). Throws as `for_each_logit_law`.
template <class Scalar>
std::vector<FailurePrediction> predict_by_moments(const Mlp<Scalar>& net, const Dataset& data,
                                                  std::span<const PixelMoments> channels, MomentMethod method,
                                                  const MarginOptions& options = {}) {
    return detail::predict_by_laws(data, channels, options,
                                   [&](const Dataset& part, const PixelMoments& channel, const auto& body) {
                                       for_each_logit_law(net, part, channel, method, body);
                                   });
}

/// The same for a network of another type, with `MomentMethod::smoothed_jacobian`.
template <Network Net>
std::vector<FailurePrediction> predict_by_moments(const Net& net, const Dataset& data,
                                                  std::span<const PixelMoments> channels, MomentMethod method,
                                                  const MarginOptions& options = {}) {
    detail::check_fit("predict_by_moments", net, data);
    const auto steps = detail::require_smoothed_steps("predict_by_moments", net, method);
    return detail::predict_by_laws(data, channels, options,
                                   [&](const Dataset& part, const PixelMoments& channel, const auto& body) {
                                       detail::for_each_smoothed_law(steps, part, channel, body);
                                   });
}

/// The same for one channel.
template <Network Net, Channel C>
FailurePrediction predict_by_moments(const Net& net, const Dataset& data, const C& channel, MomentMethod method,
                                     const MarginOptions& options = {}) {
    const PixelMoments moments(channel);
    return predict_by_moments(net, data, std::span<const PixelMoments>(&moments, 1), method, options).front();
}

}  // namespace pstar
