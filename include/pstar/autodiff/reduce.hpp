#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/detail/kernels/sum_kernels.hpp>
#include <pstar/core/label.hpp>

/// Primitives that reduce: over all elements, over the columns of each row, or to one chosen column of each row.
namespace pstar {

namespace primitive {

/// y = scale sum_i x_i, a scalar
template <class Scalar>
struct Sum {
    static constexpr std::size_t arity = 1;
    Scalar scale;
    Shape shape(const std::array<Shape, 1>&) const { return {}; }
    void forward(const Call<Scalar, 1>& call) const {
        *call.y.data = scale * PSTAR_KERNEL(sum(call.x[0].data, call.x[0].size()));
    }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        const auto n = static_cast<Eigen::Index>(call.x[0].size());
        if (dx[0]) dx[0].accumulate(Vector<Scalar>::Constant(n, scale * *dy.data).array());
    }
    void jvp(const Call<Scalar, 1>&, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        *ty.data = scale * PSTAR_KERNEL(sum(tx[0].data, tx[0].size()));
    }
};

/// y_n = sum_j x_nj: (N, ...) -> (N)
template <class Scalar>
struct RowSum {
    static constexpr std::size_t arity = 1;
    Shape shape(const std::array<Shape, 1>& shapes) const { return {shapes[0].rows()}; }
    void forward(const Call<Scalar, 1>& call) const { sum_rows(call.x[0], call.y); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        const auto columns = static_cast<Eigen::Index>(call.x[0].shape.columns());
        if (dx[0]) dx[0].accumulate_matrix(dy.matrix().col(0).replicate(1, columns));
    }
    void jvp(const Call<Scalar, 1>&, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        sum_rows(tx[0], ty);
    }

private:
    static void sum_rows(View<const Scalar> from, View<Scalar> to) {
        const auto columns = from.shape.columns();
        for (std::size_t n = 0; n < from.shape.rows(); ++n)
            to.data[n] = PSTAR_KERNEL(sum(from.data + n * columns, columns));
    }
};

/// Selection of one element of each row: y_n = x[n, c_n], (N, K) -> (N). Its Jacobian is a selection too, so the rule
/// for choosing c (by label, or the best of the others) is all that its two users differ in.
template <class Scalar, class Choice>
struct Select {
    static constexpr std::size_t arity = 1;
    Choice choice;
    Shape shape(const std::array<Shape, 1>& shapes) const {
        choice.check(shapes[0]);
        return {shapes[0].rows()};
    }
    void forward(const Call<Scalar, 1>& call) const { gather(call, call.x[0], call.y); }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (!dx[0]) return;
        dx[0].scale();
        const auto columns = call.x[0].shape.columns();
        for (std::size_t n = 0; n < call.x[0].shape.rows(); ++n)
            dx[0].into.data[n * columns + choice.column(n, call.x[0])] += dy.data[n];
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        gather(call, tx[0], ty);
    }

private:
    void gather(const Call<Scalar, 1>& call, View<const Scalar> from, View<Scalar> to) const {
        const auto columns = from.shape.columns();
        for (std::size_t n = 0; n < from.shape.rows(); ++n)
            to.data[n] = from.data[n * columns + choice.column(n, call.x[0])];
    }
};

/// Throws std::invalid_argument where there is not one label in 0..K-1 for each row of (N, K).
inline void check_labels(const char* where, std::span<const Label> labels, const Shape& shape) {
    require(shape.rank() == 2, where, "shape", shape, "be (N, K)");
    require(labels.size() == shape[0], where, "labels.size()", labels.size(), "equal the number of rows");
    for (const auto label : labels)
        require(label < shape[1], where, "label", label, "be less than the number of columns");
}

/// The column of each row's own label.
struct ByLabel {
    std::span<const Label> labels;
    /// Throws std::invalid_argument where labels and shape do not fit.
    void check(const Shape& shape) const { check_labels("pick", labels, shape); }
    /// The label of row n.
    template <class Scalar>
    std::size_t column(std::size_t n, const View<const Scalar>&) const {
        return labels[n];
    }
};

/// The column of the largest element beside the label's, the first of equal ones.
struct BestOther {
    std::span<const Label> labels;
    /// Throws std::invalid_argument where labels and shape do not fit, or there is one class only.
    void check(const Shape& shape) const {
        check_labels("max_except", labels, shape);
        require(shape[1] >= 2, "max_except", "the number of columns", shape[1], "be at least 2");
    }
    /// The column chosen in row n of x (N, K).
    template <class Scalar>
    std::size_t column(std::size_t n, const View<const Scalar>& x) const {
        const auto columns = x.shape.columns();
        const Scalar* row = x.data + n * columns;
        std::size_t best = labels[n] == 0 ? 1 : 0;
        for (std::size_t k = best + 1; k < columns; ++k)
            if (k != labels[n] && row[k] > row[best]) best = k;
        return best;
    }
};

}  // namespace primitive

/// sum_i x_i and its mean over all elements, as a scalar.
template <class Scalar>
Variable<Scalar> sum(Variable<Scalar> x) {
    return x.tape->record(primitive::Sum<Scalar>{1}, {x});
}
/// The mean of all elements, a scalar.
template <class Scalar>
Variable<Scalar> mean(Variable<Scalar> x) {
    require(x.shape().size() > 0, "mean", "shape", x.shape(), "have an element");
    return x.tape->record(primitive::Sum<Scalar>{Scalar{1} / static_cast<Scalar>(x.shape().size())}, {x});
}
/// sum_j x_nj over all axes but the first: (N, ...) -> (N).
template <class Scalar>
Variable<Scalar> row_sum(Variable<Scalar> x) {
    return x.tape->record(primitive::RowSum<Scalar>{}, {x});
}
/// x[n, labels_n]: (N, K) -> (N), e.g. the true-class logit. Refers to `labels`.
template <class Scalar>
Variable<Scalar> pick(Variable<Scalar> x, std::span<const Label> labels) {
    return x.tape->record(primitive::Select<Scalar, primitive::ByLabel>{{labels}}, {x});
}
/// max_{k != labels_n} x[n, k]: (N, K) -> (N), K >= 2, e.g. the runner-up's logit; the first of equal ones. Refers to
/// `labels`.
template <class Scalar>
Variable<Scalar> max_except(Variable<Scalar> x, std::span<const Label> labels) {
    return x.tape->record(primitive::Select<Scalar, primitive::BestOther>{{labels}}, {x});
}

}  // namespace pstar
