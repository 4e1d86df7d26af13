#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <sstream>
#include <type_traits>
#include <variant>
#include <vector>

#include <pstar/core/label.hpp>
#include <pstar/core/lbfgs.hpp>
#include <pstar/core/threads.hpp>
#include <pstar/softmax/detail/curvature_bound.hpp>
#include <pstar/softmax/softmax_regression.hpp>

namespace pstar {

/// C sum_n loss_n + 1/2 |W|^2: the objective of scikit-learn's LogisticRegression.
struct SumLoss {
    double C = 1;  ///< inverse strength of the penalty, > 0
};
/// 1/N sum_n loss_n + l2/2 |W|^2. With l2 = 1/(C N) the optimum is that of `SumLoss`.
struct MeanLoss {
    double l2 = 1e-4;  ///< >= 0
};

/// What is minimised, and when it ends.
struct SoftmaxOptions {
    std::variant<SumLoss, MeanLoss> objective = SumLoss{};  ///< the form of the penalised loss
    std::size_t max_iter = 100;                             ///< iterations of L-BFGS
    double tolerance = 1e-4;    ///< converged when no element of the objective's gradient is larger
    bool fit_intercept = true;  ///< never penalised
    std::size_t memory = 10;    ///< pairs that L-BFGS keeps
    std::size_t threads = 1;    ///< 0: all cores; see `with_threads`. In float no bit depends on it

    void validate() const {
        if (const auto* sum = std::get_if<SumLoss>(&objective))
            require(sum->C > 0 && std::isfinite(sum->C), "SumLoss", "C", sum->C, "be positive and finite");
        if (const auto* mean = std::get_if<MeanLoss>(&objective))
            require(mean->l2 >= 0 && std::isfinite(mean->l2), "MeanLoss", "l2", mean->l2, "be finite and not negative");
        require(tolerance >= 0, "SoftmaxOptions", "tolerance", tolerance, "not be negative");
        require(memory >= 1, "SoftmaxOptions", "memory", memory, "be at least 1");
    }
};

/// What a fit came to.
struct SoftmaxFit {
    LbfgsStatus status = LbfgsStatus::not_finite;
    double objective = 0;      ///< in the form chosen
    double gradient_norm = 0;  ///< its largest element
    std::size_t iterations = 0, evaluations = 0;
};

namespace detail {

/// loss_weight * sum_n loss_n + 1/2 sum_kj penalty_j W_kj^2 as a function of (W row by row, b). Products in `Scalar`,
/// sums over blocks of rows in double.
template <class Scalar>
class SoftmaxObjective {
public:
    /// `model` is the point at which it is computed; samples x (N, D).
    SoftmaxObjective(SoftmaxRegression& model, ConstMatrixMap<Scalar> x, std::span<const Label> labels,
                     const SoftmaxOptions& options)
        : model_(model), x_(x), labels_(labels), with_intercept_(options.fit_intercept) {
        const auto* mean = std::get_if<MeanLoss>(&options.objective);
        loss_weight = mean ? 1 / static_cast<double>(labels.size()) : std::get<SumLoss>(options.objective).C;
        penalties.assign(model.features(), mean ? mean->l2 : 1);
    }
    double loss_weight;
    std::vector<double> penalties;  ///< one for each feature

    std::size_t size() const { return weights() + (with_intercept_ ? model_.classes() : 0); }
    void read(std::span<double> parameters) const {
        std::copy_n(model_.weights.data(), weights(), parameters.data());
        if (with_intercept_) std::copy_n(model_.intercepts.data(), model_.classes(), parameters.data() + weights());
    }
    void write(std::span<const double> parameters) {
        std::copy_n(parameters.data(), weights(), model_.weights.data());
        if (with_intercept_) std::copy_n(parameters.data() + weights(), model_.classes(), model_.intercepts.data());
    }

