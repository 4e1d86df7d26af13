#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <pstar/autodiff/reduce.hpp>
#include <pstar/autodiff/softmax.hpp>
#include <pstar/autodiff/tape.hpp>
#include <pstar/core/detail/kernels/softmax_kernels.hpp>
#include <pstar/core/label.hpp>

namespace pstar {

/// What training minimises; both are means over the batch (see `cross_entropy`, `softmax_mse`).
enum class Loss { cross_entropy, softmax_mse };
/// Their words, in the same order.
inline constexpr std::array<std::string_view, 2> loss_names{"cross_entropy", "softmax_mse"};

/// A loss of your own: of logits (N, K) and N labels below K, a scalar on the logits' tape, a mean over the batch so
/// that the learning rate does not depend on the batch's size. It is written with the tape's operations, or with a
/// `Primitive` of your own. Labels outlive the call's tape. A minimal one:
///
///     struct MarginLoss {  // mean of the runner-up's logit minus the true class's
///         template <class Scalar>
///         pstar::Variable<Scalar> operator()(pstar::Variable<Scalar> z, std::span<const pstar::Label> labels) const {
///             return mean(max_except(z, labels) - pick(z, labels));
///         }
///     };
///
/// Used as `Trainer trainer(net, Adam{}, MarginLoss{})` or `BasicTrainOptions<MarginLoss>{.epochs = 5}`.
template <class F, class Scalar = float>
concept LossFunction = requires(const F& f, Variable<Scalar> logits, std::span<const Label> labels) {
    { f(logits, labels) } -> std::same_as<Variable<Scalar>>;
};

namespace primitive {

/// What the two losses share: logits Z (N, K) and labels in, a scalar out, s = softmax(Z) kept.
template <class Scalar>
struct LossOfSoftmax {
    std::span<const Label> labels;

    /// A scalar; throws std::invalid_argument where logits and labels do not fit.
    Shape scalar_shape(const Shape& logits) const {
        check_labels("loss", labels, logits);
        require(logits[0] >= 1, "loss", "the batch", logits[0], "have at least one sample");
        return {};
    }
    /// softmax(Z), kept in the workspace.
    static View<Scalar> probabilities(const Call<Scalar, 1>& call) { return {call.workspace, call.x[0].shape}; }
};

/// L = -1/N sum_n log s_{n, y_n};  dZ = (s - onehot)/N
template <class Scalar>
struct CrossEntropy : LossOfSoftmax<Scalar> {
    static constexpr std::size_t arity = 1;
    Shape shape(const std::array<Shape, 1>& shapes) const { return this->scalar_shape(shapes[0]); }
    std::size_t workspace(const std::array<Shape, 1>& shapes) const { return shapes[0].size() + shapes[0].rows(); }

    void forward(const Call<Scalar, 1>& call) const {
        const auto rows = call.x[0].shape[0], columns = call.x[0].shape[1];
        Scalar* const log_sum = call.workspace + rows * columns;
        softmax_rows(call.x[0], this->probabilities(call), log_sum);
        Scalar total = 0;
        for (std::size_t n = 0; n < rows; ++n) total += log_sum[n] - call.x[0].data[n * columns + this->labels[n]];
        *call.y.data = total / static_cast<Scalar>(rows);
    }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        const auto rows = call.x[0].shape[0], columns = call.x[0].shape[1];
        const Scalar weight = *dy.data / static_cast<Scalar>(rows);
        dx[0].accumulate(weight * this->probabilities(call).array());
        for (std::size_t n = 0; n < rows; ++n) dx[0].into.data[n * columns + this->labels[n]] -= weight;
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        const auto rows = call.x[0].shape[0], columns = call.x[0].shape[1];
        Scalar total = (this->probabilities(call).array() * tx[0].array()).sum();
        for (std::size_t n = 0; n < rows; ++n) total -= tx[0].data[n * columns + this->labels[n]];
        *ty.data = total / static_cast<Scalar>(rows);
    }
};

/// L = 1/(N K) sum_nk (s_nk - onehot_nk)^2;  with r = 2 (s - onehot)/(N K):  dZ = s (r - <s, r>)
template <class Scalar>
struct SoftmaxMse : LossOfSoftmax<Scalar> {
    static constexpr std::size_t arity = 1;
    Shape shape(const std::array<Shape, 1>& shapes) const { return this->scalar_shape(shapes[0]); }
    std::size_t workspace(const std::array<Shape, 1>& shapes) const { return shapes[0].size(); }

