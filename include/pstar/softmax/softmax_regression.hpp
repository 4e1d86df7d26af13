#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/dense_rows.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/softmax/detail/softmax_rows.hpp>

namespace pstar {

/// Softmax (multinomial logistic) regression of K classes on D features:
///     z_k = w_k . x + b_k,   p_k = exp(z_k) / sum_l exp(z_l)
/// Parameters are double whatever the features are. Zero at first: all classes equally likely. `fit_softmax` fits them.
struct SoftmaxRegression {
    Matrix<double> weights;     ///< (K, D)
    Vector<double> intercepts;  ///< (K)

    /// All weights 0.
    SoftmaxRegression(std::size_t features, std::size_t classes) {
        require(features >= 1, "SoftmaxRegression", "features", features, "be at least 1");
        require(classes >= 1 && classes <= max_classes, "SoftmaxRegression", "classes", classes,
                "lie in 1.." + std::to_string(max_classes));
        weights.setZero(static_cast<Eigen::Index>(classes), static_cast<Eigen::Index>(features));
        intercepts.setZero(static_cast<Eigen::Index>(classes));
    }
    /// Numbers in a row of features.
    std::size_t features() const { return static_cast<std::size_t>(weights.cols()); }
    std::size_t classes() const { return static_cast<std::size_t>(weights.rows()); }
};

/// How a classifier does on samples with known classes.
struct ClassifierScore {
    double accuracy = 0;       ///< correct/total
    double cross_entropy = 0;  ///< mean over samples of -log p_y, in nats
    std::size_t correct = 0;   ///< samples whose largest logit is the true class's alone or the first of equal ones
    std::size_t total = 0;
};

namespace detail {

/// The logits of blocks of rows, each block small enough to stay in the second-level cache.
template <class Scalar>
class LogitBlocks {
public:
    explicit LogitBlocks(const SoftmaxRegression& model)
        : weights_(model.weights.cast<Scalar>()), intercepts_(model.intercepts.cast<Scalar>()) {}

    /// Calls `body(first, x, z)` for block after block of x (N, D): rows first, first + 1, ..., their logits z, which
    /// `body` may overwrite.
    template <class Body>
    void operator()(ConstMatrixMap<Scalar> x, const Body& body) const {
        Matrix<Scalar> logits;
        for (Eigen::Index first = 0; first < x.rows(); first += rows()) {
            const auto part = block(x, first);
            body(first, part, of(part, logits));
        }
    }
    /// Rows of a block.
    Eigen::Index rows() const { return std::clamp<Eigen::Index>((1 << 16) / weights_.cols(), 24, 1024); }
    /// The block of x that begins at row `first`.
    ConstMatrixMap<Scalar> block(ConstMatrixMap<Scalar> x, Eigen::Index first) const {
        return {x.data() + first * x.cols(), std::min(rows(), x.rows() - first), x.cols()};
    }
    /// The logits of a block, in `memory`.
    MatrixMap<Scalar> of(ConstMatrixMap<Scalar> part, Matrix<Scalar>& memory) const {
        const auto features = weights_.cols(), classes = weights_.rows();
        if (memory.rows() < part.rows()) memory.resize(part.rows(), classes);
        MatrixMap<Scalar> z(memory.data(), part.rows(), classes);
        z.rowwise() = intercepts_.transpose();
        gemm<Scalar>(Transpose::no, Transpose::yes, static_cast<std::size_t>(part.rows()),
                     static_cast<std::size_t>(classes), static_cast<std::size_t>(features), 1, part.data(),
                     weights_.data(), 1, z.data());
        return z;
    }

private:
    Matrix<Scalar> weights_;
    Vector<Scalar> intercepts_;
};

inline void check_features(const char* where, const SoftmaxRegression& model, Eigen::Index columns) {
    require(columns == model.weights.cols(), where, "the number of features", columns,
            "equal the model's, " + std::to_string(model.features()));
}

}  // namespace detail

/// P (N, K): the classes' probabilities for samples x (N, D). Logits are shifted by their maximum, so nothing
/// overflows while the logits themselves are finite; a sample with NaN has NaN.
template <DenseRows Rows>
auto probabilities(const SoftmaxRegression& model, const Rows& x) {
    using Scalar = typename Rows::Scalar;
    detail::check_features("probabilities", model, x.cols());
    Matrix<Scalar> result(x.rows(), model.weights.rows());
    std::vector<Scalar> log_sum(static_cast<std::size_t>(x.rows()));
    detail::LogitBlocks<Scalar> blocks(model);
    blocks(rows_of(x), [&](Eigen::Index first, const auto&, MatrixMap<Scalar> z) {
        detail::softmax_rows_in_place(z, std::span(log_sum));
        result.middleRows(first, z.rows()) = z;
    });
    return result;
}

/// The likeliest class of each sample, the first of equally likely ones; K for a sample with NaN.
template <DenseRows Rows>
std::vector<std::size_t> predict(const SoftmaxRegression& model, const Rows& x) {
    using Scalar = typename Rows::Scalar;
    detail::check_features("predict", model, x.cols());
    std::vector<std::size_t> result;
    result.reserve(static_cast<std::size_t>(x.rows()));
    detail::LogitBlocks<Scalar> blocks(model);
    blocks(rows_of(x), [&](Eigen::Index, const auto&, MatrixMap<Scalar> z) {
        for (Eigen::Index n = 0; n < z.rows(); ++n)
            result.push_back(detail::largest_of_row(z.data() + n * z.cols(), model.classes()));
    });
    return result;
}

/// Accuracy and mean cross-entropy on samples x (N, D) of classes `labels` (N). The cross-entropy of a sample is
/// log-sum-exp(z) - z_y, finite however sure and wrong the model is.
template <DenseRows Rows>
ClassifierScore score(const SoftmaxRegression& model, const Rows& x, std::span<const Label> labels) {
    using Scalar = typename Rows::Scalar;
    detail::check_features("score", model, x.cols());
    require(std::ssize(labels) == x.rows(), "score", "labels.size()", labels.size(), "equal the number of samples");
    require(!labels.empty(), "score", "the number of samples", labels.size(), "be at least 1");
    ClassifierScore result{.total = labels.size()};
    detail::LogitBlocks<Scalar> blocks(model);
    blocks(rows_of(x), [&](Eigen::Index first, const auto&, MatrixMap<Scalar> z) {
        for (Eigen::Index n = 0; n < z.rows(); ++n) {
            const auto y = labels[static_cast<std::size_t>(first + n)];
            require(y < model.classes(), "score", "a label", int{y}, "be less than the number of classes");
            const auto row = z.row(n).template cast<double>();
            const double top = row.maxCoeff();
            result.cross_entropy += top - row[y] + std::log((row.array() - top).exp().sum());
            result.correct += detail::largest_of_row(z.data() + n * z.cols(), model.classes()) == y;
        }
    });
    result.accuracy = static_cast<double>(result.correct) / static_cast<double>(result.total);
    result.cross_entropy /= static_cast<double>(result.total);
    return result;
}

}  // namespace pstar