    double operator()(std::span<const double> parameters, std::span<double> gradient) {
        write(parameters);
        std::ranges::fill(gradient, 0.0);
        double loss = 0;
        const LogitBlocks<Scalar> blocks(model_);
        const auto count = static_cast<std::size_t>((x_.rows() + blocks.rows() - 1) / blocks.rows());
        terms_.resize(std::min(count, 4 * thread_budget().threads));  // several for each thread
        for (std::size_t done = 0; done < count; done += terms_.size()) {
            const auto now = std::min(terms_.size(), count - done);
            for_ranges(now, 1, 1, [&](std::size_t first, std::size_t last) {
                for (auto i = first; i < last; ++i)
                    compute(blocks, static_cast<Eigen::Index>(done + i) * blocks.rows(), terms_[i]);
            });
            for (std::size_t i = 0; i < now; ++i) {  // added in the order of the rows
                loss += terms_[i].loss;
                std::ranges::transform(terms_[i].gradient, gradient, gradient.begin(), std::plus<double>{});
            }
        }
        double penalty = 0;
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            gradient[i] *= loss_weight;
            if (i >= weights()) continue;
            const double weight = parameters[i], pull = penalties[i % penalties.size()] * weight;
            gradient[i] += pull;
            penalty += pull * weight;
        }
        return loss_weight * loss + 0.5 * penalty;
    }

private:
    /// What a block of rows adds to the loss and to its gradient; with memory to compute it in.
    struct Terms {
        double loss = 0;
        std::vector<Scalar> gradient, log_sum;
        Matrix<Scalar> logits;
    };
    std::size_t weights() const { return model_.features() * model_.classes(); }

    void compute(const LogitBlocks<Scalar>& blocks, Eigen::Index first, Terms& terms) const {
        const auto part = blocks.block(x_, first);
        const auto z = blocks.of(part, terms.logits);
        const auto rows = static_cast<std::size_t>(z.rows()), classes = model_.classes();
        terms.loss = residuals(first, z, terms.log_sum);
        terms.gradient.assign(size(), 0);
        gemm<Scalar>(Transpose::yes, Transpose::no, classes, model_.features(), rows, 1, z.data(), part.data(), 0,
                     terms.gradient.data());
        if (!with_intercept_) return;
        for (std::size_t i = 0; i < rows * classes; ++i) terms.gradient[weights() + i % classes] += z.data()[i];
    }
    /// Z <- softmax(Z) - onehot; returns the sum of the losses.
    double residuals(Eigen::Index first, MatrixMap<Scalar> z, std::vector<Scalar>& log_sum) const {
        log_sum.resize(static_cast<std::size_t>(z.rows()));
        double loss = 0;
        for (Eigen::Index n = 0; n < z.rows(); ++n) loss -= static_cast<double>(z(n, label(first + n)));
        softmax_rows_in_place(z, std::span(log_sum));
        for (Eigen::Index n = 0; n < z.rows(); ++n) {
            loss += static_cast<double>(log_sum[static_cast<std::size_t>(n)]);
            z(n, label(first + n)) -= 1;
        }
        return loss;
    }
    Label label(Eigen::Index n) const { return labels_[static_cast<std::size_t>(n)]; }