    void forward(const Call<Scalar, 1>& call) const {
        softmax_rows(call.x[0], this->probabilities(call));
        Scalar total = 0;
        for_rows(call, [&](std::size_t n, const auto& s) { total += squares(s) - 2 * s[this->labels[n]] + 1; });
        *call.y.data = total / static_cast<Scalar>(call.x[0].size());
    }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        const Scalar weight = 2 * *dy.data / static_cast<Scalar>(call.x[0].size());
        dx[0].scale();
        for_rows(call, [&](std::size_t n, const auto& s) {
            auto into = dx[0].into.matrix().row(static_cast<Eigen::Index>(n));
            const Scalar inner = residual_inner(s, this->labels[n]);
            PSTAR_KERNEL(add_residual(s.data(), static_cast<std::size_t>(s.size()), weight, inner, into.data()));
            into[this->labels[n]] -= weight * s[this->labels[n]];
        });
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        Scalar total = 0;
        for_rows(call, [&](std::size_t n, const auto& s) {
            const auto t = tx[0].matrix().row(static_cast<Eigen::Index>(n));
            const Scalar inner = residual_inner(s, this->labels[n]);
            total += (s.array().transpose() * (s.array().transpose() - inner) * t.array()).sum() -
                     s[this->labels[n]] * t[this->labels[n]];
        });
        *ty.data = 2 * total / static_cast<Scalar>(call.x[0].size());
    }

private:
    static Scalar squares(const auto& s) {
        return PSTAR_KERNEL(dot(s.data(), s.data(), static_cast<std::size_t>(s.size())));
    }
    // <s, s - onehot>
    static Scalar residual_inner(const auto& s, std::size_t label) {
        return squares(s) - s[static_cast<Eigen::Index>(label)];
    }
    static void for_rows(const Call<Scalar, 1>& call, const auto& body) {
        const auto columns = call.x[0].shape[1];
        for (std::size_t n = 0; n < call.x[0].shape[0]; ++n)
            body(n, ConstVectorMap<Scalar>(call.workspace + n * columns, static_cast<Eigen::Index>(columns)));
    }
};

}  // namespace primitive

/// The mean over samples of -log softmax(logits)[label], a scalar; logits (N, K). Refers to `labels`.
template <class Scalar>
Variable<Scalar> cross_entropy(Variable<Scalar> logits, std::span<const Label> labels) {
    return logits.tape->record(primitive::CrossEntropy<Scalar>{{labels}}, {logits});
}
/// The mean over samples and classes of (softmax(logits) - onehot)^2, a scalar; logits (N, K). Refers to `labels`.
template <class Scalar>
Variable<Scalar> softmax_mse(Variable<Scalar> logits, std::span<const Label> labels) {
    return logits.tape->record(primitive::SoftmaxMse<Scalar>{{labels}}, {logits});
}
/// The built-in loss of that name, a scalar on the tape.
template <class Scalar>
Variable<Scalar> loss(Loss which, Variable<Scalar> logits, std::span<const Label> labels) {
    return which == Loss::cross_entropy ? cross_entropy(logits, labels) : softmax_mse(logits, labels);
}

/// The same for a loss of your own. Throws std::invalid_argument where it does not give a scalar.
template <class Scalar, LossFunction<Scalar> F>
Variable<Scalar> loss(const F& f, Variable<Scalar> logits, std::span<const Label> labels) {
    const auto value = f(logits, labels);
    require(value.shape().size() == 1, "loss", "the shape of one's own loss", value.shape(), "be a scalar's");
    return value;
}

/// What training and evaluation take as a loss: a built-in word or a function of your own.
template <class F, class Scalar = float>
concept AnyLoss = std::same_as<F, Loss> || LossFunction<F, Scalar>;

#ifdef PSTAR_COMPILED
extern template Variable<float> cross_entropy(Variable<float>, std::span<const Label>);
extern template Variable<float> softmax_mse(Variable<float>, std::span<const Label>);
#endif

}  // namespace pstar
