#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/dense_rows.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/exp_lanes.hpp>
#include <pstar/rbm/rbm.hpp>

namespace pstar {

namespace detail {

/// A (N, H) <- c + V W: what the hidden units see.
template <class Scalar>
void hidden_input(const Rbm<Scalar>& rbm, ConstMatrixMap<Scalar> v, MatrixMap<Scalar> a) {
    a.rowwise() = rbm.hidden_bias.transpose();
    gemm<Scalar>(Transpose::no, Transpose::no, static_cast<std::size_t>(v.rows()), rbm.n_components(), rbm.visible(), 1,
                 v.data(), rbm.weights.data(), 1, a.data());
}
/// A (N, D) <- b + H W^T: what the visible units see.
template <class Scalar>
void visible_input(const Rbm<Scalar>& rbm, ConstMatrixMap<Scalar> h, MatrixMap<Scalar> a) {
    a.rowwise() = rbm.visible_bias.transpose();
    gemm<Scalar>(Transpose::no, Transpose::yes, static_cast<std::size_t>(h.rows()), rbm.visible(), rbm.n_components(),
                 1, h.data(), rbm.weights.data(), 1, a.data());
}

/// A <- 1 / (1 + exp(-A))
template <class Scalar>
void to_probabilities(MatrixMap<Scalar> a) {
    for_elements(static_cast<std::size_t>(a.size()),
                 [&](std::size_t first, std::size_t last) { simd::logistic_in_place(a.data() + first, last - first); });
}

/// A (N, D) <- E[v | h], A being what the visible units see.
template <class Scalar>
void to_visible_means(VisibleUnits units, MatrixMap<Scalar> a) {
    if (units == VisibleUnits::binary) return to_probabilities(a);
    for_elements(static_cast<std::size_t>(a.size()), [&](std::size_t first, std::size_t last) {
        for (auto i = first; i < last; ++i) a.data()[i] = truncated_exponential_mean(a.data()[i]);
    });
}

/// sum_i log of the normaliser of exp(a_i v): what unit i adds to log Z when the other layer is given.
template <class Scalar>
double log_normaliser_sum(VisibleUnits units, const Scalar* a, std::size_t size) {
    if (units == VisibleUnits::binary) return simd::softplus_sum(a, size);
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += log_normaliser(units, static_cast<double>(a[i]));
    return sum;
}

/// Calls `body(first, v, a)` for block after block of v (N, D): rows first, first + 1, ..., and what the hidden units
/// see of them. `a` lies in `all` (N, H) if that is given, else in memory that the next block takes.
template <class Scalar, class Body>
void for_hidden_inputs(const Rbm<Scalar>& rbm, ConstMatrixMap<Scalar> v, const Body& body, Scalar* all = nullptr) {
    constexpr Eigen::Index block = 192;  // rows and their inputs stay in the second-level cache
    const auto hidden = rbm.weights.cols();
    Matrix<Scalar> inputs(all ? 0 : std::min(block, v.rows()), hidden);
    for (Eigen::Index first = 0; first < v.rows(); first += block) {
        const auto rows = std::min(block, v.rows() - first);
        const ConstMatrixMap<Scalar> part(v.data() + first * v.cols(), rows, v.cols());
        MatrixMap<Scalar> a(all ? all + first * hidden : inputs.data(), rows, hidden);
        hidden_input(rbm, part, a);
        body(first, part, a);
    }
}

template <class Scalar>
void check_visible(const char* where, const Rbm<Scalar>& rbm, Eigen::Index columns) {
    require(columns == rbm.weights.rows(), where, "the number of visible units", columns,
            "equal the RBM's, " + std::to_string(rbm.visible()));
}

}  // namespace detail

/// The features phi(v) = E[h | v] of rows v (N, D) in [0, 1]: (N, H), in (0, 1). One product.
template <DenseRows Rows>
Matrix<typename Rows::Scalar> hidden_probabilities(const Rbm<typename Rows::Scalar>& rbm, const Rows& v) {
    using Scalar = typename Rows::Scalar;
    detail::check_visible("hidden_probabilities", rbm, v.cols());
    Matrix<Scalar> result(v.rows(), rbm.weights.cols());
    detail::for_hidden_inputs(
        rbm, rows_of(v), [](Eigen::Index, const auto&, MatrixMap<Scalar> a) { detail::to_probabilities(a); },
        result.data());
    return result;
}

/// E[v | h] of rows h (N, H): (N, D), of either kind of visible units.
template <DenseRows Rows>
Matrix<typename Rows::Scalar> visible_probabilities(const Rbm<typename Rows::Scalar>& rbm, const Rows& h) {
    using Scalar = typename Rows::Scalar;
    require(h.cols() == rbm.weights.cols(), "visible_probabilities", "the number of hidden units", h.cols(),
            "equal the RBM's, " + std::to_string(rbm.n_components()));
    Matrix<Scalar> result(h.rows(), rbm.weights.rows());
    const MatrixMap<Scalar> mean(result.data(), result.rows(), result.cols());
    detail::visible_input(rbm, rows_of(h), mean);
    detail::to_visible_means(rbm.visible_units, mean);
    return result;
}

/// F(v) = -log sum_h exp(-E(v, h)) = -b.v - sum_j softplus(c_j + v.W_j) of each row of v (N, D); grey rows enter the
/// same formula. log p(v) = -F(v) - log Z, with either kind of visible units.
template <DenseRows Rows>
std::vector<double> free_energies(const Rbm<typename Rows::Scalar>& rbm, const Rows& v) {
    using Scalar = typename Rows::Scalar;
    detail::check_visible("free_energies", rbm, v.cols());
    std::vector<double> result;
    result.reserve(static_cast<std::size_t>(v.rows()));
    const Vector<double> b = rbm.visible_bias.template cast<double>();
    detail::for_hidden_inputs(rbm, rows_of(v), [&](Eigen::Index, const auto& part, MatrixMap<Scalar> a) {
        for (Eigen::Index n = 0; n < a.rows(); ++n)
            result.push_back(-part.row(n).template cast<double>().dot(b) -
                             simd::softplus_sum(a.data() + n * a.cols(), rbm.n_components()));
    });
    return result;
}

}  // namespace pstar