    SoftmaxRegression& model_;
    ConstMatrixMap<Scalar> x_;
    std::span<const Label> labels_;
    bool with_intercept_;
    std::vector<Terms> terms_;
};

template <class Scalar>
void check_samples(const SoftmaxRegression& model, ConstMatrixMap<Scalar> x, std::span<const Label> labels) {
    check_features("fit_softmax", model, x.cols());
    require(std::ssize(labels) == x.rows(), "fit_softmax", "labels.size()", labels.size(),
            "equal the number of samples");
    require(!labels.empty(), "fit_softmax", "the number of samples", labels.size(), "be at least 1");
    for (const auto y : labels)
        require(y < model.classes(), "fit_softmax", "a label", int{y}, "be less than the number of classes");
    const auto bad = std::find_if_not(x.data(), x.data() + x.size(), [](Scalar value) { return std::isfinite(value); });
    if (bad != x.data() + x.size()) {
        std::ostringstream text;
        text << "fit_softmax: feature " << (bad - x.data()) % x.cols() << " of sample " << (bad - x.data()) / x.cols()
             << " is " << *bad << "; features must be finite";
        throw DataError(text.str());
    }
}

/// Powers of two that bring the largest |x| of a feature near 1 where it lies beyond 2^+-10; else 1. A small feature is
/// enlarged only until its penalty, times scale^2, is `largest_penalty`: from there on the penalty decides, not the
/// data. With penalties of each feature's own nothing but rounding depends on them.
template <class Scalar>
std::vector<double> feature_scales(ConstMatrixMap<Scalar> x, double penalty, double largest_penalty) {
    const auto features = static_cast<std::size_t>(x.cols()), size = static_cast<std::size_t>(x.size());
    std::vector<Scalar> largest(features);
    for (std::size_t i = 0; i < size; i += features)
        for (std::size_t j = 0; j < features; ++j) largest[j] = std::max(largest[j], std::abs(x.data()[i + j]));
    int most = 1000;  // 2^1000 is still finite
    if (penalty > 0) most = std::clamp(std::ilogb(largest_penalty / penalty) / 2, 0, most);
    std::vector<double> scales(features, 1);
    for (std::size_t j = 0; j < features; ++j) {
        if (largest[j] == 0) continue;
        const int exponent = -std::ilogb(static_cast<double>(largest[j]));
        if (std::abs(exponent) > 10) scales[j] = std::ldexp(1, std::min(exponent, most));
    }
    return scales;
}

/// The fit of samples whose features are near 1, but for `scales`: the model's weights are those of features times
/// scales.
template <class Scalar>
SoftmaxFit fit_scaled(SoftmaxRegression& model, ConstMatrixMap<Scalar> x, std::span<const Label> labels,
                      const SoftmaxOptions& options, std::span<const double> scales) {
    SoftmaxObjective<Scalar> objective(model, x, labels, options);
    for (std::size_t j = 0; j < scales.size(); ++j)
        objective.penalties[j] = objective.penalties[j] * scales[j] * scales[j];  // scale^2 may overflow, 0 stays 0
    const CurvatureBound<Scalar> bound(x, model.classes(), options.fit_intercept, objective.loss_weight,
                                       objective.penalties);
    std::vector<double> parameters(objective.size());
    objective.read(parameters);
    // What rounding does to a sum of losses whose logits are tens or hundreds.
    constexpr double noise = std::is_same_v<Scalar, float> ? 1e-7 : 1e-12;
    const LbfgsOptions search{
        .max_iter = options.max_iter, .memory = options.memory, .tolerance = options.tolerance, .value_noise = noise};
    const auto found =
        with_threads(options.threads, [&] { return lbfgs<double>(objective, parameters, search, bound); });
    objective.write(parameters);
    return {found.status, found.value, found.gradient_norm, found.iterations, found.evaluations};
}

}  // namespace detail

/// Fits `model` to samples x (N, D), float or double, of classes `labels` (N), from the parameters that it has: zeros
/// at first, an earlier fit's for a warm start. L-BFGS, preconditioned by a bound of the Hessian (`CurvatureBound`):
/// about as many iterations for badly scaled features as for good ones; a feature whose largest |x| lies beyond 2^10 or
/// 2^-10 is brought near 1 first, with its own penalty and gradient, so that features may have any units. With float
/// features products are in float, sums and parameters in double: the gradient is right to about 1e-7 of the sum of its
/// terms; a tolerance below that ends as `stalled`. Throws `std::invalid_argument` for sizes and labels that do not
/// fit, `DataError` for features that are not finite.
template <DenseRows Rows>
SoftmaxFit fit_softmax(SoftmaxRegression& model, const Rows& x, std::span<const Label> labels,
                       const SoftmaxOptions& options = {}) {
    using Scalar = typename Rows::Scalar;
    options.validate();
    const auto samples = rows_of(x);
    detail::check_samples(model, samples, labels);
    if (!options.fit_intercept) std::fill_n(model.intercepts.data(), model.classes(), 0.0);
    const detail::SoftmaxObjective<Scalar> objective(model, samples, labels, options);
    const auto scales = detail::feature_scales(samples, objective.penalties.front(),
                                               objective.loss_weight * static_cast<double>(labels.size()));
    if (std::ranges::all_of(scales, [](double scale) { return scale == 1; }))
        return detail::fit_scaled<Scalar>(model, samples, labels, options, scales);

    const auto features = scales.size();
    std::vector<Scalar> scaled(samples.data(), samples.data() + samples.size());
    for (std::size_t i = 0; i < scaled.size(); ++i)
        scaled[i] = static_cast<Scalar>(static_cast<double>(scaled[i]) * scales[i % features]);
    double* const weights = model.weights.data();
    const auto count = features * model.classes();
    for (std::size_t i = 0; i < count; ++i) weights[i] /= scales[i % features];
    const auto fit = detail::fit_scaled<Scalar>(
        model, ConstMatrixMap<Scalar>(scaled.data(), samples.rows(), samples.cols()), labels, options, scales);
    for (std::size_t i = 0; i < count; ++i) weights[i] *= scales[i % features];
    return fit;
}

}  // namespace pstar
