#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pstar/core/math.hpp>
#include <pstar/core/random.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

namespace detail {

/// log p(v_i | the other units) of one row, from what the hidden units see of it.
template <class Scalar>
class ConditionalOfUnit {
public:
    explicit ConditionalOfUnit(const Rbm<Scalar>& rbm) : rbm_(rbm), input_(rbm.weights.cols()) {}

    /// `v` (D) and `a` = c + v W (H), `whole` = sum_j softplus(a_j). With x = v_i and the log-odds
    ///     l = b_i + sum_j softplus(a_j + (1 - x) W_ij) - softplus(a_j - x W_ij)
    /// it is x log p(1) + (1 - x) log p(0) = x l - softplus(l).
    double operator()(const Scalar* v, const Scalar* a, double whole, Eigen::Index i) {
        const Scalar x = v[i];
        const double on = x == 1 ? whole : shifted(a, 1 - x, i), off = x == 0 ? whole : shifted(a, -x, i);
        const double log_odds = static_cast<double>(rbm_.visible_bias[i]) + on - off;
        return static_cast<double>(x) * log_odds - softplus(log_odds);
    }

private:
    double shifted(const Scalar* a, Scalar by, Eigen::Index i) {
        input_ = ConstVectorMap<Scalar>(a, input_.size()) + by * rbm_.weights.row(i).transpose();
        return simd::softplus_sum(input_.data(), rbm_.n_components());
    }
    const Rbm<Scalar>& rbm_;
    Vector<Scalar> input_;
};

template <class Scalar>
void check_binary(const char* where, const Rbm<Scalar>& rbm) {
    require(rbm.visible_units == VisibleUnits::binary, where, "visible_units", "truncated_exponential",
            "be binary: this conditional density has no closed form");
}

/// body(n, v, a, whole) for each row v of a matrix.
template <class Scalar, class Body>
void for_rows_seen(const Rbm<Scalar>& rbm, ConstMatrixMap<Scalar> v, const Body& body) {
    for_hidden_inputs(rbm, v, [&](Eigen::Index first, const auto& part, MatrixMap<Scalar> a) {
        for (Eigen::Index n = 0; n < part.rows(); ++n) {
            const Scalar* const input = a.data() + n * a.cols();
            body(first + n, part.data() + n * part.cols(), input, simd::softplus_sum(input, rbm.n_components()));
        }
    });
}

}  // namespace detail

/// The log-pseudo-likelihood sum_i log p(v_i | v_others) in nats of each row of v (N, D), exact over all units: time
/// N D H. Visible units must be binary, else this throws `std::invalid_argument`. A grey unit x counts as x times the
/// term of 1 and 1 - x times that of 0. Source: Besag, "Statistical analysis of non-lattice data", The Statistician 24
/// (1975).
template <DenseRows Rows>
std::vector<double> pseudo_log_likelihoods(const Rbm<typename Rows::Scalar>& rbm, const Rows& v) {
    using Scalar = typename Rows::Scalar;
    detail::check_visible("pseudo_log_likelihoods", rbm, v.cols());
    detail::check_binary("pseudo_log_likelihoods", rbm);
    std::vector<double> result(static_cast<std::size_t>(v.rows()));
    detail::ConditionalOfUnit<Scalar> conditional(rbm);
    detail::for_rows_seen(rbm, rows_of(v), [&](Eigen::Index n, const Scalar* row, const Scalar* a, double whole) {
        for (Eigen::Index i = 0; i < v.cols(); ++i)
            result[static_cast<std::size_t>(n)] += conditional(row, a, whole, i);
    });
    return result;
}

/// An unbiased estimate of the same from one unit per row: D log p(v_i | v_others) for a unit i drawn uniformly from
/// (seed, pseudo_likelihood, 0, row). What scikit-learn's `score_samples` does.
template <DenseRows Rows>
std::vector<double> pseudo_log_likelihood_estimates(const Rbm<typename Rows::Scalar>& rbm, const Rows& v, Seed seed) {
    using Scalar = typename Rows::Scalar;
    detail::check_visible("pseudo_log_likelihood_estimates", rbm, v.cols());
    detail::check_binary("pseudo_log_likelihood_estimates", rbm);
    std::vector<double> result(static_cast<std::size_t>(v.rows()));
    detail::ConditionalOfUnit<Scalar> conditional(rbm);
    detail::for_rows_seen(rbm, rows_of(v), [&](Eigen::Index n, const Scalar* row, const Scalar* a, double whole) {
        RandomSequence next({seed, Stream::pseudo_likelihood, 0, static_cast<std::uint32_t>(n)});
        const auto i = static_cast<Eigen::Index>(next.below(static_cast<std::uint32_t>(rbm.visible())));
        result[static_cast<std::size_t>(n)] = static_cast<double>(v.cols()) * conditional(row, a, whole, i);
    });
    return result;
}

}  // namespace pstar
