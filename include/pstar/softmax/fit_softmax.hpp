#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
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

struct SoftmaxOptions {
    std::variant<SumLoss, MeanLoss> objective = SumLoss{};
    std::size_t max_iter = 100;  ///< iterations of L-BFGS
    double tolerance = 1e-4;     ///< converged when no element of the objective's gradient is larger
    bool fit_intercept = true;   ///< never penalised
    std::size_t memory = 10;     ///< pairs that L-BFGS keeps
    std::size_t threads = 1;     ///< 0: all cores; see `with_threads`. In float no bit depends on it

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

/// weight_of_loss * sum_n loss_n + penalty/2 |W|^2 as a function of (W row by row, b). Products in `Scalar`, sums over
/// blocks of rows in double.
template <class Scalar>
class SoftmaxObjective {
public:
    SoftmaxObjective(SoftmaxRegression& model, ConstMatrixMap<Scalar> x, std::span<const Label> labels,
                     const SoftmaxOptions& options)
        : model_(model), x_(x), labels_(labels), with_intercept_(options.fit_intercept) {
        const auto* mean = std::get_if<MeanLoss>(&options.objective);
        loss_weight = mean ? 1 / static_cast<double>(labels.size()) : std::get<SumLoss>(options.objective).C;
        penalty = mean ? mean->l2 : 1;
    }
    double loss_weight, penalty;

    std::size_t size() const {
        return static_cast<std::size_t>(model_.weights.size() + (with_intercept_ ? model_.intercepts.size() : 0));
    }
    void read(std::span<double> parameters) const {
        VectorMap<double> z(parameters.data(), std::ssize(parameters));
        z.head(model_.weights.size()) = ConstVectorMap<double>(model_.weights.data(), model_.weights.size());
        if (with_intercept_) z.tail(model_.intercepts.size()) = model_.intercepts;
    }
    void write(std::span<const double> parameters) {
        const ConstVectorMap<double> z(parameters.data(), std::ssize(parameters));
        VectorMap<double>(model_.weights.data(), model_.weights.size()) = z.head(model_.weights.size());
        if (with_intercept_) model_.intercepts = z.tail(model_.intercepts.size());
    }

    double operator()(std::span<const double> parameters, std::span<double> gradient) {
        write(parameters);
        VectorMap<double> g(gradient.data(), std::ssize(gradient));
        auto weights = MatrixMap<double>(g.data(), model_.weights.rows(), model_.weights.cols());
        g.setZero();
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
                weights += terms_[i].weights.template cast<double>();
                if (with_intercept_) g.tail(model_.weights.rows()) += terms_[i].intercepts.template cast<double>();
            }
        }
        g *= loss_weight;
        weights += penalty * model_.weights;
        return loss_weight * loss + 0.5 * penalty * model_.weights.squaredNorm();
    }

private:
    /// What a block of rows adds to the loss and to its gradient; with memory to compute it in.
    struct Terms {
        double loss = 0;
        Matrix<Scalar> weights, logits;
        Vector<Scalar> intercepts;
        std::vector<Scalar> log_sum;
    };
    void compute(const LogitBlocks<Scalar>& blocks, Eigen::Index first, Terms& terms) const {
        const auto part = blocks.block(x_, first);
        const auto z = blocks.of(part, terms.logits);
        terms.loss = residuals(first, z, terms.log_sum);
        terms.weights.resize(z.cols(), part.cols());
        gemm<Scalar>(Transpose::yes, Transpose::no, static_cast<std::size_t>(z.cols()),
                     static_cast<std::size_t>(part.cols()), static_cast<std::size_t>(z.rows()), 1, z.data(),
                     part.data(), 0, terms.weights.data());
        if (with_intercept_) terms.intercepts = z.colwise().sum().transpose();
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
    for (Eigen::Index n = 0; n < x.rows(); ++n)
        if (!x.row(n).allFinite()) {
            std::ostringstream text;
            text << "fit_softmax: the features of sample " << n << " are not all finite";
            throw DataError(text.str());
        }
}

}  // namespace detail

/// Fits `model` to samples x (N, D), float or double, of classes `labels` (N), from the parameters that it has: zeros
/// at first, an earlier fit's for a warm start. L-BFGS, preconditioned by a bound of the Hessian (`CurvatureBound`):
/// about as many iterations for badly scaled features as for good ones. With float features products are in float, sums
/// and parameters in double: the gradient is right to about 1e-7 of the sum of its terms; a tolerance below that ends
/// as `stalled`. Throws `std::invalid_argument` for sizes and
/// labels that do not fit, `DataError` for features that are not finite.
template <DenseRows Rows>
SoftmaxFit fit_softmax(SoftmaxRegression& model, const Rows& x, std::span<const Label> labels,
                       const SoftmaxOptions& options = {}) {
    using Scalar = typename Rows::Scalar;
    options.validate();
    const auto samples = rows_of(x);
    detail::check_samples(model, samples, labels);
    if (!options.fit_intercept) model.intercepts.setZero();
    detail::SoftmaxObjective<Scalar> objective(model, samples, labels, options);
    const detail::CurvatureBound<Scalar> bound(samples, model.classes(), options.fit_intercept, objective.loss_weight,
                                               objective.penalty);
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

}  // namespace pstar
